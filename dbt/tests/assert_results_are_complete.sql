-- Every operation has every figure, and each count has a value.
select
    operations.operation_code,
    figures.figure
from {{ ref('dim_operations') }} as operations
cross join {{ ref('dim_figures') }} as figures
left join {{ ref('rpt_operation_results') }} as results
    on
        operations.operation_code = results.operation_code
        and figures.figure = results.figure
        and (results.value is not null or figures.unit in ('share', 'code'))
where results.figure is null
