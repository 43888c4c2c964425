{# What is known at a moment: the table says it for now, and a function beside it for any moment.

   The model is written once, for the moment `known_at`, and tells of all operations. fct_cases becomes the table
   marts.fct_cases and the function marts.cases(operation, known_at). The function's body is bound to the very tables it
   was made with, so both move together when the marts are published. #}
{% materialization as_known, adapter='postgres' %}
    {%- set table = this.incorporate(type='table') -%}
    {%- set function = table.schema ~ '.' ~ this.identifier.split('_', 1)[1] -%}
    {%- set columns = model.columns.values() | list -%}
    {%- set names = columns | map(attribute='name') | map('tojson') | join(', ') -%}  {# some are keywords #}
    {%- set now -%}
        select report.* from (select {{ cut() }} as known_at) as asked cross join lateral (
            {{ sql }}
        ) as report
    {%- endset -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {{ drop_relation_if_exists(load_cached_relation(this)) }}

    {% call statement('main') -%}
        {{ get_create_table_as_sql(False, table, now) }}
    {%- endcall %}

    {% call statement('function') -%}
        drop function if exists {{ function }}(text, timestamptz);
        create function {{ function }}(operation text, known_at timestamptz)
        returns table ({% for column in columns %}{{ column.name | tojson }} {{ column.data_type }}{{ ', ' if not loop.last }}{% endfor %})
        language sql stable security {{ config.get('security', 'invoker') }}
        begin atomic
            select {{ names }}
            from (select {{ table.schema }}.up_to(known_at) as known_at) as asked cross join lateral (
                {{ sql }}
            ) as report
            where report.operation_code = operation
            order by {{ config.get('key') | map('tojson') | join(', ') }};
        end;
        revoke all on function {{ function }}(text, timestamptz) from public;
        grant execute on function {{ function }}(text, timestamptz) to calypso_analyst, calypso_administrations;
    {%- endcall %}

    {% do create_indexes(table) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do apply_grants(table, config.get('grants'), should_revoke=False) %}
    {% do persist_docs(table, model) %}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [table]}) }}
{% endmaterialization %}


{# The moment that a model made `as_known` is asked for. #}
{% macro moment() %}known_at{% endmacro %}


{# Of rows with a history: those that were known at the moment asked for. #}
{% macro is_known() -%}
    known_from <= {{ moment() }} and (known_to is null or known_to > {{ moment() }})
{%- endmacro %}


{# The cut of this build: the last moment of which everything is known. #}
{% macro cut() -%}
    (select coalesce(max(cut_at), clock_timestamp()) from {{ source('raw', 'builds') }})
{%- endmacro %}


{# Of a moment after the cut nothing can be told that will always be told: who asks for one is sent back to the cut. #}
{% macro make_up_to() -%}
    {%- if execute -%}
        {%- set schema = generate_schema_name('marts', none) -%}
        {%- set cut_at = run_query('select ' ~ cut()).columns[0][0] -%}
        create schema if not exists {{ schema }};
    create or replace function {{ schema }}.up_to(known_at timestamptz) returns timestamptz
    language plpgsql immutable parallel safe as $$
    begin
        if known_at > '{{ cut_at }}' then
            raise 'Nothing is known for certain after %: ask for that moment or an earlier one, or read the table for what is known now.',
                timestamptz '{{ cut_at }}' using errcode = 'data_exception';
        end if;
        return known_at;
    end
    $$;
    {%- endif -%}
{%- endmacro %}
