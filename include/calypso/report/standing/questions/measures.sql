-- How it reports, beside the median of all.
select measure, unit, own_value, median_value, administrations
from marts_own.rpt_standings
where operation_code = %(operation)s
