{# What is known at a moment: the table says it for now, and a function beside it for any moment.

   The model is written once, for the moment `known_at`, and tells of all operations. fct_cases becomes the table
   marts.fct_cases and the function marts.cases(operation, known_at). The function's body is bound to the very tables it
   was made with, so both move together when the marts are published. A model of what changed is written for two moments,
   `earlier` and `later`: its table tells what this build has changed.

   Administrations ask a function of the same name in their own schema; of details it returns their own rows. #}
{% materialization as_known, adapter='postgres' %}
    {%- set table = this.incorporate(type='table') -%}
    {%- set name = config.get('function', this.identifier.split('_', 1)[1]) -%}
    {%- set function = table.schema ~ '.' ~ name -%}
    {%- set columns = model.columns.values() | list -%}
    {%- set names = columns | map(attribute='name') | map('tojson') | join(', ') -%}  {# some are keywords #}
    {%- set moments = config.get('moments', ['known_at']) -%}
    {%- set arguments = 'operation text, ' ~ moments | join(' timestamptz, ') ~ ' timestamptz' -%}
    {%- set now = {'known_at': cut(), 'earlier': cut_before(), 'later': cut()} -%}
    {%- set told_now -%}
        select report.*
        from (select {% for moment in moments %}{{ now[moment] }} as {{ moment }}{{ ', ' if not loop.last }}{% endfor %}) as asked
        cross join lateral (
            {{ sql }}
        ) as report
    {%- endset -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {{ drop_relation_if_exists(load_cached_relation(this)) }}

    {% call statement('main') -%}
        {{ get_create_table_as_sql(False, table, told_now) }}
    {%- endcall %}

    {% call statement('function') -%}
        drop function if exists {{ function }}({{ arguments }});
        create function {{ function }}({{ arguments }})
        returns table ({% for column in columns %}{{ column.name | tojson }} {{ column.data_type }}{{ ', ' if not loop.last }}{% endfor %})
        language sql stable security {{ config.get('security', 'invoker') }}
        {%- if config.get('security') == 'definer' %} set search_path = pg_catalog, pg_temp{% endif %}
        begin atomic
            select {{ names }}
            from (
                select {% for moment in moments %}{{ table.schema }}.up_to({{ moment }}) as {{ moment }}{{ ', ' if not loop.last }}{% endfor %}
            ) as asked
            cross join lateral (
                {{ sql }}
            ) as report
            where report.operation_code = operation
            order by {{ config.get('key') | map('tojson') | join(', ') }};
        end;
        revoke all on function {{ function }}({{ arguments }}) from public;
        grant execute on function {{ function }}({{ arguments }}) to calypso_analyst;
    {%- endcall %}

    {% if 'calypso_administrations' in config.get('asked_by') %}
        {% call statement('own_function') -%}
            {{ let_administrations_ask(table, name, arguments, moments) }}
        {%- endcall %}
    {% endif %}

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
{% macro is_known(at=none) -%}
    {%- set at = at or moment() -%}
    known_from <= {{ at }} and (known_to is null or known_to > {{ at }})
{%- endmacro %}


{# Of two histories: that both were known at one time. #}
{% macro overlap(one, other) -%}
    ({{ other }}.known_to is null or {{ one }}.known_from < {{ other }}.known_to)
            and ({{ one }}.known_to is null or {{ other }}.known_from < {{ one }}.known_to)
{%- endmacro %}


{# The time in which both were known, and the files by which it began and ended. #}
{% macro both(one, other, prefix='') -%}
    greatest({{ one }}.known_from, {{ other }}.known_from) as {{ prefix }}known_from,
        least({{ one }}.known_to, {{ other }}.known_to) as {{ prefix }}known_to,
        case when {{ one }}.known_from >= {{ other }}.known_from then {{ one }}.known_by else {{ other }}.known_by end
            as {{ prefix }}known_by,
        case
            when least({{ one }}.known_to, {{ other }}.known_to) = {{ one }}.known_to then {{ one }}.ended_by
            else {{ other }}.ended_by
        end as {{ prefix }}ended_by
{%- endmacro %}


{# The cut of this build: the last moment of which everything is known. #}
{% macro cut() -%}
    (select coalesce(max(cut_at), clock_timestamp()) from {{ source('raw', 'builds') }})
{%- endmacro %}


{# The cut of the build before; the very first looks back at nothing. #}
{% macro cut_before() -%}
    (
        select coalesce(max(cut_at), '-infinity') from {{ source('raw', 'builds') }}
        where cut_at < {{ cut() }}
    )
{%- endmacro %}


{# Of a moment after the cut nothing can be told that will always be told: who asks for one is sent back to the cut. #}
{% macro make_up_to() -%}
    {%- if execute -%}
        {%- set schema = generate_schema_name('marts', none) -%}
        {%- set cut_at = run_query('select ' ~ cut()).columns[0][0] -%}
        create schema if not exists {{ schema }};
        create schema if not exists {{ schema_of('calypso_administrations', schema) }};
        create schema if not exists {{ schema_of('calypso_partner', schema) }};
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


{# Another model that is made `as_known`, at the moment asked for, of every operation. #}
{% macro known(model, function) -%}
    (
        select known.*
        from {{ ref('dim_operations') }} as operations
        cross join lateral {{ ref(model).schema }}.{{ function }}(operations.operation_code, {{ moment() }}) as known
    )
{%- endmacro %}
