-- Every figure of each day, and from the first day of the operation until then.
select reporting_day, figure, unit, value, cases, running_value, running_cases
from marts.daily_situation(%(operation)s, %(known_at)s)
where reporting_day <= %(day)s
order by reporting_day, position
