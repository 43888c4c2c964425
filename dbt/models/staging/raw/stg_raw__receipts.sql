with source as (
    select * from {{ source('raw', 'receipts') }}
),

renamed as (
    select
        submission_id,
        administration_code,

        file_name,
        language,
        body,
        sha256,

        issued_at
    from source
)

select * from renamed
