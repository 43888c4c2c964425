with source as (
    select * from {{ source('raw', 'findings') }}
),

renamed as (
    select
        submission_id,
        finding_no,

        rule_code,
        severity,
        row_number,
        column_letter,
        field,
        value_given,
        value_expected,
        case_ref,
        echo
    from source
)

select * from renamed
