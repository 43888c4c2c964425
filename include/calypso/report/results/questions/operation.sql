-- The operation as the warehouse knows it.
select name, starts_on, ends_on, time_zone, is_simulated, number_of_participants
from marts.dim_operations
where operation_code = %(operation)s
