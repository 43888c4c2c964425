-- Every item has a factor, and cash a rate, on its day; without one it is missing from the figures. It warns:
-- a sender's impossible date must not keep the others' figures from being built.
{{ config(severity='warn') }}

select
    item_key,
    event_date,
    unit,
    currency
from {{ ref('fct_items') }}
where unit_factor is null or (amount is not null and amount_usd is null)
