with submissions as (
    select * from {{ ref('stg_raw__submissions') }}
),

states as (
    select * from {{ ref('stg_raw__submission_states') }}
),

build_submissions as (
    select * from {{ ref('stg_raw__build_submissions') }}
),

builds as (
    select * from {{ ref('stg_raw__builds') }}
),

-- The state a file has ended in is known since the build that first saw it, and to no build before.
ends as (
    select
        build_submissions.submission_id,
        build_submissions.build_no,
        builds.cut_at,
        states.state as final_state,
        states.rows_read,
        states.rows_accepted,
        states.rows_quarantined,
        states.rule_pack,
        states.reached_at as judged_at
    from build_submissions
    inner join builds on build_submissions.build_no = builds.build_no
    inner join states on build_submissions.submission_id = states.submission_id
    where states.is_final
),

answers as (
    select
        submission_id,
        reached_at as acknowledged_at
    from states
    where state = 'acknowledged'
),

-- A simulated file is known when it is said to have arrived, so that its operation can be asked as it went; what a
-- replay says of it is known since it was replayed.
known as (
    select
        submissions.*,
        ends.final_state,
        ends.rows_read,
        ends.rows_accepted,
        ends.rows_quarantined,
        ends.rule_pack,
        ends.build_no,
        ends.judged_at,
        answers.acknowledged_at,
        case
            when submissions.is_simulated and submissions.replays is null and ends.build_no is not null
                then submissions.received_at
            else ends.cut_at
        end as known_from
    from submissions
    left join ends on submissions.submission_id = ends.submission_id
    left join answers on ends.submission_id = answers.submission_id
)

select * from known
