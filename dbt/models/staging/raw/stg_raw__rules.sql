with source as (
    select * from {{ source('raw', 'rules') }}
),

latest as (
    select distinct on (code)
        code as rule_code,

        severity,
        sentence_en,
        sentence_fr,
        sentence_es,
        sentence_nl,

        published_at
    from source
    order by code asc, published_at desc
)

select * from latest
