with source as (
    select * from {{ source('raw', 'codes') }}
),

latest as (
    select distinct on (code_list, code)
        code_list,
        code,

        label_en,
        label_fr,
        label_es,
        label_nl,

        published_at
    from source
    order by code_list asc, code asc, published_at desc
)

select * from latest
