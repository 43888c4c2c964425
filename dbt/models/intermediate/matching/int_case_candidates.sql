{{ config(indexes=[{'columns': ['case_key', 'span_no', 'other_case_key', 'other_span_no'], 'unique': true}]) }}

with match_keys as (
    select * from {{ ref('int_case_match_keys') }}
),

-- A key that a crowd of cases shares says little and would cost much: those known first keep it, so that what was found
-- at a moment is always found for it. It is set so high that no honest key comes near.
keys as (
    select
        *,
        row_number() over (
            partition by operation_code, key order by known_from, case_key, span_no
        ) as place_in_crowd
    from match_keys
),

-- Two administrations' tellings that share a key and were known at one time, each pair once.
candidates as (
    select distinct
        keys.case_key, keys.span_no,
        others.case_key as other_case_key, others.span_no as other_span_no
    from keys
    inner join keys as others
        on
            keys.operation_code = others.operation_code
            and keys.key = others.key
            and keys.administration_code < others.administration_code
            and not (keys.is_named and others.is_named)
            and {{ overlap('keys', 'others') }}
    where keys.place_in_crowd <= {{ var('match_crowd') }} and others.place_in_crowd <= {{ var('match_crowd') }}
)

select * from candidates
