-- Deliveries of the days until that of the edition before that have come since, or that another file tells now.
select
    after.administration_code, after.reporting_day, before.status as status_before, after.status as status_after,
    after.file_name
from marts.delivery_statuses(%(operation)s, %(known_at)s) as after
inner join marts.delivery_statuses(%(operation)s, %(earlier)s) as before
    using (administration_code, dataset, reporting_day)
where
    after.dataset = 'seizures' and after.reporting_day <= %(earlier_day)s
    and after.status not in ('expected', 'missing')
    and (before.status <> after.status or before.submission_id is distinct from after.submission_id)
order by after.reporting_day, after.administration_code
