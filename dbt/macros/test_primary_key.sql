{# The columns together name one row: none of them is null, and no two rows have the same. #}
{% test primary_key(model, columns) %}
select
    {{ columns | join(', ') }},
    count(*) as rows_found
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1 or num_nulls({{ columns | join(', ') }}) > 0
{% endtest %}
