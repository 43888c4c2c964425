{{ config(key=['sum_group', 'country', 'role']) }}

with cases as (
    select * from {{ ref('fct_cases_history') }}
    where {{ is_known() }}
),

items as (
    select * from {{ ref('fct_items_history') }}
    where {{ is_known() }} and category in ('cannabis', 'cocaine', 'other_drug')
),

operations as (
    select * from {{ ref('dim_operations') }}
),

administrations as (
    select * from {{ ref('dim_administrations') }}
),

-- Where the goods came from, passed through and went to; who found goods in transit lies on their way, too.
parts as (
    select case_key, departure_country as country, 'source' as role from cases
    union
    select case_key, transit_country as country, 'transit' as role from cases
    union
    select case_key, coalesce(territory, administration_code) as country, 'transit' as role from cases
    where direction = 'transit'
    union
    select case_key, destination_country as country, 'destination' as role from cases
),

roles as (
    select
        items.operation_code,
        items.sum_group,
        parts.country,
        parts.role,
        sum(items.quantity_kg) as quantity_kg,
        sum(items.quantity_pieces) as quantity_pieces,
        sum(items.quantity_litres) as quantity_litres,
        count(distinct items.case_key)::integer as cases
    from items
    inner join parts on items.case_key = parts.case_key
    where parts.country is not null
    group by items.operation_code, items.sum_group, parts.country, parts.role
),

placed as (
    select
        roles.operation_code, roles.sum_group, roles.country, roles.role,
        exists(
            select from administrations
            where
                roles.country = any(administrations.territories)
                and administrations.administration_code = any(operations.participants)
        ) as is_participant,
        roles.quantity_kg, roles.quantity_pieces, roles.quantity_litres, roles.cases
    from roles
    inner join operations on roles.operation_code = operations.operation_code
)

select * from placed
