{# Columns that may be empty hold, where they are filled, what is said of them below. One pass over the table.

   A condition is said once for every table that has the column: in it, {} stands for the column. It warns: what a sender
   may write must not keep the others' figures from being published. #}
{% test columns_hold(model, columns) %}
    {{- config(severity='warn') }}
    {%- set known = conditions() %}
    {%- for column in columns if column not in known %}
        {{- exceptions.raise_compiler_error("conditions() in macros/test_columns_hold.sql does not say what holds of " ~ column) }}
    {%- endfor %}
select told.column_name, told.given, count(*) as rows_found
from {{ model }}
cross join lateral (
    values
{%- for column in columns %}
        ('{{ column }}', "{{ column }}"::text, {{ known[column].replace('{}', '"' ~ column ~ '"') }})
        {{- ',' if not loop.last }}
    {%- endfor %}
) as told (column_name, given, is_kept)
where told.is_kept is false
group by told.column_name, told.given
{% endtest %}


{% macro conditions() %}
    {%- set text = "{} <> '' and {} = btrim({}, E' \\t\\r\\n')" -%}
    {%- set count = "{} >= 0" -%}
    {%- set share = "{} between 0 and 1" -%}
    {%- set key = "{} ~ '^[0-9a-f]{32}$'" -%}
    {%- set submission = "{} ~ '^([a-z]{3}-[0-9a-z-]+|[a-z_ ]+)$'" -%}
    {%- set moment = "{} > '2000-01-01'" -%}
    {%- set country = "{} in (select code from " ~ ref('dim_codes') ~ " where code_list = 'country')" -%}
    {%- set known = {
        'quantity_kg': count, 'quantity_pieces': count, 'quantity_litres': count, 'pieces': count,
        'amount': count, 'amount_usd': count, 'value': count, 'value_usd': count, 'running_value': count,
        'value_before': count, 'value_after': count, 'persons_detained': count, 'number_of_findings': count,
        'rows_read': count, 'rows_accepted': count, 'rows_quarantined': count, 'version': count,
        'findings_per_100_rows': count, 'median_per_100_rows': count,
        'own_value': count, 'median_value': count,
        'published_value': count, 'published_within': count,
        'change_since_last_week': "{} between -100000 and 100000",
        'unit_factor': "{} > 0", 'units_per_usd': "{} > 0", 'usd_per_unit': "{} > 0",
        'earlier_day': "{} <= reporting_day", 'earlier_edition': "{} >= 1",
        'item_no': "{} >= 1", 'row_number': "{} >= 1", 'receipt_number': "{} >= 1",

        'item_key': key, 'place_key': key,
        'submission_id': submission, 'duplicate_of': submission, 'ended_by': submission,
        'replaces': submission, 'replaced_by': submission, 'replays': submission,
        'known_from': moment, 'known_to': "{} > known_from", 'judged_at': moment, 'acknowledged_at': moment,
        'first_received_at': moment, 'receipt_issued_at': moment,
        'reporting_day': moment, 'discovered_date': "{} > '1900-01-01'", 'exchange_rate_from': "{} > '1900-01-01'",
        'event_time': "{} < '24:00'",
        'is_late': "{} in (true, false)", 'holds': "{} in (true, false)",

        'case_ref': text, 'conveyance': text, 'consignment_ref': text, 'place': text, 'description': text,
        'make': text, 'model': text, 'calibre': text, 'serial_number': text, 'remarks': text,
        'quantity_given': text, 'unit_given': text, 'value_given': "{} <> ''", 'currency_given': text,
        'value_expected': "{} <> ''", 'field': "{} ~ '^[a-z_]+$'", 'column_letter': "{} ~ '^[A-Z]{1,3}$'",
        'hs_code': text, 'unlocode': text, 'related_case': text, 'file_name': "{} <> ''", 'dataset': "{} ~ '^[a-z]+$'",
        'operation_code': "{} ~ '^[a-z]+-[0-9]{4}$'", 'rule_pack': text,
        'receipt_file_name': "{} like '%_receipt_%.json'", 'receipt_language': "{} in ('en', 'fr', 'es', 'nl')",
        'unit_factor_source': text, 'exchange_rate_source': text,
        'exchange_rate_kind': "{} in ('peg', 'official', 'illustrative')",
        'severity': "{} in ('critical', 'warning')", 'differences': "jsonb_typeof({}) = 'object'",
        'decision': "{} in ('accept', 'keep', 'ask')", 'decision_reason': text, 'decided_by': text, 'decided_at': moment,
        'case_type': "{} in ('seizure', 'detention', 'suspicious_movement')",
        'categories': text, 'code': text, 'code_field': "{} in ('sub_type', 'currency')",
        'part_field': "{} in ('direction', 'concealment')", 'part_value': text,
        'published_code': text, 'published_operation_code': "{} ~ '^[a-z]+-[0-9]{4}$'", 'published_text': text,
        'value_code': text,

        'sum_group': "{} in (select sum_group from " ~ ref('dim_goods') ~ ")",
        'sub_type': "{} in (select sub_type from " ~ ref('dim_goods') ~ ")",
        'territory': country, 'departure_country': country, 'transit_country': country,
        'destination_country': country, 'origin_country': country,
    } -%}
    {%- for list in ('concealment', 'detection_method', 'transport_mode', 'place_type', 'serial_state', 'currency') -%}
        {%- set codes = "(select code from " ~ ref('dim_codes') ~ " where code_list = '" ~ list ~ "')" -%}
        {%- do known.update({list: '{} in ' ~ codes}) -%}
    {%- endfor -%}
    {{ return(known) }}
{% endmacro %}
