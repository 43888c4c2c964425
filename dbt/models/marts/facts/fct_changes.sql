with told as (
    select
        *,
        lag(told) over told_in_time as told_before,
        lag(known_to) over told_in_time as known_before_to,
        lead(known_from) over told_in_time as known_again_from
    from (
        {{ as_told('fct_cases_history', 'null', 'null::integer') }}
        union all
        {{ as_told('fct_items_history', 'item_key', 'item_no') }}
    ) as cases_and_items
    window told_in_time as (partition by case_key, item_key order by known_from)
),

-- A file that repeats what was known, word for word, changes nothing.
begun as (
    select
        case_key, item_key, item_no, operation_code, administration_code, case_ref, action,
        known_from as changed_at, known_by as changed_by,
        case
            when told_before is null then 'added'
            when known_before_to < known_from then 'brought_back'
            else 'changed'
        end as change,
        case when known_before_to = known_from then {{ differences('told_before', 'told') }} end as differences
    from told
    where told_before is null or known_before_to < known_from or told_before <> told
),

ended as (
    select
        case_key, item_key, item_no, operation_code, administration_code, case_ref, 'cancel' as action,
        known_to as changed_at, ended_by as changed_by, 'removed' as change, null::jsonb as differences
    from told
    where known_to is not null and known_again_from is distinct from known_to
),

changes as (
    select * from begun
    union all
    select * from ended
),

submissions as (
    select * from {{ ref('fct_submissions') }}
),

explained as (
    select
        {{ key(['changes.case_key', "coalesce(changes.item_key, '')", 'changes.changed_at']) }} as change_key,
        changes.case_key, changes.item_key, changes.item_no,
        changes.operation_code, changes.administration_code, changes.case_ref,
        changes.changed_at, changes.change,
        case
            when submissions.replaces is not null then 'day_replaced'
            when changes.action = 'cancel' then 'cancelled'
            when changes.action = 'correct' or changes.change = 'changed' then 'corrected'
            when submissions.is_late then 'reported_late'
            else 'reported'
        end as reason,
        changes.differences,
        changes.changed_by as submission_id, submissions.file_name
    from changes
    inner join submissions on changes.changed_by = submissions.submission_id
)

select * from explained
