{{ config(key=['currency', 'direction', 'departure_country', 'destination_country', 'concealment']) }}

with cases as (
    select * from {{ ref('fct_cases_history') }}
    where {{ is_known() }}
),

items as (
    select * from {{ ref('fct_items_history') }}
    where {{ is_known() }} and category = 'currency'
),

-- Amounts are added within one currency; in US dollars, at the rate of each event's day, over all of them.
cash as (
    select
        items.operation_code,
        {{ stated('items.currency') }} as currency,
        cases.direction,
        {{ stated('cases.departure_country') }} as departure_country,
        {{ stated('cases.destination_country') }} as destination_country,
        {{ stated('cases.concealment') }} as concealment,
        sum(items.amount) as amount,
        sum(items.amount_usd) as amount_usd,
        (count(*) filter (where items.amount_usd is null))::integer as items_without_rate,
        count(distinct items.case_key)::integer as cases
    from items
    inner join cases on items.case_key = cases.case_key
    group by 1, 2, 3, 4, 5, 6
)

select * from cash
