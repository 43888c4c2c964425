with days_reported as (
    select * from {{ ref('int_days_reported') }}
),

told as (
    select
        operation_code, administration_code, dataset, reporting_day, known_from, known_to,
        submission_id, version, final_state, received_at, replaces, replaced_by
    from days_reported
)

select * from told
