{# The value of a figure, of the contributions grouped with it; null of nothing, where a count is nought. #}
{% macro figure_value(figures, contributions) -%}
    case {{ figures }}.kind
        when 'sum' then case {{ figures }}.measure
            when 'cases' then count(distinct {{ contributions }}.case_key)
            else coalesce(sum({{ contributions }}.value), 0)
        end
        when 'distinct' then count(distinct {{ contributions }}.code)
        when 'share' then round(case {{ figures }}.measure
            when 'cases' then
                count(distinct {{ contributions }}.case_key) filter (where {{ contributions }}.is_part)
                / nullif(count(distinct {{ contributions }}.case_key), 0)::numeric
            else
                coalesce(sum({{ contributions }}.value) filter (where {{ contributions }}.is_part), 0)
                / nullif(sum({{ contributions }}.value), 0)
        end, 6)
    end
{%- endmacro %}
