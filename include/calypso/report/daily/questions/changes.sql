-- Which files changed a figure of the day of the edition before, or of the days until then, since that edition.
with contributions as (
    select
        figure, case_key, value, known_by, ended_by,
        known_from <= %(earlier)s and (known_to is null or known_to > %(earlier)s) as was_known,
        known_from <= %(known_at)s and (known_to is null or known_to > %(known_at)s) as is_now_known
    from marts.fct_contributions_history
    where operation_code = %(operation)s and reported_on <= %(earlier_day)s
),

causes as (
    select
        figure,
        case when is_now_known then known_by else ended_by end as submission_id,
        coalesce(sum(value) filter (where is_now_known), 0) as added,
        coalesce(sum(value) filter (where was_known), 0) as removed,
        count(distinct case_key) as cases
    from contributions
    where was_known <> is_now_known
    group by 1, 2
)

select
    causes.figure, before.running_value as value_before, after.running_value as value_after,
    causes.submission_id, causes.added, causes.removed, causes.cases,
    submissions.administration_code, submissions.file_name, submissions.reporting_day,
    submissions.replaces is not null as is_replacement, coalesce(submissions.is_late, false) as is_late
from causes
inner join marts.daily_situation(%(operation)s, %(earlier)s) as before
    on causes.figure = before.figure and before.reporting_day = %(earlier_day)s
inner join marts.daily_situation(%(operation)s, %(known_at)s) as after
    on causes.figure = after.figure and after.reporting_day = %(earlier_day)s
inner join marts.fct_submissions as submissions using (submission_id)
inner join marts.dim_figures as figures on causes.figure = figures.figure
-- A file that says again what was known is no cause; of a share, what is in it may change while its whole does not.
where before.running_value is distinct from after.running_value and (causes.added <> causes.removed or figures.kind <> 'sum')
order by after.position, submissions.administration_code, submissions.file_name
