{{ config(key=['category', 'sub_type', 'make', 'calibre', 'serial_state', 'origin_country']) }}

with cases as (
    select * from {{ ref('fct_cases_history') }}
    where {{ is_known() }}
),

items as (
    select * from {{ ref('fct_items_history') }}
    where {{ is_known() }} and category in ('firearm', 'firearm_part', 'magazine', 'ammunition')
),

-- Firearms, their parts, magazines and ammunition are four categories: add pieces within one only.
arms as (
    select
        items.operation_code,
        items.category,
        {{ stated('items.sub_type') }} as sub_type,
        {{ stated('upper(items.make)') }} as make,
        {{ stated('items.calibre') }} as calibre,
        {{ stated('items.serial_state') }} as serial_state,
        {{ stated('cases.origin_country') }} as origin_country,
        sum(items.quantity_pieces) as pieces,
        count(*)::integer as items,
        count(distinct items.case_key)::integer as cases
    from items
    inner join cases on items.case_key = cases.case_key
    group by 1, 2, 3, 4, 5, 6, 7
)

select * from arms
