-- What cases and lines of drugs left unsaid, of how many.
select gaps.gap, gaps.lacking, gaps.of_all
from (
    select
        count(*) as cases,
        count(*) filter (where direction <> 'internal') as cases_on_the_way,
        count(*) filter (
            where direction <> 'internal' and (departure_country is null or destination_country is null)
        ) as without_route,
        count(*) filter (where concealment is null or detection_method is null or transport_mode is null)
            as without_methods
    from marts.cases(%(operation)s, %(known_at)s)
) as cases
cross join (
    select count(*) as lines, count(*) filter (where sub_type is null) as without_form
    from marts.items(%(operation)s, %(known_at)s)
    where category in ('cannabis', 'cocaine', 'other_drug')
) as drugs
cross join lateral (
    values
    ('route', cases.without_route, cases.cases_on_the_way), ('methods', cases.without_methods, cases.cases),
    ('form', drugs.without_form, drugs.lines)
) as gaps (gap, lacking, of_all)
