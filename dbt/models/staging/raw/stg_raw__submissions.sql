with submissions as (
    select * from {{ source('raw', 'submissions') }}
),

states as (
    select
        *,
        state in ('accepted', 'partly_accepted', 'rejected', 'nil', 'duplicate', 'tested', 'noted') as is_final
    from {{ source('raw', 'submission_states') }}
),

-- One row for each submission: what it ended in, and when it passed each state.
pivoted as (
    select
        submission_id,
        max(state) filter (where is_final) as final_state,
        max(rows_read) filter (where is_final) as rows_read,
        max(rows_accepted) filter (where is_final) as rows_accepted,
        max(rows_quarantined) filter (where is_final) as rows_quarantined,
        max(rule_pack) filter (where is_final) as rule_pack,
        max(reached_at) filter (where is_final) as loaded_at,
        max(reached_at) filter (where state = 'acknowledged') as acknowledged_at
    from states
    group by submission_id
),

submissions_with_states as (
    select
        submissions.submission_id, submissions.administration_code, submissions.operation_code, submissions.dataset,
        submissions.reporting_day, submissions.version, submissions.file_name, submissions.sha256,
        submissions.size_bytes, submissions.is_nil, submissions.is_simulated, submissions.duplicate_of,
        pivoted.final_state, pivoted.rows_read, pivoted.rows_accepted, pivoted.rows_quarantined, pivoted.rule_pack,
        submissions.modified_at, submissions.received_at, submissions.recorded_at,
        pivoted.loaded_at, pivoted.acknowledged_at
    from submissions
    left join pivoted on submissions.submission_id = pivoted.submission_id
)

select * from submissions_with_states
