-- What the operation came to, figure by figure, and whether what was published of it holds.
select figure, unit, value, value_code, cases, holds
from marts.operation_results(%(operation)s, %(known_at)s)
order by position
