with items as (
    select * from {{ ref('int_items_normalised') }}
),

goods as (
    select * from {{ ref('dim_goods') }}
),

keyed as (
    select
        {{ key(['items.case_key', 'items.item_no']) }} as item_key,
        items.known_from, items.known_to, items.known_by, items.ended_by,
        items.case_key, items.operation_code, items.administration_code, items.case_ref, items.item_no,
        items.submission_id, items.row_number, items.reporting_day, items.reported_on, items.action, items.event_date,

        items.category, items.sub_type, items.goods_code, goods.sum_group, items.description, items.hs_code,
        items.make, items.model, items.calibre, items.serial_state, items.serial_number, items.remarks,

        items.quantity, items.quantity_given, items.unit, items.unit_given,
        items.unit_factor, items.unit_factor_source,
        items.quantity_kg, items.quantity_pieces, items.quantity_litres,

        items.amount, items.amount_usd, items.value, items.value_given, items.value_usd,
        items.currency, items.currency_given, items.units_per_usd, items.usd_per_unit,
        items.exchange_rate_kind, items.exchange_rate_source, items.exchange_rate_from
    from items
    left join goods on items.goods_code = goods.goods_code
)

select * from keyed
