{# Rows of cases are made anew where a build has touched the case, and only there. #}
{% macro untold(relation) -%}
    select case_key, max(build_no) as build_no
    from {{ ref('int_cases_touched') }}
    {% if is_incremental() -%}
        where build_no > (select coalesce(max(told.build_no), 0) from {{ relation }} as told)
    {%- endif %}
    group by case_key
{%- endmacro %}

{# Before a model tells touched cases anew it forgets what it has told of them, in the same transaction. #}
{% macro forget(relation) -%}
    {% if is_incremental() -%}
        delete from {{ relation }} where case_key in (select untold.case_key from ({{ untold(relation) }}) as untold)
    {%- endif %}
{%- endmacro %}
