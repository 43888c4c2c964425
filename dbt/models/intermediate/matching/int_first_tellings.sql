with told as (
    select * from {{ ref('int_event_tellings') }}
),

cases_history as (
    select * from {{ ref('int_cases_history') }}
),

-- Of the cases that tell an event one is the first: the one first reported about.
placed as (
    select
        told.case_key, told.known_from, told.changed_by,
        (array_agg(told.told_by order by cases_history.reported_on asc, told.told_by asc))[1] = told.case_key
            as is_first
    from told
    left join cases_history
        on
            told.told_by = cases_history.case_key
            and told.known_from >= cases_history.known_from
            and (cases_history.known_to is null or told.known_from < cases_history.known_to)
    group by told.case_key, told.known_from, told.changed_by
),

changes as (
    select
        *,
        lag(is_first) over (partition by case_key order by known_from) as was_first
    from placed
),

periods as (
    select
        case_key, known_from, changed_by as known_by, is_first,
        lead(known_from) over case_as_known as known_to,
        lead(changed_by) over case_as_known as ended_by
    from changes
    where is_first is distinct from was_first
    window case_as_known as (partition by case_key order by known_from)
),

first_tellings as (
    select case_key, known_from, known_to, known_by, ended_by
    from periods
    where is_first
)

select * from first_tellings
