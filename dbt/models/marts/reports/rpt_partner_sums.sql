{{ config(materialized='table', shown='to_all') }}

-- There is one edition of each operation, which nothing changes later: two could be subtracted.
with published as (
    select
        operation_code,
        {{ partner_edition() }} as known_at
    from {{ ref('dim_operations') }}
    where {{ partner_edition() }} <= (select max(builds.cut_at) from {{ ref('dim_builds') }} as builds)
),

cases as (
    select told.*
    from {{ ref('fct_cases_history') }} as told
    inner join published using (operation_code)
    where told.known_from <= published.known_at and (told.known_to is null or told.known_to > published.known_at)
),

items as (
    select
        told.case_key, told.sub_type, told.quantity_kg, told.quantity_pieces, told.amount_usd,
        {{ shared_goods('told') }} as goods,
        {{ shared_unit('told') }} as unit
    from {{ ref('fct_items_history') }} as told
    inner join published using (operation_code)
    where told.known_from <= published.known_at and (told.known_to is null or told.known_to > published.known_at)
),

-- What was not measured in the unit of its goods is in no sum and in no count.
measured as (
    select case_key, 'all' as goods, 'cases' as unit, 'case_type' as type_kind, case_type as type, 1 as quantity
    from cases
    union all
    select
        case_key, goods, unit, 'type' as type_kind, sub_type as type,
        case unit when 'kg' then quantity_kg when 'pieces' then quantity_pieces when 'USD' then amount_usd else 1 end
            as quantity
    from items
),

-- Each goods are broken down by one thing at a time: two at a time could be set against each other.
cases_of_cells as (
    select
        cases.operation_code, measured.goods, measured.unit, breakdowns.breakdown_kind,
        {{ stated('breakdowns.breakdown') }} as breakdown,
        case_key, sum(measured.quantity) as quantity
    from measured
    inner join cases using (case_key)
    cross join
        lateral (
            values
            ('all', 'all'), (measured.type_kind, measured.type), ('direction', cases.direction),
            ('transport_mode', cases.transport_mode), ('concealment', cases.concealment),
            ('detection_method', cases.detection_method), ('departure', cases.departure_country),
            ('destination', cases.destination_country), ('origin', cases.origin_country)
        ) as breakdowns (breakdown_kind, breakdown)
    group by 1, 2, 3, 4, 5, 6
    having sum(measured.quantity) > 0
),

cells as (
    select
        operation_code, goods, breakdown_kind, breakdown, unit,
        case unit when 'cases' then count(*) else sum(quantity) end as value,
        count(*)::integer as cases,
        count(*) < 3 as is_hidden
    from cases_of_cells
    group by 1, 2, 3, 4, 5
),

of_all as (
    {{ with_remainder_hidden("(select * from cells where goods = 'all')", 'cases_of_cells') }}
),

-- What is hidden of all cases is hidden of each goods, or their count would be a lower bound of it.
of_goods as (
    select
        cells.operation_code, cells.goods, cells.breakdown_kind, cells.breakdown, cells.unit, cells.value, cells.cases,
        cells.is_hidden or coalesce(of_all.is_hidden, false) as is_hidden
    from cells
    left join of_all using (operation_code, breakdown_kind, breakdown)
    where cells.goods <> 'all'
),

decided as (
    select * from of_all
    union all
    {{ with_remainder_hidden('of_goods', 'cases_of_cells') }}
),

shown as (
    select
        decided.operation_code, decided.goods, decided.breakdown_kind, decided.breakdown, decided.unit,
        decided.value, decided.cases, published.known_at
    from decided
    inner join published using (operation_code)
    where not decided.is_hidden
)

select * from shown
