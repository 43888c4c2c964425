with source as (
    select * from {{ source('raw', 'deliveries_excused') }}
),

renamed as (
    select
        submission_id,
        row_number,
        administration_code,

        dataset,
        reporting_day,
        reason,
        verdict,

        expires_on
    from source
)

select * from renamed
