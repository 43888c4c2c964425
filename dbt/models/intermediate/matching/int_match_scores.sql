with likeness as (
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
        array_agg(likeness.reason order by match_reasons.weight desc, likeness.reason asc) as reasons,
        sum(match_reasons.weight) as weight
    from likeness
    inner join match_reasons on likeness.reason = match_reasons.reason
    group by likeness.case_key, likeness.span_no, likeness.other_case_key, likeness.other_span_no
),

-- A weight of one more makes it twice as likely that two cases tell one event.
scored as (
    select
        case_key, span_no, other_case_key, other_span_no, reasons,
        round((1 / (1 + 2 ^ ({{ var('match_weight') }} - weight)))::numeric, 4) as score
    from weighed
)

select * from scored
