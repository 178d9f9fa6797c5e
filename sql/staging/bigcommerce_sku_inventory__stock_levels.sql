-- description: Stock by SKU from a BigCommerce SKU inventory export. It was so at the file's age.
-- grain: record of the export
-- key: file_id, record_number
-- load: merge
-- entity: stock_levels
-- columns:
--   merchant_id
--   file_id
--   record_number
--   line_number
--   stock_item_id
--   sku
--   stock_quantity
--   observed_at
--   attributes
-- rejects:
--   product_sku_missing (product_sku): a SKU in every record | give the record its SKU and load the file again
--   stock_level_whole (stock_level): a whole number | correct the number and load the file again
--   sku_repeated (product_sku): each SKU once in a file; the last one is kept | export without joining files by hand
-- checks:
--   not_null: stock_item_id
--   not_null: stock_quantity
--   not_null: observed_at
--   unique: file_id, stock_item_id
with records as (
    select
        merchant_id,
        file_id,
        record_number,
        line_number,
        nullif(trim(product_sku), '') as sku,
        nullif(trim(product_upc_ean), '') as upc_ean,
        try_cast(trim(stock_level) as decimal(18, 4)) as stock_number,
        nullif(trim(product_width), '') as width,
        nullif(trim(product_height), '') as height,
        nullif(trim(product_depth), '') as depth,
        nullif(trim(free_shipping), '') as free_shipping,
        nullif(trim(fixed_shipping_cost), '') as fixed_shipping_cost,
        attributes
    from changed.bigcommerce__sku_inventory
),

files as (
    select file_id, as_of
    from raw.files
),

repeated as (
    select file_id, sku, max(record_number) as kept_record_number
    from records
    group by file_id, sku
    having count(*) > 1
),

dated as (
    select
        records.*,
        files.as_of,
        repeated.kept_record_number,
        json_merge_patch(
            json_merge_patch(json('{}'), coalesce(records.attributes, json('{}'))),
            json_object(
                'upc_ean', records.upc_ean,
                'width', records.width,
                'height', records.height,
                'depth', records.depth,
                'free_shipping', records.free_shipping,
                'fixed_shipping_cost', records.fixed_shipping_cost
            )
        ) as all_attributes
    from records
    inner join files using (file_id)
    left join repeated using (file_id, sku)
)

select
    merchant_id,
    file_id,
    record_number,
    line_number,
    sku as stock_item_id,
    sku,
    case when stock_number % 1 = 0 then cast(stock_number as bigint) end as stock_quantity,
    as_of as observed_at,
    case when all_attributes <> json('{}') then all_attributes end as attributes,
    case
        when sku is null then 'product_sku_missing'
        when stock_number is null or stock_number % 1 <> 0 then 'stock_level_whole'
        when record_number < kept_record_number then 'sku_repeated'
    end as rejected_rule
from dated
