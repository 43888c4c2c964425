-- The cases first told about the day, with what each adds to the figures and what its goods are.
select
    cases.case_key, cases.administration_code, cases.case_ref, cases.case_type, cases.event_date, cases.place,
    cases.direction, cases.transport_mode, cases.concealment, cases.detection_method,
    cases.departure_country, cases.transit_country, cases.destination_country,
    contributions.figures, items.goods
from marts.cases(%(operation)s, %(known_at)s) as cases
left join (
    select added.case_key, jsonb_object_agg(added.figure, added.value) as figures
    from (
        select case_key, figure, sum(value) as value
        from marts.contributions(%(operation)s, %(known_at)s)
        where reported_on = %(day)s
        group by case_key, figure
    ) as added
    group by added.case_key
) as contributions using (case_key)
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
    from marts.items(%(operation)s, %(known_at)s)
    where reported_on = %(day)s
    group by case_key
) as items using (case_key)
where cases.reported_on = %(day)s
order by cases.administration_code, cases.case_ref
