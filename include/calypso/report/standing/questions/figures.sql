-- What its cases add to each figure that is a sum. Who else tells of an event is not shown to an administration.
select
    figures.figure, figures.unit,
    figures.label_en as en, figures.label_fr as fr, figures.label_es as es, figures.label_nl as nl,
    case figures.measure
        when 'cases' then count(distinct contributions.case_key)
        else coalesce(sum(contributions.value), 0)
    end as value
from marts_own.dim_figures as figures
left join marts_own.fct_contributions as contributions
    on figures.figure = contributions.figure and contributions.operation_code = %(operation)s
where figures.kind = 'sum' and figures.figure <> 'distinct_cases'
group by
    figures.figure, figures.unit, figures.position, figures.measure,
    figures.label_en, figures.label_fr, figures.label_es, figures.label_nl
order by figures.position
