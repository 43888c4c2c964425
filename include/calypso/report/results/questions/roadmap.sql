-- The indicators of the Caribbean Firearms Roadmap, all in all and by type.
select indicator, breakdown_kind, breakdown, value, cases
from marts.roadmap(%(operation)s, %(known_at)s)
where breakdown_kind in ('all', 'type')
order by indicator, breakdown_kind, value desc nulls last, breakdown
