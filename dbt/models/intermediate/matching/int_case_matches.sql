with scores as (
    select * from {{ ref('int_match_scores') }}
),

tellings as (
    select * from {{ ref('int_case_tellings') }}
),

-- Two cases are told to tell one event for as long as both say what they say.
matches as (
    select
        scores.case_key, scores.span_no, scores.other_case_key, scores.other_span_no,
        mine.operation_code,
        mine.administration_code, mine.case_ref,
        theirs.administration_code as other_administration_code, theirs.case_ref as other_case_ref,
        {{ both('mine', 'theirs') }},
        scores.reasons, scores.score,
        scores.score >= {{ var('match_threshold') }} as is_match
    from scores
    inner join tellings as mine on scores.case_key = mine.case_key and scores.span_no = mine.span_no
    inner join tellings as theirs
        on scores.other_case_key = theirs.case_key and scores.other_span_no = theirs.span_no
)

select * from matches
