{{ config(key=['reporting_day', 'position']) }}

with days as (
    select * from {{ ref('dim_dates') }}
),

figures as (
    select * from {{ ref('dim_figures') }}
    where kind <> 'most'
),

contributions as (
    select * from {{ ref('fct_contributions_history') }}
    where {{ is_known() }}
),

-- A case belongs to the reporting day that first told of it, and stays there when a later file corrects it.
of_the_day as (
    select
        days.operation_code, days.day, days.day_no, figures.figure,
        {{ figure_value('figures', 'contributions') }} as value,
        count(distinct contributions.case_key)::integer as cases
    from days
    cross join figures
    left join contributions
        on
            days.operation_code = contributions.operation_code
            and figures.figure = contributions.figure
            and days.day = contributions.reported_on
    group by days.operation_code, days.day, days.day_no, figures.figure, figures.kind, figures.measure
),

until_the_day as (
    select
        days.operation_code, days.day, figures.figure,
        {{ figure_value('figures', 'contributions') }} as value,
        count(distinct contributions.case_key)::integer as cases
    from days
    cross join figures
    left join contributions
        on
            days.operation_code = contributions.operation_code
            and figures.figure = contributions.figure
            and days.day >= contributions.reported_on
    group by days.operation_code, days.day, figures.figure, figures.kind, figures.measure
),

situation as (
    select
        of_the_day.operation_code, of_the_day.day as reporting_day, of_the_day.day_no,
        figures.position, figures.figure,
        figures.label_en, figures.label_fr, figures.label_es, figures.label_nl, figures.unit,
        of_the_day.value, of_the_day.cases,
        until_the_day.value as running_value, until_the_day.cases as running_cases
    from of_the_day
    inner join until_the_day using (operation_code, day, figure)
    inner join figures using (figure)
)

select * from situation
