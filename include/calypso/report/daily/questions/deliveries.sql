-- Who had reported which day.
select
    administration_code, reporting_day, status, timeliness, deadline_at, first_received_at,
    coalesce(rows_accepted, 0) as rows_accepted, coalesce(rows_quarantined, 0) as rows_quarantined, file_name
from marts.deliveries(%(operation)s, %(known_at)s)
where dataset = 'seizures' and reporting_day <= %(day)s
order by administration_code, reporting_day
