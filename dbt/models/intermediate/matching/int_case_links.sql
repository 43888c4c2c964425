with matches as (
    select * from {{ ref('int_case_matches') }}
    where is_match
),

-- A match, seen from either case.
links as (
    select case_key, other_case_key as linked_key, known_from, known_to, known_by, ended_by
    from matches
    union all
    select other_case_key as case_key, case_key as linked_key, known_from, known_to, known_by, ended_by
    from matches
)

select * from links
