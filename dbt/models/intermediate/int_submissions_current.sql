with submissions as (
    select * from {{ ref('stg_raw__submissions') }}
),

-- Rejected files, duplicates, tests and statements say nothing of the day's cases.
-- A nil report says the least: any data for its day replaces it.
counting as (
    select
        submission_id,
        administration_code,
        operation_code,
        dataset,
        reporting_day,
        case when final_state = 'nil' then 0 else version end as version,
        received_at,
        sha256
    from submissions
    where final_state in ('accepted', 'partly_accepted', 'nil')
),

-- A file replaces the whole day, so one file of each day counts.
latest as (
    select distinct on (administration_code, dataset, reporting_day) *
    from counting
    order by
        administration_code asc, dataset asc, reporting_day asc,
        version desc, received_at desc, sha256 desc, submission_id desc
)

select * from latest
