-- What the coordination unit asks about rows of the files that count.
select submissions.reporting_day, findings.case_ref, findings.rule_code, findings.field, findings.row_number, submissions.file_name
from marts_own.fct_findings as findings
inner join marts_own.fct_submissions as submissions using (submission_id)
where
    submissions.operation_code = %(operation)s
    and submissions.standing = 'current'
    and findings.decision = 'ask'
order by submissions.reporting_day, findings.case_ref, findings.rule_code, findings.row_number
