{{ config(shown='to_administrations') }}

with rules as (
    select * from {{ ref('stg_raw__rules') }}
)

select * from rules
