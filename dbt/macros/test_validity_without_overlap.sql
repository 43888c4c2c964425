{# Of one thing, two validities never share a day, and none ends before it begins. #}
{% test validity_without_overlap(model, column) %}
with periods as (
    select
        {{ column }},
        valid_from,
        coalesce(valid_to, 'infinity') as valid_to,
        lead(valid_from) over (partition by {{ column }} order by valid_from) as next_from
    from {{ model }}
)

select * from periods
where valid_to < valid_from or next_from <= valid_to
{% endtest %}
