with operations as (
    select * from {{ ref('stg_raw__operations') }}
),

said as (
    select
        operations.operation_code,
        published.figure,
        published.said,
        coalesce(
            published.said ->> 'exactly', published.said ->> 'about', published.said ->> 'more_than'
        ) as number_said
    from operations
    cross join lateral jsonb_each(operations.published_figures) as published (figure, said)
),

-- The text is made of signs, so that it reads the same in every language.
told as (
    select
        operation_code,
        figure,
        case
            when said ? 'exactly' then 'exactly'
            when said ? 'about' then 'about'
            when said ? 'more_than' then 'more_than'
            when said ? 'more_than_in' then 'more_than_in'
            when said ? 'is' then 'is'
        end as published_kind,
        number_said::numeric as published_value,
        (said ->> 'within')::numeric as published_within,
        said ->> 'is' as published_code,
        said ->> 'more_than_in' as published_operation_code,
        case
            when said ? 'about' then format('%s ± %s', number_said, said ->> 'within')
            when said ? 'more_than' then format('> %s', number_said)
            when said ? 'more_than_in' then format('> %s', said ->> 'more_than_in')
            else coalesce(number_said, said ->> 'is')
        end as published_text
    from said
)

select * from told
