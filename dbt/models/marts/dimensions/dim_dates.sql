with operations as (
    select * from {{ ref('stg_raw__operations') }}
),

days as (
    select
        operations.operation_code,
        days_of_operation.day_at::date as day,
        days_of_operation.day_no::integer as day_no,
        extract(isoyear from days_of_operation.day_at)::integer as iso_year,
        extract(week from days_of_operation.day_at)::integer as iso_week,
        extract(isodow from days_of_operation.day_at)::integer as iso_weekday
    from operations
    cross join lateral generate_series(
        operations.starts_on::timestamp, operations.ends_on::timestamp, interval '1 day'
    ) with ordinality as days_of_operation (day_at, day_no)
)

select * from days
