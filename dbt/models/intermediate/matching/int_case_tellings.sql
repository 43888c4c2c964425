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

spans as (
    select
        *,
        lead(changed_by) over (partition by case_key order by span_no) as ended_by
    from {{ ref('int_case_spans') }}
),

cases_history as (
    select * from {{ ref('int_cases_history') }}
),

statements as (
    select * from {{ ref('int_statements') }}
),

administrations as (
    select * from {{ ref('stg_raw__administrations') }}
),

-- A case as it is told in each span in which it exists.
existing as (
    select
        spans.case_key, spans.span_no, spans.known_from, spans.known_to, spans.changed_by as known_by, spans.ended_by,
        spans.build_no,
        statements.operation_code, statements.administration_code, statements.case_ref,
        statements.event_date, statements.event_time, statements.discovered_date,
        statements.direction, statements.transport_mode, statements.conveyance, statements.consignment_ref,
        statements.unlocode, statements.place, statements.concealment, statements.departure_country,
        statements.transit_country, statements.destination_country, statements.origin_country,
        administrations.territories, administrations.time_zone,
        regexp_match(lower(statements.related_case), '^\W*([a-z]{3})\W+(.+)$') as related
    from touched
    inner join cases_history on touched.case_key = cases_history.case_key
    inner join spans on cases_history.case_key = spans.case_key and {{ overlap('cases_history', 'spans') }}
    inner join statements
        on cases_history.submission_id = statements.submission_id and cases_history.row_number = statements.row_number
    inner join administrations on statements.administration_code = administrations.administration_code
),

comparable as (
    select
        case_key, span_no, operation_code, administration_code, case_ref,
        known_from, known_to, known_by, ended_by, build_no,
        event_date as first_day,
        greatest(event_date, discovered_date) as last_day,
        (event_date + event_time) at time zone time_zone as happened_at,
        direction, transport_mode, concealment,
        {{ comparable_consignment('consignment_ref') }} as consignment,
        {{ is_sound_container(bare('consignment_ref')) }} as is_sound_container,
        {{ comparable_conveyance('conveyance') }} as conveyance,
        left({{ bare('unlocode') }}, 5) as unlocode,
        {{ bare('place') }} as place,
        {{ comparable_case('administration_code', 'case_ref') }} as named_as,
        {{ comparable_case('related[1]', 'related[2]') }} as names,
        territories,
        array_remove(array[departure_country, transit_country, destination_country], null) as countries,
        array_remove(array[departure_country, origin_country], null) as sources,
        destination_country
    from existing
)

select * from comparable
