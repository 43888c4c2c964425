{{ config(materialized='as_known', key=['case_key']) }}

with cases_history as (
    select * from {{ ref('fct_cases_history') }}
    where {{ is_known() }}
),

items as (
    select
        case_key,
        count(*) as number_of_items
    from {{ ref('fct_items_history') }}
    where {{ is_known() }}
    group by case_key
),

counted as (
    select
        cases_history.case_key,
        cases_history.operation_code, cases_history.administration_code, cases_history.case_ref,
        cases_history.submission_id, cases_history.row_number,
        cases_history.reporting_day, cases_history.reported_on,
        cases_history.case_type, cases_history.event_date, cases_history.event_time, cases_history.discovered_date,
        cases_history.place_key, cases_history.territory, cases_history.place,
        cases_history.place_type, cases_history.unlocode,
        cases_history.direction, cases_history.transport_mode,
        cases_history.conveyance, cases_history.consignment_ref,
        cases_history.concealment, cases_history.detection_method,
        cases_history.departure_country, cases_history.transit_country, cases_history.destination_country,
        cases_history.origin_country,
        cases_history.persons_detained, cases_history.related_case, cases_history.remarks,
        coalesce(items.number_of_items, 0)::integer as number_of_items,
        cases_history.known_from
    from cases_history
    left join items on cases_history.case_key = items.case_key
)

select * from counted
