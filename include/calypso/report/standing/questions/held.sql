-- What holds rows back of the files that count, and of those that were refused and have left their day without any.
select
    submissions.reporting_day, submissions.submission_id, findings.rule_code,
    count(distinct findings.row_number) as rows,
    array_agg(distinct findings.field) filter (where findings.field is not null) as fields,
    array_agg(distinct findings.case_ref) filter (where findings.case_ref is not null) as cases
from marts_own.fct_findings as findings
inner join marts_own.fct_submissions as submissions using (submission_id)
inner join marts_own.rpt_deliveries as deliveries
    on
        submissions.operation_code = deliveries.operation_code
        and submissions.dataset = deliveries.dataset
        and submissions.reporting_day = deliveries.reporting_day
where
    submissions.operation_code = %(operation)s
    and findings.severity = 'critical'
    and (
        submissions.submission_id = deliveries.submission_id
        or deliveries.status = 'rejected' and submissions.final_state = 'rejected'
    )
group by submissions.reporting_day, submissions.submission_id, findings.rule_code
order by submissions.reporting_day, submissions.submission_id, findings.rule_code
