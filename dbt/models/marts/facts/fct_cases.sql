with cases as (
    select * from {{ ref('int_cases_current') }}
),

items as (
    select
        administration_code,
        case_ref,
        count(*) as number_of_items
    from {{ ref('int_items_current') }}
    group by administration_code, case_ref
),

counted as (
    select
        {{ key(['cases.administration_code', 'cases.case_ref']) }} as case_key,
        cases.administration_code, cases.case_ref, cases.operation_code,
        cases.submission_id, cases.row_number, cases.reporting_day,

        cases.case_type, cases.event_date, cases.event_time, cases.discovered_date,
        cases.territory, cases.place, cases.place_type, cases.unlocode,
        cases.direction, cases.transport_mode, cases.conveyance, cases.consignment_ref,
        cases.concealment, cases.detection_method,
        cases.departure_country, cases.transit_country, cases.destination_country, cases.origin_country,
        cases.persons_detained, cases.related_case, cases.remarks,

        coalesce(items.number_of_items, 0)::integer as number_of_items
    from cases
    left join items on cases.administration_code = items.administration_code and cases.case_ref = items.case_ref
)

select * from counted
