with candidates as (
    select * from {{ ref('int_case_candidates') }}
),

goods as (
    select * from {{ ref('int_case_goods') }}
),

kinds as (
    select case_key, span_no, array_agg(distinct category) as categories
    from goods
    group by case_key, span_no
),

-- Goods of one form on both sides: how far apart their quantities are, and how far they may be by their last digits.
quantities as (
    select
        candidates.*, mine.form,
        greatest(mine.measured, theirs.measured) / nullif(least(mine.measured, theirs.measured), 0) - 1 as apart,
        least(mine.coarse + theirs.coarse, 0.1) as tolerance,
        greatest(mine.coarse, theirs.coarse) as coarse
    from candidates
    inner join goods as mine using (case_key, span_no)
    inner join goods as theirs
        on
            candidates.other_case_key = theirs.case_key
            and candidates.other_span_no = theirs.span_no
            and mine.form = theirs.form
),

counted as (
    select
        case_key, span_no, other_case_key, other_span_no,
        min(apart) as apart,
        bool_or(apart <= tolerance and coarse <= 0.01) as is_exact,
        bool_or(apart <= greatest(tolerance, 0.02) and coarse <= 0.1) as is_same,
        bool_or(apart <= greatest(tolerance, 0.02)) as is_alike
    from quantities
    group by case_key, span_no, other_case_key, other_span_no
),

compared as (
    select
        candidates.*,
        array[
            case
                when not mine.categories && theirs.categories then 'other_goods'
                when counted.apart is not null then 'same_goods'
            end,
            case
                when counted.is_exact then 'exact_quantity'
                when counted.is_same then 'same_quantity'
                when counted.is_alike then 'round_quantity'
                when counted.apart > 0.1 then 'other_quantity'
            end
        ] as reasons
    from candidates
    left join counted using (case_key, span_no, other_case_key, other_span_no)
    inner join kinds as mine using (case_key, span_no)
    inner join kinds as theirs
        on candidates.other_case_key = theirs.case_key and candidates.other_span_no = theirs.span_no
),

told as (
    select
        compared.case_key, compared.span_no, compared.other_case_key, compared.other_span_no, given.reason
    from compared
    cross join lateral unnest(compared.reasons) as given (reason)
    where given.reason is not null
)

select * from told
