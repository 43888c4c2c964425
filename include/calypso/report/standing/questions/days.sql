-- Each day of the operation with what has been delivered about it; a day of rest has no delivery.
select
    days.day as reporting_day, deliveries.status, deliveries.timeliness, deliveries.deadline_at,
    deliveries.first_received_at, deliveries.files_received, deliveries.submission_id,
    coalesce(deliveries.rows_accepted, 0) as rows_accepted, coalesce(deliveries.rows_quarantined, 0) as rows_quarantined,
    coalesce(deliveries.deadline_at < builds.known_at, false) as is_due
from marts_own.dim_dates as days
cross join (select max(cut_at) as known_at from marts_own.dim_builds) as builds
left join marts_own.rpt_deliveries as deliveries
    on
        days.operation_code = deliveries.operation_code
        and days.day = deliveries.reporting_day
        and deliveries.dataset = 'seizures'
where days.operation_code = %(operation)s
order by days.day
