-- Which ways the goods of cases went until the day, by direction; null where an end of the way was not told.
select direction, departure_country, destination_country, count(*) as cases
from marts.cases(%(operation)s, %(known_at)s)
where reported_on <= %(day)s
group by direction, departure_country, destination_country
order by direction, cases desc, departure_country, destination_country
