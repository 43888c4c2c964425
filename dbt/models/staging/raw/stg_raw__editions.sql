with source as (
    select * from {{ source('raw', 'editions') }}
),

renamed as (
    select
        operation_code,
        reporting_day,
        edition,
        earlier_day,
        earlier_edition,
        figures_sha256,

        known_at,
        published_at
    from source
)

select * from renamed
