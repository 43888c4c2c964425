-- How often it broke each rule, by week, beside the median of all; the rule all stands for any.
select
    rule_code, iso_year, iso_week, rows_read, rows_quarantined, findings,
    findings_per_100_rows, median_per_100_rows, administrations
from marts_own.rpt_quality
where
    operation_code = %(operation)s
    and (
        rule_code = 'all'
        or rule_code in (select told.rule_code from marts_own.rpt_quality as told
                         where told.operation_code = %(operation)s and told.findings > 0)
    )
order by rule_code <> 'all', rule_code, iso_year, iso_week
