with submissions as (
    select * from {{ ref('int_submissions') }}
),

days_reported as (
    select * from {{ ref('int_days_reported') }}
),

receipts as (
    select * from {{ ref('stg_raw__receipts') }}
),

deadlines as (
    select * from {{ ref('dim_deadlines') }}
),

findings as (
    select
        submission_id,
        count(*)::integer as number_of_findings
    from {{ ref('stg_raw__findings') }}
    group by submission_id
),

told as (
    select
        submissions.submission_id, submissions.administration_code, submissions.operation_code, submissions.dataset,
        submissions.reporting_day, submissions.version, submissions.file_name, submissions.sha256,
        submissions.size_bytes, submissions.is_nil, submissions.is_simulated, submissions.is_report,
        submissions.duplicate_of, submissions.replays, submissions.final_state,
        case
            when submissions.final_state is null then 'open'
            when submissions.final_state in ('rejected', 'duplicate', 'tested', 'noted') then 'not_counted'
            when days_reported.submission_id is not null and days_reported.known_to is null then 'current'
            else 'superseded'
        end as standing,
        days_reported.replaces, days_reported.replaced_by,
        submissions.received_at > deadlines.deadline_at as is_late,
        submissions.rows_read, submissions.rows_accepted, submissions.rows_quarantined,
        case when submissions.final_state is not null then coalesce(findings.number_of_findings, 0) end
            as number_of_findings,
        submissions.rule_pack,
        receipts.number as receipt_number,
        receipts.file_name as receipt_file_name, receipts.language as receipt_language,
        submissions.modified_at, submissions.received_at, submissions.recorded_at,
        submissions.judged_at, receipts.issued_at as receipt_issued_at, submissions.acknowledged_at,
        submissions.known_from
    from submissions
    left join days_reported on submissions.submission_id = days_reported.submission_id
    left join receipts
        on submissions.submission_id = receipts.submission_id and submissions.final_state is not null
    left join findings on submissions.submission_id = findings.submission_id
    left join deadlines
        on
            submissions.operation_code = deadlines.operation_code
            and submissions.administration_code = deadlines.administration_code
            and submissions.dataset = deadlines.dataset
            and submissions.reporting_day = deadlines.reporting_day
)

select * from told
