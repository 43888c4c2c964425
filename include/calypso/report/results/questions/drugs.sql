-- Drugs by form. A form is a sum_group: two forms are never added.
select
    category, sum_group,
    coalesce(sum(quantity_kg), 0) as kg,
    coalesce(sum(quantity_pieces), 0) as pieces,
    coalesce(sum(quantity_litres), 0) as litres,
    count(distinct case_key) as cases
from marts.items(%(operation)s, %(known_at)s)
where category in ('cannabis', 'cocaine', 'other_drug')
group by category, sum_group
order by kg desc, category, sum_group
