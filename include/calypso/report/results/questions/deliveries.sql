-- Of the reports whose deadline had passed, how many had come, and their rows: week by week, and in all (without a week).
select
    days.iso_year, days.iso_week, min(reports.reporting_day) as first_day, max(reports.reporting_day) as last_day,
    count(*) as due,
    count(*) filter (where reports.status in ('accepted', 'partly_accepted', 'nil')) as reported,
    count(*) filter (
        where reports.status in ('accepted', 'partly_accepted', 'nil') and reports.timeliness = 'on_time'
    ) as on_time,
    count(*) filter (where reports.status = 'nil') as nil,
    count(*) filter (where reports.status = 'excused') as excused,
    coalesce(sum(reports.rows_accepted), 0) as rows_accepted,
    coalesce(sum(reports.rows_quarantined), 0) as rows_quarantined
from marts.deliveries(%(operation)s, %(known_at)s) as reports
inner join marts.dim_dates as days on days.operation_code = %(operation)s and reports.reporting_day = days.day
where reports.dataset = 'seizures' and reports.deadline_at <= %(known_at)s
group by grouping sets ((days.iso_year, days.iso_week), ())
order by days.iso_year nulls last, days.iso_week
