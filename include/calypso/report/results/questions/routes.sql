-- Which ways the commodities of each map went; null where an end of the way was not told.
select
    drawn.map, cases.departure_country, cases.destination_country, count(distinct added.case_key) as cases
from marts.contributions(%(operation)s, %(known_at)s) as added
inner join unnest(%(figures)s, %(maps)s) as drawn (figure, map) using (figure)
inner join marts.cases(%(operation)s, %(known_at)s) as cases using (case_key)
group by drawn.map, cases.departure_country, cases.destination_country
order by drawn.map, cases desc, cases.departure_country, cases.destination_country
