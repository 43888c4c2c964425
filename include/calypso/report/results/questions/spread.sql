-- How far administrations lie apart: what the weaker quarter stays below, the middle, what the stronger quarter reaches.
with reported as (
    select
        administration_code,
        count(*) filter (where status in ('accepted', 'partly_accepted', 'nil')) / count(*)::numeric as reported,
        count(*) filter (where status in ('accepted', 'partly_accepted', 'nil') and timeliness = 'on_time')
        / count(*)::numeric as on_time,
        sum(rows_quarantined)::numeric / nullif(sum(rows_accepted + rows_quarantined), 0) as held
    from marts.deliveries(%(operation)s, %(known_at)s)
    where dataset = 'seizures' and deadline_at <= %(known_at)s
    group by administration_code
),

judged as (
    select administration_code, sum(findings)::numeric / nullif(sum(rows_read), 0) as found
    from marts.quality(%(operation)s, %(known_at)s)
    where rule_code = 'all'
    group by administration_code
),

measured as (
    select measures.measure, measures.position, measures.value, measures.better
    from reported
    left join judged using (administration_code)
    cross join lateral (
        values
        ('reported', 1, reported.reported, 1), ('on_time', 2, reported.on_time, 1),
        ('held', 3, reported.held, -1), ('found', 4, judged.found, -1)
    ) as measures (measure, position, value, better)
)

select
    measure, count(value) as administrations,
    round((better * percentile_cont(0.25) within group (order by better * value))::numeric, 6) as weaker,
    round(percentile_cont(0.5) within group (order by value)::numeric, 6) as median,
    round((better * percentile_cont(0.75) within group (order by better * value))::numeric, 6) as stronger
from measured
group by measure, position, better
order by position
