{# What a history told of each case or item, as JSON: without when it was known, and by which row of which file. #}
{% macro as_told(model, item_key, item_no) -%}
    select
        case_key, {{ item_key }} as item_key, {{ item_no }} as item_no,
        operation_code, administration_code, case_ref, action, known_from, known_to, known_by, ended_by,
        to_jsonb(history) - array[
            'known_from', 'known_to', 'known_by', 'ended_by', 'submission_id', 'row_number',
            'reporting_day', 'reported_on', 'action'
        ] as told
    from {{ ref(model) }} as history
{%- endmacro %}


{# Of two such JSONs: the fields that differ, each with what it said before and what it says after. #}
{% macro differences(before, after) -%}
    (
        select jsonb_object_agg(fields_after.key, jsonb_build_array(fields_before.value, fields_after.value))
        from jsonb_each({{ before }}) as fields_before
        inner join jsonb_each({{ after }}) as fields_after using (key)
        where fields_before.value <> fields_after.value
    )
{%- endmacro %}
