{{ config(
    materialized='as_known',
    key=['figure', 'case_key', 'item_key'],
    withheld="figure = 'distinct_cases'"
) }}

with contributions as (
    select
        figure, operation_code, administration_code, case_key, item_key,
        reported_on, submission_id, row_number, value, code, is_part
    from {{ ref('fct_contributions_history') }}
    where {{ is_known() }}
)

select * from contributions
