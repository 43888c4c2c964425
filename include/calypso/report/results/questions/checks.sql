-- Which checks were broken how often: week by week, and in all (without a week); `all` are all checks together.
select
    rule_code, severity, iso_year, iso_week,
    sum(findings) as findings,
    sum(rows_read) as rows_read,
    count(distinct administration_code) filter (where findings > 0) as administrations
from marts.quality(%(operation)s, %(known_at)s)
group by grouping sets ((rule_code, severity, iso_year, iso_week), (rule_code, severity))
having sum(findings) > 0
order by rule_code, iso_year nulls last, iso_week
