{{ config(
    materialized='as_known',
    key=['administration_code', 'dataset', 'reporting_day'],
    function='delivery_statuses',
    asked_by=['calypso_analyst']
) }}

with due as (
    select * from {{ ref('dim_deadlines') }}
),

-- The reports that had come. A build tells what the ledger knows: a file that was on its way into it had not.
submissions as (
    select * from {{ ref('fct_submissions') }}
    where
        is_report and duplicate_of is null and replays is null
        and case when is_simulated then received_at else least(recorded_at, known_from) end <= {{ moment() }}
),

-- What was received about a day, as far as it is known what became of it. The first file that said something of the day
-- tells whether it was on time; the one that counts tells what it said.
received as (
    select
        operation_code, administration_code, dataset, reporting_day,
        count(*)::integer as files_received,
        bool_or(known_from is null or known_from > {{ moment() }}) as is_under_way,
        bool_or(final_state = 'rejected' and known_from <= {{ moment() }}) as is_rejected,
        min(received_at) filter (
            where known_from <= {{ moment() }} and final_state in ('accepted', 'partly_accepted', 'nil')
        ) as first_received_at
    from submissions
    group by operation_code, administration_code, dataset, reporting_day
),

current_files as (
    select * from {{ ref('fct_days_history') }}
    where {{ is_known() }}
),

excused as (
    select distinct operation_code, administration_code, dataset, reporting_day
    from {{ ref('fct_excuses') }}
    where known_from <= {{ moment() }} and {{ moment() }} < expired_from
),

delivered as (
    select
        due.operation_code, due.administration_code, due.dataset, due.reporting_day,
        case
            when current_files.submission_id is not null then current_files.final_state
            when received.is_under_way then 'received'
            when received.is_rejected then 'rejected'
            when excused.reporting_day is not null then 'excused'
            when due.deadline_at < {{ moment() }} then 'missing'
            else 'expected'
        end as status,
        due.deadline_at, received.first_received_at,
        coalesce(received.files_received, 0) as files_received,
        current_files.submission_id, submissions.file_name, submissions.rows_accepted, submissions.rows_quarantined
    from due
    left join received using (operation_code, administration_code, dataset, reporting_day)
    left join current_files using (operation_code, administration_code, dataset, reporting_day)
    left join excused using (operation_code, administration_code, dataset, reporting_day)
    left join submissions on current_files.submission_id = submissions.submission_id
),

-- A day that nobody has reported is late when its deadline has passed, unless it is excused.
timed as (
    select
        *,
        case
            when first_received_at > deadline_at then 'late'
            when
                first_received_at is null and status in ('missing', 'rejected', 'received')
                and deadline_at < {{ moment() }} then 'late'
            else 'on_time'
        end as timeliness
    from delivered
)

select * from timed
