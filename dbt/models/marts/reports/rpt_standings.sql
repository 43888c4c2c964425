{{ config(
    key=['administration_code', 'measure'],
    asked_by=['calypso_analyst'],
    shown='own_rows'
) }}

with deliveries as (
    select * from {{ known('fct_deliveries', 'delivery_statuses') }}
    where deadline_at < {{ moment() }}
),

administrations as (
    select * from {{ ref('dim_administrations') }}
),

days as (
    select * from {{ ref('dim_dates') }}
),

submissions as (
    select * from {{ ref('fct_submissions') }}
    where
        known_from <= {{ moment() }}
        and final_state in ('accepted', 'partly_accepted', 'rejected', 'nil')
),

-- Of all rows that an administration has sent, the part that was held back, whatever became of it later.
sent as (
    select
        submissions.operation_code, submissions.administration_code,
        sum(submissions.rows_quarantined) / nullif(sum(submissions.rows_read), 0)::numeric as held_back_share
    from submissions
    inner join days on submissions.operation_code = days.operation_code and submissions.reporting_day = days.day
    group by submissions.operation_code, submissions.administration_code
),

-- A day begins at midnight by the administration's own clock; after 24 hours it is over and its report awaited.
waited as (
    select
        deliveries.operation_code, deliveries.administration_code,
        deliveries.status in ('accepted', 'partly_accepted', 'nil') as is_reported,
        deliveries.timeliness = 'on_time' as is_on_time,
        extract(
            epoch from deliveries.first_received_at
            - (deliveries.reporting_day::timestamp at time zone administrations.time_zone)
        ) / 3600 as hours
    from deliveries
    inner join administrations using (administration_code)
),

reported as (
    select
        operation_code, administration_code,
        count(*) filter (where is_reported) / count(*)::numeric as reported_share,
        count(*) filter (where is_reported and is_on_time) / count(*)::numeric as on_time_share,
        percentile_cont(0.5) within group (order by hours)::numeric as hours_to_receipt
    from waited
    group by operation_code, administration_code
),

measured as (
    select
        reported.operation_code, reported.administration_code,
        measures.measure, measures.unit, round(measures.own_value, 6) as own_value
    from reported
    left join sent using (operation_code, administration_code)
    cross join lateral (
        values
        ('reported_share', 'share', reported.reported_share),
        ('on_time_share', 'share', reported.on_time_share),
        ('held_back_share', 'share', sent.held_back_share),
        ('hours_to_receipt', 'hours', reported.hours_to_receipt)
    ) as measures (measure, unit, own_value)
),

medians as (
    select
        operation_code, measure,
        count(own_value)::integer as administrations,
        {{ anonymous_median('own_value') }} as median_value
    from measured
    group by operation_code, measure
),

report as (
    select
        measured.operation_code, measured.administration_code, measured.measure, measured.unit,
        measured.own_value, medians.median_value, medians.administrations
    from measured
    inner join medians using (operation_code, measure)
)

select * from report
