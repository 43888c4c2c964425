-- Every file, and what became of it; one whose name tells of no day of an operation, by when it came.
select
    submissions.submission_id, submissions.file_name, submissions.reporting_day, submissions.received_at,
    submissions.final_state, submissions.standing, coalesce(submissions.is_late, false) as is_late,
    submissions.replays is not null as is_again, submissions.rows_accepted, submissions.rows_quarantined,
    submissions.receipt_file_name
from marts_own.fct_submissions as submissions
inner join marts_own.dim_operations as operations
    on
        operations.operation_code = %(operation)s
        and (
            submissions.operation_code = operations.operation_code
            or submissions.operation_code is null
            and submissions.received_at between operations.starts_on and operations.ends_on + 15
        )
order by submissions.reporting_day, submissions.received_at, submissions.submission_id
