{{ config(
    key=['administration_code', 'dataset', 'reporting_day'],
    asked_by=['calypso_analyst'],
    shown='own_rows'
) }}

with deliveries as (
    select * from {{ known('fct_deliveries', 'delivery_statuses') }}
),

administrations as (
    select * from {{ ref('dim_administrations') }}
),

days as (
    select * from {{ ref('dim_dates') }}
),

-- Of the days whose deadline has passed: which part has been reported, and which part on time.
grid as (
    select
        deliveries.operation_code, deliveries.administration_code,
        administrations.name_en, administrations.name_fr, administrations.name_es, administrations.name_nl,
        deliveries.dataset, deliveries.reporting_day, days.day_no,
        deliveries.status, deliveries.timeliness, deliveries.deadline_at, deliveries.first_received_at,
        deliveries.files_received,
        deliveries.submission_id, deliveries.file_name, deliveries.rows_accepted, deliveries.rows_quarantined,
        round(
            count(*) filter (where deliveries.status in ('accepted', 'partly_accepted', 'nil')) over until_the_day
            / count(*) over until_the_day::numeric, 6
        ) as reported_share,
        round(
            count(*) filter (
                where deliveries.status in ('accepted', 'partly_accepted', 'nil') and deliveries.timeliness = 'on_time'
            ) over until_the_day
            / count(*) over until_the_day::numeric, 6
        ) as on_time_share
    from deliveries
    inner join administrations using (administration_code)
    inner join days on deliveries.operation_code = days.operation_code and deliveries.reporting_day = days.day
    window until_the_day as (
        partition by deliveries.operation_code, deliveries.administration_code, deliveries.dataset
        order by deliveries.reporting_day
    )
)

select * from grid
