{{ config(shown='to_administrations') }}

with operations as (
    select * from {{ ref('dim_operations') }}
),

days as (
    select * from {{ ref('dim_dates') }}
),

administrations as (
    select * from {{ ref('dim_administrations') }}
),

-- The cut-off is a local time of each administration, on the morning after the reporting day.
due as (
    select
        operations.operation_code,
        administrations.administration_code,
        datasets.dataset,
        days.day as reporting_day,
        ((days.day + 1) + operations.cut_off) at time zone administrations.time_zone as deadline_at
    from operations
    inner join days on operations.operation_code = days.operation_code
    inner join administrations on administrations.administration_code = any(operations.participants)
    cross join lateral unnest(operations.datasets) as datasets (dataset)
    where to_char(days.day, 'FMday') <> all(operations.rest_days)
)

select * from due
