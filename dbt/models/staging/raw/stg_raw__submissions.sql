with source as (
    select * from {{ source('raw', 'submissions') }}
),

renamed as (
    select
        submission_id,
        administration_code,
        operation_code,
        duplicate_of,
        replays,

        dataset,
        reporting_day,
        version,
        file_name,
        sha256,
        size_bytes,

        is_nil,
        is_simulated,
        -- A report is tried out, excused or its warnings are accepted by files whose names say so at their ends.
        file_name !~* '_(test|excused|ack|totals)[.](csv|xlsx)$' as is_report,

        modified_at,
        received_at,
        ordered_at,
        recorded_at
    from source
)

select * from renamed
