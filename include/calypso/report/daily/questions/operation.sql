-- The operation as the warehouse knows it, and how many of its days lie behind the day asked for.
select
    operations.name, operations.starts_on, operations.ends_on, operations.time_zone, operations.is_simulated,
    dates.day_no, operations.ends_on - operations.starts_on + 1 as days
from marts.dim_operations as operations
inner join marts.dim_dates as dates using (operation_code)
where operations.operation_code = %(operation)s and dates.day = %(day)s
