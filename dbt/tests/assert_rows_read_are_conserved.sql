-- Of every submission that reached its final state, the rows read are those accepted and those quarantined,
-- and each of them stands in raw. A test is never loaded; a statement's rows stand in tables of their own, also those
-- of a statement that was rejected.
with rows_stored as (
    select
        submission_id,
        count(*) as stored,
        count(*) filter (where verdict = 'accepted') as accepted,
        count(*) filter (where verdict = 'quarantined') as quarantined
    from {{ ref('stg_raw__seizure_rows') }}
    group by submission_id
),

compared as (
    select
        submissions.submission_id,
        submissions.rows_read,
        submissions.rows_accepted,
        submissions.rows_quarantined,
        coalesce(rows_stored.stored, 0) as stored,
        coalesce(rows_stored.accepted, 0) as accepted,
        coalesce(rows_stored.quarantined, 0) as quarantined
    from {{ ref('int_submissions') }} as submissions
    left join rows_stored on submissions.submission_id = rows_stored.submission_id
    where submissions.final_state is not null and submissions.is_report
)

select * from compared
where (rows_read, rows_accepted, rows_quarantined) is distinct from (stored, accepted, quarantined)
