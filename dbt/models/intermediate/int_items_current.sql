with statements as (
    select * from {{ ref('int_item_statements') }}
),

latest as (
    select distinct on (administration_code, case_ref, item_stated) *
    from statements
    where is_standing and item_stated is not null
    order by administration_code asc, case_ref asc, item_stated asc, statement_no desc
),

current_items as (
    select
        administration_code, operation_code, submission_id, row_number, reporting_day,
        case_ref, item_stated as item_no, event_date,
        category, sub_type, coalesce(sub_type, category) as goods_code, description, hs_code,
        quantity, quantity_given, unit, unit_given, value, value_given, currency, currency_given,
        make, model, calibre, serial_state, serial_number, remarks
    from latest
    where states = 'item'
)

select * from current_items
