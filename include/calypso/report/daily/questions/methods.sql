-- How goods were hidden and how they were found, until the day; a hit is a case that ended as a seizure.
select
    methods.kind, methods.method, count(*) as cases,
    count(*) filter (where cases.case_type = 'seizure') as seizures,
    count(*) filter (where cases.reported_on = %(day)s) as cases_of_the_day
from marts.cases(%(operation)s, %(known_at)s) as cases
cross join lateral (
    values ('concealment', cases.concealment), ('detection', cases.detection_method)
) as methods (kind, method)
where cases.reported_on <= %(day)s
group by methods.kind, methods.method
order by methods.kind, cases desc, methods.method
