-- Its cases with their goods.
select cases.case_ref, cases.case_type, cases.event_date, cases.reported_on, items.goods
from marts_own.fct_cases as cases
left join (
    select
        case_key,
        jsonb_agg(
            jsonb_build_object(
                'category', category, 'sub_type', sub_type, 'kg', quantity_kg, 'pieces', quantity_pieces,
                'litres', quantity_litres, 'amount', amount, 'currency', currency, 'given', quantity_given,
                'unit', unit
            ) order by item_no
        ) as goods
    from marts_own.fct_items
    where operation_code = %(operation)s
    group by case_key
) as items using (case_key)
where cases.operation_code = %(operation)s
order by cases.reported_on, cases.case_ref
