with source as (
    select * from {{ source('raw', 'build_submissions') }}
),

renamed as (
    select
        submission_id,
        build_no
    from source
)

select * from renamed
