{# Which part of a total over the rows that `of` picks lies in those where `part` holds; null of nothing. #}
{% macro share(part, total, of) -%}
    round(
        coalesce({{ total }} filter (where {{ of }} and {{ part }}), 0)
        / nullif({{ total }} filter (where {{ of }}), 0)::numeric, 6
    )
{%- endmacro %}
