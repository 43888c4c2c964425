-- Drugs by form, of the day and until then. A form is a sum_group: two forms are never added.
select
    category, sum_group,
    coalesce(sum(quantity_kg) filter (where reported_on = %(day)s), 0) as kg,
    coalesce(sum(quantity_pieces) filter (where reported_on = %(day)s), 0) as pieces,
    coalesce(sum(quantity_litres) filter (where reported_on = %(day)s), 0) as litres,
    count(distinct case_key) filter (where reported_on = %(day)s) as cases,
    coalesce(sum(quantity_kg), 0) as running_kg,
    coalesce(sum(quantity_pieces), 0) as running_pieces,
    coalesce(sum(quantity_litres), 0) as running_litres,
    count(distinct case_key) as running_cases
from marts.items(%(operation)s, %(known_at)s)
where category in ('cannabis', 'cocaine', 'other_drug') and reported_on <= %(day)s
group by category, sum_group
order by category, sum_group
