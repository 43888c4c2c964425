with operations as (
    select * from {{ ref('stg_raw__operations') }}
),

described as (
    select
        operation_code,
        name,
        time_zone,
        rest_days,
        datasets,
        participants,
        cardinality(participants) as number_of_participants,
        is_simulated,
        cut_off,
        starts_on,
        ends_on,
        published_at
    from operations
)

select * from described
