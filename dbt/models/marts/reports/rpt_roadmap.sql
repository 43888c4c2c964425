{{ config(key=['indicator', 'breakdown_kind', 'breakdown']) }}

with cases as (
    select * from {{ ref('fct_cases_history') }}
    where {{ is_known() }}
),

arms as (
    select
        items.*,
        cases.direction, cases.transport_mode, cases.origin_country
    from {{ ref('fct_items_history') }} as items
    inner join cases on items.case_key = cases.case_key
    where
        items.category in ('firearm', 'firearm_part', 'ammunition')
        and items.known_from <= {{ moment() }} and (items.known_to is null or items.known_to > {{ moment() }})
),

broken_down as (
    select arms.*, breakdowns.breakdown_kind, coalesce(breakdowns.breakdown, 'not_stated') as breakdown
    from arms
    cross join lateral (
        values
        ('all', 'all'), ('type', arms.sub_type), ('direction', arms.direction),
        ('transport_mode', arms.transport_mode), ('origin', arms.origin_country)
    ) as breakdowns (breakdown_kind, breakdown)
),

-- Goal 2 of the Caribbean Firearms Roadmap: the illicit flow into, within and beyond the region.
seized as (
    select
        operation_code,
        category || '_pieces' as indicator,
        breakdown_kind, breakdown,
        sum(quantity_pieces) as value,
        'pieces' as unit,
        count(distinct case_key)::integer as cases
    from broken_down
    group by operation_code, category, breakdown_kind, breakdown
),

-- A serial number that is there is what a trace begins with.
traceable as (
    select
        operation_code,
        'firearm_serial_share' as indicator,
        breakdown_kind, breakdown,
        round(
            coalesce(sum(quantity_pieces) filter (where serial_state = 'present' and serial_number is not null), 0)
            / nullif(sum(quantity_pieces), 0), 6
        ) as value,
        'share' as unit,
        count(distinct case_key)::integer as cases
    from broken_down
    where category = 'firearm'
    group by operation_code, breakdown_kind, breakdown
),

-- From the event to the reporting day that first told of it.
told as (
    select
        arms.operation_code,
        'days_to_report' as indicator,
        'all' as breakdown_kind, 'all' as breakdown,
        round(percentile_cont(0.5) within group (order by arms.reported_on - arms.event_date)::numeric, 6) as value,
        'days' as unit,
        count(distinct arms.case_key)::integer as cases
    from arms
    group by arms.operation_code
),

indicators as (
    select * from seized
    union all
    select * from traceable
    union all
    select * from told
)

select * from indicators
