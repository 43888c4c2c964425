with goods as (
    select * from {{ ref('goods') }}
),

codes as (
    select * from {{ ref('stg_raw__codes') }}
),

-- Goods are named as in the contract: by their sub-type, or by their category where none is said.
named as (
    select
        codes.code as goods_code,
        goods.category,
        goods.sub_type,
        goods.sum_group,
        codes.label_en,
        codes.label_fr,
        codes.label_es,
        codes.label_nl
    from goods
    inner join codes
        on
            codes.code_list = case when goods.sub_type is null then 'category' else 'sub_type' end
            and codes.code = coalesce(goods.sub_type, goods.category)
)

select * from named
