{{ config(
    materialized='as_known',
    key=['case_key', 'other_case_key'],
    shown='to_analysts',
    asked_by=['calypso_analyst']
) }}

with case_matches_history as (
    select * from {{ ref('fct_case_matches_history') }}
),

known as (
    select
        operation_code, case_key, other_case_key,
        administration_code, case_ref, other_administration_code, other_case_ref,
        score, reasons, is_match, known_from
    from case_matches_history
    where {{ is_known() }}
)

select * from known
