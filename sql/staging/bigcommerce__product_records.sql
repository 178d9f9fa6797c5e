-- description: Rows of a BigCommerce products export, judged: what each row is, and whose. Rows carry no id of their
--   product, so that the order of rows alone tells it; where that is not certain, a row is rejected.
-- grain: record of the export
-- key: file_id, record_number
-- load: merge
-- columns:
--   merchant_id
--   file_id
--   record_number
--   line_number
--   item_kind varchar: `product`, `variant`, `image` or `video`.
--   item_id varchar: Number of the row's own thing: of the product, the variant, the picture.
--   product_id
--   product_record_number bigint: Record of the product that the row belongs to; its own record for a product.
--   is_part_of_another boolean: The row is no thing of its own: a picture or video.
-- rejects:
--   item_kind_known (item): Product, Variant, Image or Video | correct the cell and load the file again
--   product_id_number (id): a whole number in every product's row | give the product its ID and load the file again
--   product_repeated (id): each product once in a file; the last one is kept | export without joining files by hand
--   variant_id_number (id): a whole number in every Variant row | give the row its ID and load the file again
--   item_before_product (item): a product's row before the rows that belong to it | export the file again and leave its rows in their order
--   product_row_rejected (item): a product's row that can be read before the rows that belong to it | correct the product's row and load the file again
--   product_uncertain (item): no record that cannot be read between a product and its rows | mend the record above and load the file again
-- checks:
--   not_null: item_kind
--   not_null: product_id
--   unique: file_id, record_number
with records as (
    select
        merchant_id,
        file_id,
        record_number,
        line_number,
        lower(trim(item)) as item_key,
        trim(id) as item_id
    from changed.bigcommerce__products
),

kinds as (
    select *
    from (
        values
        ('product', 'product'),
        ('variant', 'variant'),
        ('image', 'image'),
        ('video', 'video')
    ) as known (item_key, item_kind)
),

-- A file of which records could not be read has fewer rows here than records; blank rows are no records.
landed as (
    select file_id, count(*) as row_count
    from records
    group by file_id
),

files as (
    select files.file_id, coalesce(landed.row_count < files.record_count, false) as is_torn
    from raw.files
    inner join landed using (file_id)
),

known_records as (
    select
        records.*,
        kinds.item_kind,
        case
            when regexp_full_match(records.item_id, '\d{1,18}')
                then cast(cast(records.item_id as bigint) as varchar)
        end as item_number,
        files.is_torn
        and records.record_number
        > 1 + lag(records.record_number, 1, 0) over (partition by records.file_id order by records.record_number)
            as is_behind_gap
    from records
    left join kinds using (item_key)
    left join files using (file_id)
),

-- A row of unknown kind may have been a product: what follows it belongs to none that is known.
owned as (
    select
        *,
        max(case when item_kind is null or item_kind = 'product' then record_number end) over (
            partition by file_id order by record_number
        ) as product_record_number
    from known_records
),

traced as (
    select
        *,
        bool_or(is_behind_gap and record_number > product_record_number) over (
            partition by file_id, product_record_number order by record_number
        ) as is_uncertain
    from owned
),

repeated as (
    select file_id, item_number, max(record_number) as kept_record_number
    from known_records
    where item_kind = 'product'
    group by file_id, item_number
    having count(*) > 1
),

product_rows as (
    select
        known_records.file_id,
        known_records.record_number as product_record_number,
        known_records.item_number as product_id,
        case
            when known_records.item_kind is null then 'item_kind_known'
            when known_records.item_number is null then 'product_id_number'
            when known_records.record_number < repeated.kept_record_number then 'product_repeated'
        end as product_rule
    from known_records
    left join repeated using (file_id, item_number)
    where known_records.item_kind is null or known_records.item_kind = 'product'
)

select
    traced.merchant_id,
    traced.file_id,
    traced.record_number,
    traced.line_number,
    traced.item_kind,
    coalesce(traced.item_number, traced.item_id) as item_id,
    product_rows.product_id,
    traced.product_record_number,
    traced.item_kind in ('image', 'video') as is_part_of_another,
    case
        when traced.record_number = traced.product_record_number then product_rows.product_rule
        when traced.product_record_number is null then 'item_before_product'
        when traced.is_uncertain then 'product_uncertain'
        when product_rows.product_rule is not null then 'product_row_rejected'
        when traced.item_kind = 'variant' and traced.item_number is null then 'variant_id_number'
    end as rejected_rule
from traced
left join product_rows using (file_id, product_record_number)
