with source as (
    select * from {{ source('raw', 'builds') }}
),

renamed as (
    select
        build_no,

        cut_at
    from source
)

select * from renamed
