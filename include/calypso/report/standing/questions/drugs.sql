-- Drugs by form. A form is a sum_group: two forms are never added.
select
    category, sum_group,
    coalesce(sum(quantity_kg), 0) as kg, coalesce(sum(quantity_pieces), 0) as pieces,
    coalesce(sum(quantity_litres), 0) as litres
from marts_own.fct_items
where operation_code = %(operation)s and category in ('cannabis', 'cocaine', 'other_drug')
group by category, sum_group
order by category, sum_group
