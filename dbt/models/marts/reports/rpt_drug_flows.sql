{{ config(key=['sum_group', 'direction', 'departure_country', 'transit_country', 'destination_country']) }}

with cases as (
    select * from {{ ref('fct_cases_history') }}
    where {{ is_known() }}
),

items as (
    select * from {{ ref('fct_items_history') }}
    where {{ is_known() }} and category in ('cannabis', 'cocaine', 'other_drug')
),

-- A form is a sum_group: kilograms of two forms are never added.
flows as (
    select
        items.operation_code,
        items.category,
        items.sum_group,
        cases.direction,
        {{ stated('cases.departure_country') }} as departure_country,
        {{ stated('cases.transit_country') }} as transit_country,
        {{ stated('cases.destination_country') }} as destination_country,
        sum(items.quantity_kg) as quantity_kg,
        sum(items.quantity_pieces) as quantity_pieces,
        sum(items.quantity_litres) as quantity_litres,
        count(distinct items.case_key)::integer as cases
    from items
    inner join cases on items.case_key = cases.case_key
    group by 1, 2, 3, 4, 5, 6, 7
)

select * from flows
