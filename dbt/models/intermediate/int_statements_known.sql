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
    select * from {{ ref('int_case_spans') }}
),

statements as (
    select * from {{ ref('int_statements') }}
),

days_reported as (
    select * from {{ ref('int_days_reported') }}
),

-- In each span of a case: what the files that then count for their days say about it.
known as (
    select
        touched.build_no, spans.case_key, spans.span_no,
        statements.submission_id, statements.row_number, statements.states, statements.item_stated,
        statements.reporting_day, statements.version, days_reported.ordered_at, statements.sha256,
        spans.known_from = days_reported.known_from as is_new
    from touched
    inner join spans on touched.case_key = spans.case_key
    inner join statements on spans.case_key = statements.case_key
    inner join days_reported
        on
            statements.submission_id = days_reported.submission_id
            and spans.known_from >= days_reported.known_from
            and (days_reported.known_to is null or spans.known_from < days_reported.known_to)
),

-- The order is that of the days reported about, never that of arrival.
ordered as (
    select
        *,
        row_number() over (
            partition by case_key, span_no
            order by reporting_day, version, ordered_at, sha256, row_number, submission_id
        ) as statement_no,
        dense_rank() over (
            partition by case_key, span_no order by reporting_day, version, ordered_at, sha256
        ) as file_no
    from known
),

-- What stands before the last cancellation of a whole case is gone; what stands after it counts again.
standing as (
    select
        case_key, span_no, file_no, statement_no, submission_id, row_number, reporting_day, states, item_stated,
        is_new,
        coalesce(
            statement_no > max(statement_no) filter (where states = 'case_cancelled')
                over (partition by case_key, span_no),
            true
        ) as is_standing,
        build_no
    from ordered
)

select * from standing
