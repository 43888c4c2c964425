with statements as (
    select * from {{ ref('int_item_statements') }}
),

-- A row that cancels states nothing about the case itself.
stating as (
    select * from statements
    where is_standing and states in ('item', 'case')
),

-- The latest file decides, and within it the first row that mentions the case.
latest as (
    select distinct on (administration_code, case_ref) *
    from stating
    order by
        administration_code asc, case_ref asc,
        reporting_day desc, version desc, received_at desc, sha256 desc, row_number asc
),

current_cases as (
    select
        administration_code, operation_code, submission_id, row_number, reporting_day,
        case_ref, case_type, event_date, event_time, discovered_date, territory, place, place_type, unlocode,
        direction, transport_mode, conveyance, consignment_ref, concealment, detection_method, departure_country,
        transit_country, destination_country, origin_country, persons_detained, related_case, remarks
    from latest
)

select * from current_cases
