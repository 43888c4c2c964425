with source as (
    select * from {{ source('raw', 'operations') }}
),

latest as (
    select distinct on (code)
        code as operation_code,

        name,
        time_zone,
        rest_days,
        datasets,
        participants,
        published_figures,

        simulated as is_simulated,

        cut_off,
        starts_on,
        ends_on,
        published_at
    from source
    order by code asc, published_at desc
)

select * from latest
