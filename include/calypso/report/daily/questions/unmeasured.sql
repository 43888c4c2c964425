-- Goods that are in no sum until the day: packages have no measure, and cash may have no rate.
select category, count(*) as items
from marts.items(%(operation)s, %(known_at)s)
where
    reported_on <= %(day)s
    and case when category = 'currency' then amount_usd else coalesce(quantity_kg, quantity_pieces, quantity_litres) end
    is null
group by category
order by category
