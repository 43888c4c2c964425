{{ config(shown='own_rows') }}

with statements as (
    select * from {{ ref('int_statements') }}
),

-- An administration tells a place in its own words; written alike, in whatever case, it is the same.
places as (
    select distinct on (place_key)
        place_key,
        administration_code,
        territory,
        unlocode,
        place,
        place_type
    from statements
    where place_key is not null
    order by place_key asc, reporting_day asc, submission_id asc, row_number asc
)

select * from places
