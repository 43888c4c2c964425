{{ config(
    key=['position', 'submission_id'],
    moments=['earlier', 'later'],
    asked_by=['calypso_analyst'],
    shown='own_rows'
) }}

with figures as (
    select * from {{ ref('dim_figures') }}
    where kind <> 'most'
),

operations as (
    select * from {{ ref('dim_operations') }}
),

submissions as (
    select * from {{ ref('fct_submissions') }}
),

contributions as (
    select
        *,
        {{ is_known('earlier') }} as was_known,
        {{ is_known('later') }} as is_now_known
    from {{ ref('fct_contributions_history') }}
),

before as (
    select
        operations.operation_code, figures.figure,
        {{ figure_value('figures', 'contributions') }} as value
    from operations
    cross join figures
    left join contributions
        on
            operations.operation_code = contributions.operation_code
            and figures.figure = contributions.figure
            and contributions.was_known
    group by operations.operation_code, figures.figure, figures.kind, figures.measure
),

after as (
    select
        operations.operation_code, figures.figure,
        {{ figure_value('figures', 'contributions') }} as value
    from operations
    cross join figures
    left join contributions
        on
            operations.operation_code = contributions.operation_code
            and figures.figure = contributions.figure
            and contributions.is_now_known
    group by operations.operation_code, figures.figure, figures.kind, figures.measure
),

causes as (
    select
        operation_code, figure,
        case when is_now_known then known_by else ended_by end as caused_by,
        sum(value) filter (where is_now_known) as added,
        sum(value) filter (where was_known) as removed,
        count(distinct case_key)::integer as cases
    from contributions
    where was_known <> is_now_known
    group by operation_code, figure, caused_by
),

changes as (
    select
        causes.operation_code, figures.position, causes.figure,
        figures.label_en, figures.label_fr, figures.label_es, figures.label_nl, figures.unit,
        before.value as value_before, after.value as value_after,
        causes.caused_by as submission_id,
        submissions.administration_code,
        submissions.file_name,
        submissions.reporting_day,
        submissions.replaces is not null as is_replacement, submissions.is_late,
        coalesce(causes.added, 0) as added, coalesce(causes.removed, 0) as removed, causes.cases
    from causes
    inner join figures using (figure)
    inner join before using (operation_code, figure)
    inner join after using (operation_code, figure)
    inner join submissions on causes.caused_by = submissions.submission_id
)

select * from changes
