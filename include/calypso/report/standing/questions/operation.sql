-- The operation, and the moment up to which the marts know everything.
select operations.name, operations.starts_on, operations.ends_on, operations.is_simulated, builds.known_at
from marts_own.dim_operations as operations
cross join (select max(cut_at) as known_at from marts_own.dim_builds) as builds
where operations.operation_code = %(operation)s
