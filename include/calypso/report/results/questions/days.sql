-- The cases of each reporting day, by the day whose report first told of them.
select reporting_day, value
from marts.daily_situation(%(operation)s, %(known_at)s)
where figure = 'cases_reported'
order by reporting_day
