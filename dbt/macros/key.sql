{# A surrogate key: the md5 of a natural key whose parts are never null. #}
{% macro key(columns) -%}
    md5(concat_ws('|', {{ columns | join(', ') }}))
{%- endmacro %}
