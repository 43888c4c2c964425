with submissions as (
    select * from {{ ref('stg_raw__submissions') }}
),

current_submissions as (
    select * from {{ ref('int_submissions_current') }}
),

receipts as (
    select * from {{ ref('stg_raw__receipts') }}
),

told as (
    select
        submissions.submission_id, submissions.administration_code, submissions.operation_code, submissions.dataset,
        submissions.reporting_day, submissions.version, submissions.file_name, submissions.sha256,
        submissions.size_bytes, submissions.is_nil, submissions.is_simulated, submissions.duplicate_of,
        submissions.final_state,
        case
            when submissions.final_state is null then 'open'
            when submissions.final_state in ('rejected', 'duplicate', 'tested', 'noted') then 'not_counted'
            when current_submissions.submission_id is not null then 'current'
            else 'superseded'
        end as standing,
        submissions.rows_read, submissions.rows_accepted, submissions.rows_quarantined, submissions.rule_pack,
        receipts.file_name as receipt_file_name, receipts.language as receipt_language,
        submissions.modified_at, submissions.received_at, submissions.recorded_at,
        submissions.loaded_at, receipts.issued_at as receipt_issued_at, submissions.acknowledged_at
    from submissions
    left join current_submissions on submissions.submission_id = current_submissions.submission_id
    left join receipts on submissions.submission_id = receipts.submission_id
)

select * from told
