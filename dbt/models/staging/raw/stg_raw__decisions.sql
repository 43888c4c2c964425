with source as (
    select * from {{ source('raw', 'decisions') }}
),

renamed as (
    select
        submission_id,
        finding_no,

        decision,
        reason as decision_reason,
        decided_by,

        decided_at
    from source
)

select * from renamed
