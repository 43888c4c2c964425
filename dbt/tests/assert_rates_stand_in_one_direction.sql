-- A rate is given in the direction in which it is defined, and in that one only.
select *
from {{ ref('exchange_rates') }}
where num_nonnulls(units_per_usd, usd_per_unit) <> 1
