with goods as (
    select * from {{ ref('goods') }}
),

coded as (
    select
        coalesce(sub_type, category) as goods_code,
        category,
        sub_type,
        sum_group,
        label_en,
        label_fr,
        label_es,
        label_nl
    from goods
)

select * from coded
