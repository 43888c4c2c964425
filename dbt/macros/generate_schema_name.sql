{# A folder's schema is named as it stands, without the target's name before it; the marts are built beside those read.

   They take the name `marts` when they are published, all at once (calypso/building.py). #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- set schema = (custom_schema_name or target.schema) | trim -%}
    {{ env_var('CALYPSO_MARTS_SCHEMA', 'marts_next') if schema == 'marts' else schema }}
{%- endmacro %}
