-- An item that has a factor is told in exactly one of kilograms, pieces, litres and money; packages in none.
select
    item_key,
    unit
from {{ ref('fct_items') }}
where
    unit_factor is not null
    and num_nonnulls(quantity_kg, quantity_pieces, quantity_litres, amount)
    <> case when unit = 'package' then 0 else 1 end
