-- Which ways each commodity went; null where an end of the way was not told.
select
    added.figure, cases.departure_country, cases.destination_country, count(distinct added.case_key) as cases
from marts.contributions(%(operation)s, %(known_at)s) as added
inner join marts.cases(%(operation)s, %(known_at)s) as cases using (case_key)
where added.figure = any(%(commodities)s)
group by added.figure, cases.departure_country, cases.destination_country
order by added.figure, cases desc, cases.departure_country, cases.destination_country
