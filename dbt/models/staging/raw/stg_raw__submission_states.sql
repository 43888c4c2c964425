with source as (
    select * from {{ source('raw', 'submission_states') }}
),

renamed as (
    select
        submission_id,

        state,
        state in ('accepted', 'partly_accepted', 'rejected', 'nil', 'duplicate', 'tested', 'noted') as is_final,

        rows_read,
        rows_accepted,
        rows_quarantined,
        rule_pack,

        reached_at
    from source
)

select * from renamed
