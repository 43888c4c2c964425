{{ config(shown='to_analysts') }}

with editions as (
    select
        operation_code, reporting_day, edition,
        known_at, earlier_day, earlier_edition, figures_sha256, published_at
    from {{ ref('stg_raw__editions') }}
)

select * from editions
