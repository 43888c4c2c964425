{{ config(materialized='as_known', key=['item_key']) }}

with items_history as (
    select * from {{ ref('fct_items_history') }}
),

known as (
    select
        item_key, case_key, operation_code, administration_code, case_ref, item_no,
        submission_id, row_number, reporting_day, reported_on, event_date,
        category, sub_type, goods_code, sum_group, description, hs_code,
        make, model, calibre, serial_state, serial_number, remarks,
        quantity, quantity_given, unit, unit_given, unit_factor, unit_factor_source,
        quantity_kg, quantity_pieces, quantity_litres,
        amount, amount_usd, value, value_given, value_usd,
        currency, currency_given, units_per_usd, usd_per_unit,
        exchange_rate_kind, exchange_rate_source, exchange_rate_from,
        known_from
    from items_history
    where {{ is_known() }}
)

select * from known
