with accepted_rows as (
    select * from {{ ref('stg_raw__seizure_rows') }}
    where verdict = 'accepted'
),

current_submissions as (
    select * from {{ ref('int_submissions_current') }}
),

-- An item's number may be left out where the case has one item.
statements as (
    select
        current_submissions.administration_code,
        current_submissions.operation_code,
        current_submissions.reporting_day,
        current_submissions.version,
        current_submissions.received_at,
        current_submissions.sha256,
        accepted_rows.*,
        case
            when accepted_rows.category is not null then coalesce(accepted_rows.item_no, 1)
            when accepted_rows.action = 'cancel' then accepted_rows.item_no
        end as item_stated
    from accepted_rows
    inner join current_submissions on accepted_rows.submission_id = current_submissions.submission_id
),

-- The order is that of the days reported about, never that of arrival.
ordered as (
    select
        *,
        case
            when action = 'cancel' and item_stated is null then 'case_cancelled'
            when action = 'cancel' then 'item_cancelled'
            when item_stated is null then 'case'
            else 'item'
        end as states,
        row_number() over (
            partition by administration_code, case_ref
            order by reporting_day, version, received_at, sha256, row_number, submission_id
        ) as statement_no
    from statements
),

-- What stands before the last cancellation of a whole case is gone; what stands after it counts again.
standing as (
    select
        *,
        coalesce(
            statement_no > max(statement_no) filter (where states = 'case_cancelled')
                over (partition by administration_code, case_ref),
            true
        ) as is_standing
    from ordered
)

select * from standing
