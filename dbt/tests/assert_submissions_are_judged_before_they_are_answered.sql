-- A submission of which rows, findings or a receipt are known has reached its final state, also after the cut.
with judged as (
    select submission_id from {{ ref('stg_raw__submission_states') }}
    where is_final
),

known as (
    select submission_id from {{ ref('stg_raw__seizure_rows') }}
    union
    select submission_id from {{ ref('stg_raw__findings') }}
    union
    select submission_id from {{ ref('stg_raw__receipts') }}
)

select known.submission_id
from known
left join judged on known.submission_id = judged.submission_id
where judged.submission_id is null
