{# What was not said is told as such: a report never leaves a field of its key empty. #}
{% macro stated(field) -%}
    coalesce({{ field }}, 'not_stated')
{%- endmacro %}


{# Which rows of a report may be shown to partners: those of no fewer than three cases. Where one row alone would be
   left out of rows that are added up, the next smallest is left out with it, for the sum would give the first away. #}
{% macro with_shareable(rows, added_up) -%}
    select
        told.*,
        told.cases >= 3 and not (
            count(*) filter (where told.cases < 3) over (partition by {{ added_up }}) = 1
            and row_number() over (partition by {{ added_up }} order by told.cases, told::text collate "C") = 2
        ) as is_shareable
    from {{ rows }} as told
{%- endmacro %}


{# The median of what each administration has, grouped; null where so few have any that it would tell of one of them. #}
{% macro anonymous_median(value) -%}
    case
            when count({{ value }}) >= 5
                then round(percentile_cont(0.5) within group (order by {{ value }})::numeric, 6)
        end
{%- endmacro %}
