{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    indexes=[{'columns': ['build_no']}]
) }}

with statements as (
    select * from {{ ref('int_statements') }}
),

new_days as (
    select
        operation_code,
        administration_code,
        reporting_day,
        max(build_no) as build_no
    from statements
    {% if is_incremental() %}
        where build_no > (select coalesce(max(told.build_no), 0) from {{ this }} as told)
    {% endif %}
    group by operation_code, administration_code, reporting_day
),

-- A new file may change every case that any file about its day has mentioned, and no other.
touched as (
    select
        statements.case_key,
        max(new_days.build_no) as build_no
    from statements
    inner join new_days
        on
            statements.operation_code = new_days.operation_code
            and statements.administration_code = new_days.administration_code
            and statements.reporting_day = new_days.reporting_day
    group by statements.case_key
)

select * from touched
