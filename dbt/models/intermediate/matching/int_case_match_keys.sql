with tellings as (
    select * from {{ ref('int_case_tellings') }}
),

goods as (
    select * from {{ ref('int_case_goods') }}
),

administrations as (
    select * from {{ ref('stg_raw__administrations') }}
),

-- A number is the same whenever it is told.
numbers as (
    select case_key, span_no, 'consignment|' || consignment as key, false as is_named from tellings
    union all
    select case_key, span_no, 'serial|' || serial as key, false as is_named from {{ ref('int_case_serials') }}
    union all
    select case_key, span_no, 'case|' || named_as as key, false as is_named from tellings
    union all
    select case_key, span_no, 'case|' || names as key, true as is_named from tellings
),

-- Whose the countries are on the way of the goods: of who tells of them, and of those whom it names.
ways as (
    select case_key, span_no, administration_code, false as is_named
    from tellings
    union all
    select tellings.case_key, tellings.span_no, administrations.administration_code, true as is_named
    from tellings
    inner join administrations
        on
            tellings.countries && administrations.territories
            and tellings.administration_code <> administrations.administration_code
),

-- A sign is one on days near each other alone.
signs as (
    select case_key, span_no, 'conveyance|' || conveyance as key, false as is_named
    from tellings
    union all
    select
        goods.case_key, goods.span_no,
        'quantity|' || goods.form || '|' || {{ stretch('ln(goods.measured)', 0.1) }} as key, false as is_named
    from goods
    cross join {{ next_stretch() }}
    where goods.measured > 0 and goods.coarse <= 0.1
    union all
    select
        ways.case_key, ways.span_no,
        'way|' || ways.administration_code || '|' || coalesce(goods.category, 'none') as key, ways.is_named
    from ways
    left join goods on ways.case_key = goods.case_key and ways.span_no = goods.span_no
),

keys as (
    select * from numbers
    union
    select
        signs.case_key, signs.span_no,
        signs.key || '|' || {{ stretch("days.day - date '2000-01-01'", var('match_days')) }} as key, signs.is_named
    from signs
    inner join tellings on signs.case_key = tellings.case_key and signs.span_no = tellings.span_no
    cross join lateral (values (tellings.first_day), (tellings.last_day)) as days (day)
    cross join {{ next_stretch() }}
),

told as (
    select
        keys.case_key, keys.span_no, keys.key, keys.is_named,
        tellings.operation_code, tellings.administration_code, tellings.known_from, tellings.known_to
    from keys
    inner join tellings on keys.case_key = tellings.case_key and keys.span_no = tellings.span_no
    where keys.key is not null
)

select * from told
