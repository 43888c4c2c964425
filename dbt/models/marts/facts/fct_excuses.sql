with excuses as (
    select * from {{ ref('stg_raw__deliveries_excused') }}
    where verdict = 'accepted'
),

submissions as (
    select * from {{ ref('int_submissions') }}
    where final_state = 'noted'
),

administrations as (
    select * from {{ ref('dim_administrations') }}
),

-- An excuse holds until its last day is over in the administration's own zone.
dated as (
    select
        excuses.submission_id, excuses.row_number,
        submissions.operation_code, excuses.administration_code, excuses.dataset, excuses.reporting_day,
        excuses.reason, excuses.expires_on,
        submissions.known_from,
        (excuses.expires_on + 1)::timestamp at time zone administrations.time_zone as expired_from
    from excuses
    inner join submissions on excuses.submission_id = submissions.submission_id
    inner join administrations on excuses.administration_code = administrations.administration_code
)

select * from dated
