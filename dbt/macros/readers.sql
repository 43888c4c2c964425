{# What readers find of a table. It is said in the transaction that makes the table, before anybody can read it.

   Only analysts, who see every row, may read a table of the marts itself. Administrations and partners have a schema of
   their own beside it (calypso/readers.py), with views of the same names. A view of a table that also holds rows of
   others reads a function that returns the reader's own rows: row level security hides the rows, but a plan, an
   estimate or a statistic of the table would still tell that they exist. #}

{# Show a table as its configuration `shown` says: to_analysts, own_rows (to each administration), to_administrations
   or to_all. Of own rows, those for which `withheld` holds are for analysts alone. #}
{% macro show(table, model) -%}
    {%- set shown = model.config.get('shown') -%}
    {%- if shown == 'own_rows' -%}
        {{ show_own_rows(table, model, model.config.get('withheld')) }}
    {%- elif shown == 'to_administrations' -%}
        {{ show_all_rows(table, model, ['calypso_administrations']) }}
    {%- elif shown == 'to_all' -%}
        {{ show_all_rows(table, model, ['calypso_administrations', 'calypso_partner']) }}
    {%- elif shown != 'to_analysts' -%}
        {{ exceptions.raise_compiler_error(table ~ " does not say to whom it is shown: see macros/readers.sql") }}
    {%- endif -%}
{%- endmacro %}


{# A table of details: analysts see all rows, an administration its own; each reading is noted (calypso/audit.py). #}
{% macro show_own_rows(table, model, withheld) -%}
    {%- set view = as_view(table, 'calypso_administrations') -%}
    {%- set own_rows = table.schema ~ '.own_' ~ table.identifier -%}
    alter table {{ table }} enable row level security;
    create policy analysts on {{ table }} for select to calypso_analyst
    using ((select audit.noted('{{ table.identifier }}')));

    drop function if exists {{ own_rows }}() cascade;
    create function {{ own_rows }}() returns setof {{ table }}
    language sql stable security definer set search_path = pg_catalog, pg_temp
    begin atomic
        select details.* from {{ table }} as details where {{ is_own('details', table.identifier, withheld) }};
    end;
    revoke all on function {{ own_rows }}() from public;
    grant execute on function {{ own_rows }}() to calypso_administrations;
    create view {{ view }} as select * from {{ own_rows }}();
    grant select on {{ view }} to calypso_administrations;
    {{ describe_view(view, model) }}
{%- endmacro %}


{# A function of a moment for administrations, of the name that analysts ask: of details it returns their own rows. #}
{% macro let_administrations_ask(table, name, arguments, moments) -%}
    {%- set function = schema_of('calypso_administrations', table.schema) ~ '.' ~ name -%}
    {%- set columns = model.columns.values() | list -%}
    drop function if exists {{ function }}({{ arguments }});
    create function {{ function }}({{ arguments }})
    returns table ({% for column in columns %}{{ column.name | tojson }} {{ column.data_type }}{{ ', ' if not loop.last }}{% endfor %})
    language sql stable security definer set search_path = pg_catalog, pg_temp
    begin atomic
        select {{ columns | map(attribute='name') | map('tojson') | join(', ') }}
        from {{ table.schema }}.{{ name }}(operation, {{ moments | join(', ') }}) as report
        where {{ is_own('report', table.identifier, config.get('withheld')) if config.get('shown') == 'own_rows' else 'true' }}
        order by {{ config.get('key') | map('tojson') | join(', ') }};
    end;
    revoke all on function {{ function }}({{ arguments }}) from public;
    grant execute on function {{ function }}({{ arguments }}) to calypso_administrations;
{%- endmacro %}


{# A table of which a reader sees every row. #}
{% macro show_all_rows(table, model, readers) -%}
    {%- for reader in readers %}
        {%- set view = as_view(table, reader) %}
        drop view if exists {{ view }};
        create view {{ view }} as select * from {{ table }};
        grant select on {{ view }} to {{ reader }};
        {{ describe_view(view, model) }}
    {%- endfor %}
{%- endmacro %}


{# Inside a function that runs with its owner's rights: the role that asks. It is the one that was set, or else the one
   that logged in; an argument could name any. #}
{% macro asking() -%}
    (select coalesce(nullif(current_setting('role'), 'none'), session_user::text))
{%- endmacro %}


{# Whether a row is of the administration that asks; that it does is noted. #}
{% macro is_own(rows, noted, withheld) -%}
    {{ asking() }} = 'calypso_adm_' || {{ rows }}.administration_code and (select audit.noted('{{ noted }}'))
    {% if withheld %}and not ({{ withheld }}){% endif %}
{%- endmacro %}


{# The schema in which a reader finds views of what a schema holds; they are published together. #}
{% macro schema_of(reader, schema) -%}
    {{ schema }}_{{ {'calypso_administrations': 'own', 'calypso_partner': 'shared'}[reader] }}
{%- endmacro %}


{% macro as_view(table, reader) -%}
    {{ return(api.Relation.create(schema=schema_of(reader, table.schema), identifier=table.identifier, type='view')) }}
{%- endmacro %}


{# A view says of itself and its columns what its table says. #}
{% macro describe_view(view, model) -%}
    comment on view {{ view }} is {{ postgres_escape_comment(model.description) }};
    {%- for column in model.columns.values() %}
        comment on column {{ view }}.{{ adapter.quote(column.name) }} is {{ postgres_escape_comment(column.description) }};
    {%- endfor %}
{%- endmacro %}
