{{ config(key=['sub_type', 'direction', 'departure_country', 'destination_country', 'concealment']) }}

with cases as (
    select * from {{ ref('fct_cases_history') }}
    where {{ is_known() }}
),

items as (
    select * from {{ ref('fct_items_history') }}
    where {{ is_known() }} and category = 'gold'
),

gold as (
    select
        items.operation_code,
        {{ stated('items.sub_type') }} as sub_type,
        cases.direction,
        {{ stated('cases.departure_country') }} as departure_country,
        {{ stated('cases.destination_country') }} as destination_country,
        {{ stated('cases.concealment') }} as concealment,
        sum(items.quantity_kg) as quantity_kg,
        count(distinct items.case_key)::integer as cases
    from items
    inner join cases on items.case_key = cases.case_key
    group by 1, 2, 3, 4, 5, 6
)

select * from gold
