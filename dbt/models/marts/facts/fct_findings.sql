with findings as (
    select * from {{ ref('stg_raw__findings') }}
),

submissions as (
    select * from {{ ref('int_submissions') }}
    where final_state is not null
),

builds as (
    select max(cut_at) as cut_at from {{ ref('stg_raw__builds') }}
),

-- A decision is known to the build whose cut came after it, as a file is.
decisions as (
    select told.*
    from {{ ref('stg_raw__decisions') }} as told
    cross join builds
    where told.decided_at <= builds.cut_at
),

placed as (
    select
        findings.submission_id, findings.finding_no,
        submissions.administration_code, submissions.operation_code, submissions.dataset, submissions.reporting_day,
        findings.rule_code, findings.severity, submissions.rule_pack,
        findings.row_number, findings.column_letter, findings.field, findings.case_ref,
        findings.value_given, findings.value_expected,
        decisions.decision, decisions.decision_reason, decisions.decided_by, decisions.decided_at,
        submissions.known_from
    from findings
    inner join submissions on findings.submission_id = submissions.submission_id
    left join decisions
        on findings.submission_id = decisions.submission_id and findings.finding_no = decisions.finding_no
)

select * from placed
