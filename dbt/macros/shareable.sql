{# What was not said is told as such: a report never leaves a field of its key empty. #}
{% macro stated(field) -%}
    coalesce({{ field }}, 'not_stated')
{%- endmacro %}


{# Cells of breakdowns, with those hidden besides that would give a hidden cell away. A total is known, so its breakdown
   tells what its hidden cells hold together: they have to be two at least, of three cases at least. Where they are not,
   the cell with the fewest cases is hidden with them; it has three or more, so one is enough. `cells` has a row for
   each cell with `is_hidden`, `cases_of_cells` one for each case in each cell. #}
{% macro with_remainder_hidden(cells, cases_of_cells) -%}
    select
        cells.operation_code, cells.goods, cells.breakdown_kind, cells.breakdown,
        cells.unit, cells.value, cells.cases,
        cells.is_hidden or (
            coalesce(remainders.hidden_cells = 1 or remainders.hidden_cases < 3, false)
            and row_number() over (
                partition by cells.operation_code, cells.goods, cells.breakdown_kind, cells.is_hidden
                order by cells.cases, cells.breakdown collate "C"
            ) = 1
        ) as is_hidden
    from {{ cells }} as cells
    left join (
        select
            operation_code, goods, breakdown_kind,
            count(distinct breakdown) as hidden_cells,
            count(distinct case_key) as hidden_cases
        from {{ cells }} as hidden
        inner join {{ cases_of_cells }} as cases_of_hidden using (operation_code, goods, breakdown_kind, breakdown)
        where hidden.is_hidden
        group by operation_code, goods, breakdown_kind
    ) as remainders using (operation_code, goods, breakdown_kind)
{%- endmacro %}


{# The moment as known at which partners are told of an operation: two weeks after its last cut-off. #}
{% macro partner_edition() -%}
    ((ends_on + 15) + cut_off) at time zone time_zone
{%- endmacro %}


{# The goods of an item as partners are told of them. #}
{% macro shared_goods(items) -%}
    case
            when {{ items }}.category in ('cannabis', 'cocaine', 'other_drug')
                then coalesce({{ items }}.sum_group, {{ items }}.category)
            else {{ items }}.category
        end
{%- endmacro %}


{# The unit in which partners are told of an item. Goods have one unit: of two, the counts could be subtracted. #}
{% macro shared_unit(items) -%}
    case
            when {{ items }}.category in ('firearm', 'firearm_part', 'magazine', 'ammunition', 'tobacco') then 'pieces'
            when {{ items }}.sum_group = 'cannabis_plant' then 'pieces'
            when {{ items }}.category in ('cannabis', 'cocaine', 'other_drug', 'gold') then 'kg'
            when {{ items }}.category = 'currency' then 'USD'
            else 'cases'
        end
{%- endmacro %}


{# The median of what each administration has, grouped; null where so few have any that it would tell of one of them. #}
{% macro anonymous_median(value) -%}
    case
            when count({{ value }}) >= 5
                then round(percentile_cont(0.5) within group (order by {{ value }})::numeric, 6)
        end
{%- endmacro %}
