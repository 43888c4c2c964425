-- How goods travelled, how they were hidden and how they were found; a hit is a case that ended as a seizure.
select method_kind as kind, method, cases, seizures
from marts.methods(%(operation)s, %(known_at)s)
where category = 'all'
order by method_kind, cases desc, method
