{{ config(
    key=['administration_code', 'iso_year', 'iso_week', 'rule_code'],
    asked_by=['calypso_analyst'],
    shown='own_rows'
) }}

with submissions as (
    select * from {{ ref('fct_submissions') }}
    where
        known_from <= {{ moment() }}
        and final_state in ('accepted', 'partly_accepted', 'rejected', 'nil')
),

findings as (
    select * from {{ ref('fct_findings') }}
    where known_from <= {{ moment() }}
),

days as (
    select * from {{ ref('dim_dates') }}
),

rules as (
    select rule_code, severity from {{ ref('dim_rules') }}
    union all
    select 'all' as rule_code, null as severity
),

-- What each administration sent about the days of a week.
sent as (
    select
        submissions.operation_code, submissions.administration_code, days.iso_year, days.iso_week,
        count(*)::integer as files,
        sum(submissions.rows_read)::integer as rows_read,
        sum(submissions.rows_quarantined)::integer as rows_quarantined
    from submissions
    inner join days on submissions.operation_code = days.operation_code and submissions.reporting_day = days.day
    group by submissions.operation_code, submissions.administration_code, days.iso_year, days.iso_week
),

broken as (
    select
        findings.operation_code, findings.administration_code, days.iso_year, days.iso_week,
        case when grouping(findings.rule_code) = 1 then 'all' else findings.rule_code end as rule_code,
        count(*)::integer as findings
    from findings
    inner join submissions on findings.submission_id = submissions.submission_id
    inner join days on findings.operation_code = days.operation_code and findings.reporting_day = days.day
    group by
        findings.operation_code, findings.administration_code, days.iso_year, days.iso_week,
        grouping sets ((findings.rule_code), ())
),

-- A rule that anybody has broken is told of everybody, so that a median has all of them.
rated as (
    select
        sent.*, rules.rule_code, rules.severity,
        coalesce(broken.findings, 0) as findings,
        round(100.0 * coalesce(broken.findings, 0) / nullif(sent.rows_read, 0), 6) as findings_per_100_rows
    from sent
    inner join rules
        on rules.rule_code in (select broken_rules.rule_code from broken as broken_rules) or rules.rule_code = 'all'
    left join broken using (operation_code, administration_code, iso_year, iso_week, rule_code)
),

medians as (
    select
        operation_code, iso_year, iso_week, rule_code,
        count(findings_per_100_rows)::integer as administrations,
        {{ anonymous_median('findings_per_100_rows') }} as median_per_100_rows
    from rated
    group by operation_code, iso_year, iso_week, rule_code
),

report as (
    select
        rated.operation_code, rated.administration_code, rated.iso_year, rated.iso_week,
        rated.rule_code, rated.severity, rated.files, rated.rows_read, rated.rows_quarantined,
        rated.findings, rated.findings_per_100_rows, medians.median_per_100_rows, medians.administrations,
        rated.findings_per_100_rows - lag(rated.findings_per_100_rows) over (
            partition by rated.operation_code, rated.administration_code, rated.rule_code
            order by rated.iso_year, rated.iso_week
        ) as change_since_last_week
    from rated
    inner join medians using (operation_code, iso_year, iso_week, rule_code)
)

select * from report
