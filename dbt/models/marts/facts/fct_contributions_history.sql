{{ config(withheld="figure = 'distinct_cases'") }}

with cases as (
    select * from {{ ref('fct_cases_history') }}
),

items as (
    select * from {{ ref('fct_items_history') }}
),

figures as (
    select * from {{ ref('dim_figures') }}
),

-- An item is read in the light of what was known of its case at the same time.
items_in_cases as (
    select
        items.*,
        to_jsonb(items) || jsonb_build_object('direction', cases.direction, 'concealment', cases.concealment) as fields,
        {{ both('items', 'cases', 'both_') }}
    from items
    inner join cases on items.case_key = cases.case_key and {{ overlap('items', 'cases') }}
),

of_cases as (
    select
        figures.figure, cases.operation_code, cases.administration_code, cases.case_key, null as item_key,
        cases.reported_on, cases.submission_id, cases.row_number,
        case figures.measure when 'persons' then coalesce(cases.persons_detained, 0) else 1 end::numeric as value,
        null as code, false as is_part, cases.known_from, cases.known_to, cases.known_by, cases.ended_by
    from cases
    inner join figures on figures.grain = 'case' and cases.case_type = coalesce(figures.case_type, cases.case_type)
),

-- An event adds to a figure as long as it is told by the case that told it first.
of_events as (
    select
        figures.figure, cases.operation_code, cases.administration_code, cases.case_key, null as item_key,
        cases.reported_on, cases.submission_id, cases.row_number, 1 as value, null as code, false as is_part,
        {{ both('cases', 'first_tellings') }}
    from cases
    inner join {{ ref('int_first_tellings') }} as first_tellings
        on cases.case_key = first_tellings.case_key and {{ overlap('cases', 'first_tellings') }}
    inner join figures on figures.grain = 'event'
),

of_items as (
    select
        figures.figure, items.operation_code, items.administration_code, items.case_key, items.item_key,
        items.reported_on, items.submission_id, items.row_number,
        case figures.measure
            when 'pieces' then items.quantity_pieces
            when 'kg' then items.quantity_kg
            when 'usd' then items.amount_usd
            when 'cases' then 1
        end as value,
        items.fields ->> figures.code_field as code,
        coalesce(items.fields ->> figures.part_field = figures.part_value, false) as is_part,
        items.both_known_from as known_from, items.both_known_to as known_to,
        items.both_known_by as known_by, items.both_ended_by as ended_by
    from items_in_cases as items
    inner join figures
        on
            figures.grain = 'item'
            and (figures.categories is null or items.category = any(string_to_array(figures.categories, '|')))
            and (figures.sum_group is null or items.sum_group = figures.sum_group)
            and (figures.sub_type is null or items.sub_type = figures.sub_type)
),

-- What cannot be measured in the unit of a figure adds nothing to it.
contributions as (
    select * from of_cases
    union all
    select * from of_events
    union all
    select * from of_items
    where value is not null
)

select * from contributions
