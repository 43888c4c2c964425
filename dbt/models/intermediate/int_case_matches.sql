with tellings as (
    select * from {{ ref('int_case_tellings') }}
),

likeness as (
    select * from {{ ref('int_case_likeness') }}
    union all
    select * from {{ ref('int_goods_likeness') }}
),

match_reasons as (
    select * from {{ ref('match_reasons') }}
),

weighed as (
    select
        likeness.case_key, likeness.span_no, likeness.other_case_key, likeness.other_span_no,
        array_agg(likeness.reason order by match_reasons.weight desc, likeness.reason) as reasons,
        sum(match_reasons.weight) as weight
    from likeness
    inner join match_reasons on likeness.reason = match_reasons.reason
    group by likeness.case_key, likeness.span_no, likeness.other_case_key, likeness.other_span_no
),

-- A weight of one more makes it twice as likely that two cases tell one event. They are told to while both are known.
scored as (
    select
        weighed.case_key, weighed.span_no, weighed.other_case_key, weighed.other_span_no,
        mine.operation_code,
        mine.administration_code, mine.case_ref,
        theirs.administration_code as other_administration_code, theirs.case_ref as other_case_ref,
        {{ both('mine', 'theirs') }},
        weighed.reasons,
        round((1 / (1 + 2 ^ ({{ var('match_weight') }} - weighed.weight)))::numeric, 4) as score
    from weighed
    inner join tellings as mine on weighed.case_key = mine.case_key and weighed.span_no = mine.span_no
    inner join tellings as theirs
        on weighed.other_case_key = theirs.case_key and weighed.other_span_no = theirs.span_no
),

matches as (
    select
        *,
        score >= {{ var('match_threshold') }} as is_match
    from scored
)

select * from matches
