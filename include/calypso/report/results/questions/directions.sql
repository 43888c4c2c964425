-- What came in and what went out: the amount and the cases of each commodity, by direction.
select
    added.figure, coalesce(cases.direction, 'not_stated') as direction,
    sum(added.value) as amount, count(distinct added.case_key) as cases
from marts.contributions(%(operation)s, %(known_at)s) as added
inner join marts.cases(%(operation)s, %(known_at)s) as cases using (case_key)
where added.figure = any(%(commodities)s)
group by added.figure, cases.direction
order by added.figure, cases.direction
