with recursive cases as (
    select distinct case_key from {{ ref('int_case_tellings') }}
),

links as (
    select * from {{ ref('int_case_links') }}
),

-- Cases that are linked at some time, over however many others.
linked as (
    select case_key, case_key as linked_key
    from cases
    union
    select linked.case_key, links.linked_key
    from linked
    inner join links on linked.linked_key = links.case_key
),

rings as (
    select case_key, min(linked_key) as ring_key
    from linked
    group by case_key
),

moments as (
    select ring_key, '-infinity'::timestamptz as changed_at, null as changed_by
    from rings
    union
    select rings.ring_key, links.known_from as changed_at, links.known_by as changed_by
    from links
    inner join rings on links.case_key = rings.case_key
    union
    select rings.ring_key, links.known_to as changed_at, links.ended_by as changed_by
    from links
    inner join rings on links.case_key = rings.case_key
    where links.known_to is not null
),

-- Of several causes of one change one is told.
spans as (
    select distinct on (rings.case_key, moments.changed_at)
        rings.case_key,
        moments.changed_at as known_from,
        moments.changed_by
    from rings
    inner join moments on rings.ring_key = moments.ring_key
    order by rings.case_key asc, moments.changed_at asc, moments.changed_by desc
),

-- In each span the cases that tell one event: linked then, over however many others.
told as (
    select case_key, known_from, changed_by, case_key as told_by
    from spans
    union
    select told.case_key, told.known_from, told.changed_by, links.linked_key as told_by
    from told
    inner join links
        on
            told.told_by = links.case_key
            and told.known_from >= links.known_from
            and (links.known_to is null or told.known_from < links.known_to)
)

select * from told
