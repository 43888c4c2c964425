{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook='{{ forget(this) }}',
    on_schema_change='fail',
    indexes=[{'columns': ['case_key']}, {'columns': ['build_no']}]
) }}

with touched as (
    {{ untold(this) }}
),

tellings as (
    select * from {{ ref('int_case_tellings') }}
),

items as (
    select
        *,
        concat_ws('|', goods_code, case when amount is not null then currency end) as form,
        coalesce(quantity_kg, quantity_pieces, quantity_litres, amount_usd, 0) as measured
    from {{ ref('int_items_normalised') }}
),

told as (
    select
        tellings.case_key, tellings.span_no, tellings.build_no,
        items.category, items.form, items.measured, items.quantity
    from touched
    inner join tellings on touched.case_key = tellings.case_key
    inner join items on tellings.case_key = items.case_key and {{ overlap('tellings', 'items') }}
),

-- Others may tell the same goods line by line, or all of one form together.
quantities as (
    select case_key, span_no, build_no, category, form, measured, quantity
    from told
    union all
    select case_key, span_no, build_no, category, form, sum(measured) as measured, sum(quantity) as quantity
    from told
    group by case_key, span_no, build_no, category, form
),

-- A quantity is as coarse as the last digit of it that is not nought: 10 by the whole of it, 12.5 by one in 125.
-- Of a crowd of quantities the greatest are kept.
ranked as (
    select
        case_key, span_no, build_no, category, form, measured,
        round(min(1 / nullif(trim(both '0' from replace(quantity::text, '.', '')), '')::numeric), 4) as coarse,
        row_number() over (
            partition by case_key, span_no, form order by measured desc
        ) as place_in_crowd
    from quantities
    group by case_key, span_no, build_no, category, form, measured
),

goods as (
    select case_key, span_no, category, form, measured, coarse, build_no
    from ranked
    where place_in_crowd <= {{ var('match_crowd') }}
)

select * from goods
