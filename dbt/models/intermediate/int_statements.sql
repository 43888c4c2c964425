{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='append_new_columns',
    indexes=[{'columns': ['case_key']}, {'columns': ['build_no']}]
) }}

with accepted_rows as (
    select * from {{ ref('stg_raw__seizure_rows') }}
    where verdict = 'accepted'
),

submissions as (
    select * from {{ ref('int_submissions') }}
    where
        final_state in ('accepted', 'partly_accepted')
        {% if is_incremental() %}
            and build_no > (select coalesce(max(told.build_no), 0) from {{ this }} as told)
        {% endif %}
),

-- An item's number may be left out where the case has one item. A reference names a case within one operation.
stated as (
    select
        {{ key(['submissions.operation_code', 'submissions.administration_code', 'accepted_rows.case_ref']) }}
            as case_key,
        submissions.operation_code,
        submissions.administration_code,
        submissions.reporting_day,
        submissions.version,
        submissions.received_at,
        submissions.sha256,
        submissions.build_no,
        accepted_rows.*,
        case
            when num_nonnulls(accepted_rows.territory, accepted_rows.unlocode, accepted_rows.place) > 0
                then {{ key([
                    'submissions.administration_code', "coalesce(accepted_rows.territory, '')",
                    "coalesce(upper(accepted_rows.unlocode), '')", "coalesce(lower(accepted_rows.place), '')",
                ]) }}
        end as place_key,
        case
            when accepted_rows.category is not null then coalesce(accepted_rows.item_no, 1)
            when accepted_rows.action = 'cancel' then accepted_rows.item_no
        end as item_stated
    from accepted_rows
    inner join submissions on accepted_rows.submission_id = submissions.submission_id
),

statements as (
    select
        *,
        case
            when action = 'cancel' and item_stated is null then 'case_cancelled'
            when action = 'cancel' then 'item_cancelled'
            when item_stated is null then 'case'
            else 'item'
        end as states
    from stated
)

select * from statements
