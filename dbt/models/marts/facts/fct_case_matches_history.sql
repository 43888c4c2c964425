{{ config(shown='to_analysts') }}

with case_matches as (
    select * from {{ ref('int_case_matches') }}
    where score >= {{ var('match_shown') }}
),

told as (
    select
        operation_code, case_key, other_case_key,
        administration_code, case_ref, other_administration_code, other_case_ref,
        score, reasons, is_match,
        known_from, known_to, known_by, ended_by
    from case_matches
)

select * from told
