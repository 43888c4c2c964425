with source as (
    select * from {{ source('raw', 'administrations') }}
),

latest as (
    select distinct on (code)
        code as administration_code,

        name_en,
        name_fr,
        name_es,
        name_nl,
        language,
        time_zone,
        currencies,
        territories,

        published_at
    from source
    order by code asc, published_at desc
)

select * from latest
