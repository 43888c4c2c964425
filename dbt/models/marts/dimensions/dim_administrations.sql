with administrations as (
    select * from {{ ref('stg_raw__administrations') }}
)

select * from administrations
