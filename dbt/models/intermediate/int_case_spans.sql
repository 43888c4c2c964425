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

statements as (
    select * from {{ ref('int_statements') }}
),

days_reported as (
    select * from {{ ref('int_days_reported') }}
),

counted as (
    select
        statements.case_key, statements.submission_id, statements.reporting_day,
        statements.states = 'case_cancelled' as is_cancelling,
        days_reported.known_from, days_reported.known_to, days_reported.replaced_by,
        touched.build_no
    from statements
    inner join touched on statements.case_key = touched.case_key
    inner join days_reported on statements.submission_id = days_reported.submission_id
),

-- What is known of a case changes when a file that mentions it begins to count for its day, and when it ceases to.
changes as (
    select
        case_key, known_from as changed_at, submission_id as changed_by,
        true as is_arrival, is_cancelling, reporting_day, build_no
    from counted
    union
    select
        case_key, known_to as changed_at, replaced_by as changed_by,
        false as is_arrival, false as is_cancelling, reporting_day, build_no
    from counted
    where known_to is not null
),

-- Of several causes of one change a file that mentions the case is told: one that cancels it, else of the latest day.
moments as (
    select distinct on (case_key, changed_at) *
    from changes
    order by
        case_key asc, changed_at asc,
        is_arrival desc, is_cancelling desc, reporting_day desc, changed_by desc
),

spans as (
    select
        case_key,
        row_number() over case_as_known as span_no,
        changed_at as known_from,
        lead(changed_at) over case_as_known as known_to,
        changed_by,
        build_no
    from moments
    window case_as_known as (partition by case_key order by changed_at)
)

select * from spans
