with submissions as (
    select * from {{ ref('int_submissions') }}
),

-- Rejected files, duplicates, tests and statements say nothing of the day's cases.
-- A nil report says the least: any data for its day replaces it.
counting as (
    select
        submission_id, administration_code, operation_code, dataset, reporting_day,
        case when final_state = 'nil' then 0 else version end as version,
        final_state, received_at, ordered_at, sha256, known_from
    from submissions
    where final_state in ('accepted', 'partly_accepted', 'nil')
),

-- Which file of a day weighs more is said by the files alone, never by the order in which builds learnt of them, and
-- never by a clock that steps back.
weighed as (
    select
        *,
        row_number() over (
            partition by operation_code, administration_code, dataset, reporting_day
            order by version, ordered_at, sha256, submission_id
        ) as weight
    from counting
),

-- A file counts for its day if it outweighs every one known before it, until one that outweighs it is known.
-- Of those that become known in one moment the heaviest alone ever counts.
compared as (
    select
        *,
        weight > coalesce(
            max(weight) over (
                partition by operation_code, administration_code, dataset, reporting_day
                order by known_from, weight rows between unbounded preceding and 1 preceding
            ), 0
        )
        and weight = max(weight) over (
            partition by operation_code, administration_code, dataset, reporting_day, known_from
        ) as is_heaviest_yet
    from weighed
),

counted as (
    select
        submission_id, administration_code, operation_code, dataset, reporting_day, version, final_state,
        received_at, ordered_at, sha256, known_from,
        lead(known_from) over day_as_known as known_to,
        lead(submission_id) over day_as_known as replaced_by,
        lag(submission_id) over day_as_known as replaces
    from compared
    where is_heaviest_yet
    window day_as_known as (
        partition by operation_code, administration_code, dataset, reporting_day order by known_from
    )
)

select * from counted
