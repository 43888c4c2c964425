{{ config(shown='to_administrations') }}

with match_reasons as (
    select * from {{ ref('match_reasons') }}
)

select * from match_reasons
