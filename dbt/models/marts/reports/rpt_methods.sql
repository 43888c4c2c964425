{{ config(key=['method_kind', 'method', 'category']) }}

with cases as (
    select * from {{ ref('fct_cases_history') }}
    where {{ is_known() }}
),

items as (
    select distinct case_key, category from {{ ref('fct_items_history') }}
    where {{ is_known() }}
),

methods as (
    select case_key, operation_code, case_type, 'detection' as method_kind, detection_method as method from cases
    union all
    select case_key, operation_code, case_type, 'concealment' as method_kind, concealment as method from cases
    union all
    select case_key, operation_code, case_type, 'transport' as method_kind, transport_mode as method from cases
),

-- What a method found, by category of goods, and all in all. A case with goods of two categories is in both.
found as (
    select methods.*, items.category
    from methods
    inner join items on methods.case_key = items.case_key
    union all
    select methods.*, 'all' as category
    from methods
),

-- A hit is a case that ended as a seizure: the rate is that of cases, for controls without a case are not reported.
counted as (
    select
        operation_code,
        method_kind,
        {{ stated('method') }} as method,
        category,
        count(*) filter (where case_type = 'seizure')::integer as seizures,
        round(count(*) filter (where case_type = 'seizure') / count(*)::numeric, 6) as hit_rate,
        count(*)::integer as cases
    from found
    group by 1, 2, 3, 4
)

select * from counted
