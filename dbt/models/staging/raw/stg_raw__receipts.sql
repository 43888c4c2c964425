with source as (
    select * from {{ source('raw', 'receipts') }}
),

renamed as (
    select
        submission_id,
        administration_code,

        number,
        previous_sha256,
        file_name,
        language,
        body,
        sha256,
        signature,
        key_id,

        issued_at
    from source
)

select * from renamed
