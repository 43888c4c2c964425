{{ config(materialized='view') }}

with items_history as (
    select * from {{ ref('int_items_history') }}
),

statements as (
    select * from {{ ref('int_statements') }}
),

unit_factors as (
    select * from {{ ref('unit_factors') }}
),

exchange_rates as (
    select * from {{ ref('exchange_rates') }}
),

items as (
    select
        items_history.case_key, items_history.item_no,
        items_history.known_from, items_history.known_to, items_history.known_by, items_history.ended_by,
        items_history.submission_id, items_history.row_number, items_history.reported_on,
        statements.operation_code, statements.administration_code, statements.reporting_day,
        statements.case_ref, statements.event_date, statements.action,
        statements.category, statements.sub_type, coalesce(statements.sub_type, statements.category) as goods_code,
        statements.description, statements.hs_code,
        statements.quantity, statements.quantity_given, statements.unit, statements.unit_given,
        statements.value, statements.value_given, statements.currency, statements.currency_given, statements.remarks,
        statements.make, statements.model, statements.calibre, statements.serial_state, statements.serial_number
    from items_history
    inner join statements using (submission_id, row_number)
),

-- Cash is counted by its face value: its quantity is an amount of money.
measured as (
    select
        items.*,
        unit_factors.to_unit,
        unit_factors.factor as unit_factor,
        unit_factors.source as unit_factor_source,
        case when unit_factors.to_unit = 'money' then items.quantity end as amount,
        round(items.quantity * unit_factors.factor, 6) as quantity_normalised
    from items
    left join unit_factors
        on
            items.unit = unit_factors.unit_code
            and items.event_date between unit_factors.valid_from and coalesce(unit_factors.valid_to, 'infinity')
),

rated as (
    select
        measured.*,
        exchange_rates.units_per_usd,
        exchange_rates.usd_per_unit,
        exchange_rates.kind as exchange_rate_kind,
        exchange_rates.source as exchange_rate_source,
        exchange_rates.valid_from as exchange_rate_from
    from measured
    left join exchange_rates
        on
            measured.currency = exchange_rates.currency_code
            and measured.event_date between exchange_rates.valid_from and coalesce(exchange_rates.valid_to, 'infinity')
),

-- A rate stands in the direction in which it is defined, so that it is exact.
normalised as (
    select
        *,
        case when to_unit = 'kg' then quantity_normalised end as quantity_kg,
        case when to_unit = 'piece' then quantity_normalised end as quantity_pieces,
        case when to_unit = 'litre' then quantity_normalised end as quantity_litres,
        round(coalesce(amount / units_per_usd, amount * usd_per_unit), 2) as amount_usd,
        round(coalesce(value / units_per_usd, value * usd_per_unit), 2) as value_usd
    from rated
)

select * from normalised
