{{ config(materialized='view') }}

with tellings as (
    select * from {{ ref('int_case_tellings') }}
),

items as (
    select
        *,
        ltrim({{ bare('serial_number') }}, '0') as serial
    from {{ ref('int_items_normalised') }}
),

-- A number that is short, or its digits in order, is borne by many.
serials as (
    select distinct
        tellings.case_key, tellings.span_no, items.serial,
        length(items.serial) < 6 or strpos('0123456789876543210', items.serial) > 0 as is_common
    from tellings
    inner join items on tellings.case_key = items.case_key and {{ overlap('tellings', 'items') }}
    where items.serial <> ''
)

select * from serials
