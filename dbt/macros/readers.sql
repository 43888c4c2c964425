{# What readers see of a table. It is said in the transaction that makes the table, before anybody can read it. #}

{# A table of details: analysts see all rows, an administration its own; each reading is noted (calypso/audit.py). #}
{% macro show_own_rows(table) -%}
    alter table {{ table }} enable row level security;
    create policy analysts on {{ table }} for select to calypso_analyst
    using ((select audit.noted('{{ table.identifier }}')));
    create policy administrations on {{ table }} for select to calypso_administrations
    using (
        'calypso_adm_' || administration_code = current_user and (select audit.noted('{{ table.identifier }}'))
    );
{%- endmacro %}


{# Whose case tells an event with another's is for analysts: an administration sees no contribution that says so. #}
{% macro hide_events(table) -%}
    create policy events on {{ table }} as restrictive for select to calypso_administrations
    using (figure <> 'distinct_cases');
{%- endmacro %}


{# A table of sums: partners see those of operations that have ended, without the rows that tell of one or two cases. #}
{% macro show_sums(table) -%}
    alter table {{ table }} enable row level security;
    create policy participants on {{ table }} for select to calypso_analyst, calypso_administrations
    using (true);
    create policy partners on {{ table }} for select to calypso_partner
    using (
        is_shareable and operation_code in (
            select operations.operation_code
            from {{ ref('dim_operations') }} as operations
            where operations.ends_on < current_date
        )
    );
{%- endmacro %}
