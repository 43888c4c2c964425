-- A submission of which rows, findings or a receipt are known has reached its final state.
with open_submissions as (
    select submission_id from {{ ref('int_submissions') }}
    where final_state is null
),

known as (
    select submission_id from {{ ref('stg_raw__seizure_rows') }}
    union
    select submission_id from {{ ref('stg_raw__findings') }}
    union
    select submission_id from {{ ref('stg_raw__receipts') }}
)

select open_submissions.submission_id
from open_submissions
inner join known on open_submissions.submission_id = known.submission_id
