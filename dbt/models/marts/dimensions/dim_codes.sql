with codes as (
    select * from {{ ref('stg_raw__codes') }}
)

select * from codes
