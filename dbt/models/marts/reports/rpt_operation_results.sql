{{ config(key=['position']) }}

with operations as (
    select * from {{ ref('dim_operations') }}
),

figures as (
    select * from {{ ref('dim_figures') }}
),

contributions as (
    select * from {{ ref('fct_contributions_history') }}
    where {{ is_known() }}
),

published as (
    select * from {{ ref('dim_published_figures') }}
),

-- Every figure of every operation: where nothing was found a count is zero, and a share or a type is unknown.
counted as (
    select
        operations.operation_code,
        figures.figure,
        {{ figure_value('figures', 'contributions') }} as value,
        count(distinct contributions.case_key)::integer as cases
    from operations
    cross join figures
    left join contributions
        on operations.operation_code = contributions.operation_code and figures.figure = contributions.figure
    group by operations.operation_code, figures.figure, figures.kind, figures.measure
),

codes as (
    select
        contributions.operation_code,
        contributions.figure,
        contributions.code as value_code,
        sum(contributions.value) as value
    from contributions
    inner join figures on contributions.figure = figures.figure
    where figures.kind = 'most' and contributions.code is not null
    group by contributions.operation_code, contributions.figure, contributions.code
),

most_frequent as (
    select distinct on (operation_code, figure) operation_code, figure, value_code
    from codes
    order by operation_code asc, figure asc, value desc, value_code collate "C" asc
),

results as (
    select counted.*, most_frequent.value_code
    from counted
    left join most_frequent
        on counted.operation_code = most_frequent.operation_code and counted.figure = most_frequent.figure
),

-- Nothing can be said of another operation that has no case in the warehouse.
elsewhere as (
    select * from results
    where operation_code in (select contributions.operation_code from contributions)
),

compared as (
    select
        results.operation_code, figures.position, figures.figure,
        figures.label_en, figures.label_fr, figures.label_es, figures.label_nl, figures.unit,
        results.value, results.value_code, results.cases,
        published.published_kind, published.published_value, published.published_within, published.published_text,
        case published.published_kind
            when 'exactly' then results.value = published.published_value
            when 'about' then abs(results.value - published.published_value) <= published.published_within
            when 'more_than' then results.value > published.published_value
            when 'more_than_in' then results.value > elsewhere.value
            when 'is' then results.value_code = published.published_code
        end as holds,
        operations.is_simulated
    from results
    inner join figures on results.figure = figures.figure
    inner join operations on results.operation_code = operations.operation_code
    left join published on results.operation_code = published.operation_code and results.figure = published.figure
    left join elsewhere
        on published.published_operation_code = elsewhere.operation_code and results.figure = elsewhere.figure
)

select * from compared
