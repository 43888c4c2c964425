with cases as (
    select * from {{ ref('fct_cases') }}
),

items as (
    select
        fct_items.*,
        cases.direction = 'import' as is_import, cases.direction = 'export' as is_export,
        cases.concealment = 'baggage' as is_in_baggage
    from {{ ref('fct_items') }} as fct_items
    inner join cases on fct_items.case_key = cases.case_key
),

-- Cases and items are two grains: each is counted by itself. A figure is named by its column.
of_cases as (
    select
        operation_code,
        count(*) as cases_reported,
        count(*) filter (where case_type = 'seizure') as seizures,
        count(*) filter (where case_type = 'detention') as detentions,
        count(*) filter (where case_type = 'suspicious_movement') as suspicious_movements,
        sum(persons_detained) as persons_detained
    from cases
    group by operation_code
),

-- Kilograms are added within one sum_group only.
of_items as (
    select
        operation_code,
        sum(quantity_pieces) filter (where category = 'firearm') as firearms,
        sum(quantity_pieces) filter (where category = 'firearm_part') as firearm_parts,
        sum(quantity_pieces) filter (where category in ('firearm', 'firearm_part')) as firearms_and_parts,
        sum(quantity_pieces) filter (where sub_type = 'assault_rifle') as assault_rifles,
        sum(quantity_pieces) filter (where category = 'magazine') as magazines,
        sum(quantity_pieces) filter (where category = 'ammunition') as ammunition,
        sum(quantity_kg) filter (where sum_group = 'cannabis_herb') as cannabis_kg,
        sum(quantity_kg) filter (where sum_group = 'cannabis_resin') as cannabis_resin_kg,
        sum(quantity_pieces) filter (where sum_group = 'cannabis_plant') as cannabis_plants,
        {{ share('is_import', 'sum(quantity_kg)', "sum_group = 'cannabis_herb'") }} as cannabis_import_share,
        sum(quantity_kg) filter (where sum_group = 'cocaine_hydrochloride') as cocaine_kg,
        {{ share('is_export', 'sum(quantity_kg)', "sum_group = 'cocaine_hydrochloride'") }} as cocaine_export_share,
        count(distinct case_key) filter (where category = 'currency') as currency_consignments,
        sum(amount_usd) filter (where category = 'currency') as currency_usd,
        count(distinct currency) filter (where category = 'currency') as currencies,
        {{ share('is_in_baggage', 'count(distinct case_key)', "category = 'currency'") }} as currency_baggage_share,
        sum(quantity_kg) filter (where sum_group = 'gold') as gold_kg,
        {{ share('is_in_baggage', 'sum(quantity_kg)', "sum_group = 'gold'") }} as gold_baggage_share,
        sum(quantity_pieces) filter (where category = 'tobacco') as tobacco_pieces,
        count(distinct case_key) filter (where category = 'strategic_goods') as strategic_goods_cases,
        count(distinct case_key) filter (where category = 'dangerous_substance') as dangerous_substances_cases,
        count(distinct case_key) filter (where category = 'health_product') as health_products_cases
    from items
    group by operation_code
),

firearm_types as (
    select distinct on (operation_code) operation_code, sub_type as most_frequent_firearm
    from items
    where category = 'firearm' and sub_type is not null
    group by operation_code, sub_type
    order by operation_code asc, sum(quantity_pieces) desc, sub_type collate "C" asc
),

counted as (
    select operation_code, to_jsonb(of_cases) - 'operation_code' as figures from of_cases
    union all
    select operation_code, to_jsonb(of_items) - 'operation_code' as figures from of_items
),

figures as (
    select counted.operation_code, named.figure, named.value::numeric as value, null as value_code
    from counted cross join lateral jsonb_each_text(counted.figures) as named (figure, value)
    union all
    select operation_code, 'most_frequent_firearm' as figure, null as value, most_frequent_firearm as value_code
    from firearm_types
)

select * from figures
