{# What readers see of a table. It is said in the transaction that makes the table, before anybody can read it. #}

{# A table of details: analysts see all rows, an administration its own. #}
{% macro show_own_rows(table) -%}
    alter table {{ table }} enable row level security;
    create policy analysts on {{ table }} for select to calypso_analyst
    using (true);
    create policy administrations on {{ table }} for select to calypso_administrations
    using ('calypso_adm_' || administration_code = current_user);
{%- endmacro %}
