with cases_history as (
    select * from {{ ref('int_cases_history') }}
),

statements as (
    select * from {{ ref('int_statements') }}
),

described as (
    select
        cases_history.case_key,
        cases_history.known_from, cases_history.known_to, cases_history.known_by, cases_history.ended_by,
        statements.operation_code, statements.administration_code, statements.case_ref,
        statements.submission_id, statements.row_number,
        statements.reporting_day, cases_history.reported_on, statements.action,

        statements.case_type, statements.event_date, statements.event_time, statements.discovered_date,
        statements.place_key, statements.territory, statements.place, statements.place_type, statements.unlocode,
        statements.direction, statements.transport_mode, statements.conveyance, statements.consignment_ref,
        statements.concealment, statements.detection_method,
        statements.departure_country, statements.transit_country, statements.destination_country,
        statements.origin_country, statements.persons_detained, statements.related_case, statements.remarks
    from cases_history
    inner join statements
        on
            cases_history.submission_id = statements.submission_id
            and cases_history.row_number = statements.row_number
)

select * from described
