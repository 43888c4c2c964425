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

statements_known as (
    select * from {{ ref('int_statements_known') }}
),

spans as (
    select * from {{ ref('int_case_spans') }}
),

-- The latest file decides, and within it the first row that mentions the case.
-- A row that cancels states nothing about the case itself.
deciding as (
    select distinct on (statements_known.case_key, statements_known.span_no)
        statements_known.*,
        min(statements_known.reporting_day) over (
            partition by statements_known.case_key, statements_known.span_no
        ) as reported_on
    from touched
    inner join statements_known on touched.case_key = statements_known.case_key
    where statements_known.is_standing and statements_known.states in ('item', 'case')
    order by
        statements_known.case_key asc, statements_known.span_no asc,
        statements_known.file_no desc, statements_known.row_number asc
),

existing as (
    select
        deciding.case_key, deciding.submission_id, deciding.row_number, deciding.reported_on,
        spans.span_no, spans.known_from, spans.known_to, spans.build_no,
        case when deciding.is_new then deciding.submission_id else spans.changed_by end as known_by,
        spans.span_no - row_number() over (
            partition by deciding.case_key, deciding.submission_id, deciding.row_number, deciding.reported_on
            order by spans.span_no
        ) as run_no
    from deciding
    inner join spans on deciding.case_key = spans.case_key and deciding.span_no = spans.span_no
),

-- Spans on end in which the same row decides are one. What decides causes the change, where it is new.
periods as (
    select
        case_key, submission_id, row_number, reported_on,
        min(known_from) as known_from,
        (array_agg(known_to order by span_no desc))[1] as known_to,
        (array_agg(known_by order by span_no asc))[1] as known_by,
        max(span_no) + 1 as next_span_no,
        max(build_no) as build_no
    from existing
    group by case_key, submission_id, row_number, reported_on, run_no
),

ended as (
    select
        periods.case_key, periods.submission_id, periods.row_number, periods.reported_on,
        periods.known_from, periods.known_to, periods.known_by,
        coalesce(following.submission_id, spans.changed_by) as ended_by, periods.build_no
    from periods
    left join spans on periods.case_key = spans.case_key and periods.next_span_no = spans.span_no
    left join deciding as following
        on
            periods.case_key = following.case_key
            and periods.next_span_no = following.span_no
            and following.is_new
)

select * from ended
