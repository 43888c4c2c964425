{{ config(shown='to_administrations') }}

with builds as (
    select * from {{ ref('stg_raw__builds') }}
),

submissions as (
    select
        build_no,
        count(*)::integer as number_of_submissions
    from {{ ref('stg_raw__build_submissions') }}
    group by build_no
),

counted as (
    select
        builds.build_no,
        builds.cut_at,
        coalesce(submissions.number_of_submissions, 0) as number_of_submissions
    from builds
    left join submissions on builds.build_no = submissions.build_no
)

select * from counted
