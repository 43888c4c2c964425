{# Let the planner learn what a table holds; of a view there is nothing to learn. #}
{% macro learn(relation, materialized) -%}
    {% if materialized != 'view' %}analyze {{ relation }}{% endif %}
{%- endmacro %}
