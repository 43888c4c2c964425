with operations as (
    select * from {{ ref('dim_operations') }}
),

figures as (
    select * from {{ ref('dim_figures') }}
),

counted as (
    select * from {{ ref('fct_operation_figures') }}
),

published as (
    select * from {{ ref('dim_published_figures') }}
),

-- Every figure of every operation: where nothing was found a count is zero, and a share or a type is unknown.
results as (
    select
        operations.operation_code,
        figures.position, figures.figure,
        figures.label_en, figures.label_fr, figures.label_es, figures.label_nl, figures.unit,
        case when figures.unit in ('share', 'code') then counted.value else coalesce(counted.value, 0) end as value,
        counted.value_code,
        operations.is_simulated
    from operations
    cross join figures
    left join counted
        on operations.operation_code = counted.operation_code and figures.figure = counted.figure
),

-- Nothing can be said of another operation that has no case in the warehouse.
elsewhere as (
    select * from results
    where operation_code in (select cases.operation_code from {{ ref('fct_cases') }} as cases)
),

compared as (
    select
        results.operation_code, results.position, results.figure,
        results.label_en, results.label_fr, results.label_es, results.label_nl, results.unit,
        results.value, results.value_code,
        published.published_kind, published.published_value, published.published_within, published.published_text,
        case published.published_kind
            when 'exactly' then results.value = published.published_value
            when 'about' then abs(results.value - published.published_value) <= published.published_within
            when 'more_than' then results.value > published.published_value
            when 'more_than_in' then results.value > elsewhere.value
            when 'is' then results.value_code = published.published_code
        end as holds,
        results.is_simulated
    from results
    left join published on results.operation_code = published.operation_code and results.figure = published.figure
    left join elsewhere
        on published.published_operation_code = elsewhere.operation_code and results.figure = elsewhere.figure
)

select * from compared
