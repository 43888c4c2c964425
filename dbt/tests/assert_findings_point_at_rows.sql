-- A finding of a rule about rows (S) names a row that stands in raw; a rule about files (F) may name its header.
-- The rows of a test are not kept.
select
    findings.submission_id,
    findings.finding_no,
    findings.row_number
from {{ ref('stg_raw__findings') }} as findings
left join {{ ref('stg_raw__seizure_rows') }} as seizure_rows
    on
        findings.submission_id = seizure_rows.submission_id
        and findings.row_number = seizure_rows.row_number
inner join {{ ref('int_submissions') }} as submissions on findings.submission_id = submissions.submission_id
where
    submissions.final_state <> 'tested'
    and findings.rule_code like 'S%'
    and seizure_rows.submission_id is null
