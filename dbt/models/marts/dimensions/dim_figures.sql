with figures as (
    select * from {{ ref('figures') }}
)

select * from figures
