-- description: Stock that a BigCommerce bulk edit export tells of, where it says that stock is kept: of the product or of its
--   SKU rows. It was so at the file's age.
-- grain: product or variant of the export whose stock is kept
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
--   product_id
--   variant_id
--   stock_quantity
--   low_stock_quantity
--   observed_at
-- rejects:
--   current_stock_level_whole (current_stock_level): a whole number, or nothing | correct the number and load the file again; the product is loaded without its stock
--   low_stock_level_whole (low_stock_level): a whole number, or nothing | correct the number and load the file again; the product is loaded without its stock
--   sku_repeated (product_code_sku): each SKU once among those whose stock is kept; the last one is read | give each product and variant a SKU of its own
-- checks:
--   not_null: stock_item_id
--   not_null: stock_quantity
--   not_null: observed_at
with items as (
    select merchant_id, file_id, record_number, line_number, item_kind, item_id, product_id, product_record_number
    from changed.staging_bigcommerce_bulk_edit__product_records
    where item_kind in ('product', 'variant')
),

cells as (
    select
        file_id,
        record_number,
        nullif(trim(product_code_sku), '') as sku,
        lower(trim(track_inventory)) as tracking,
        nullif(trim(current_stock_level), '') as stock,
        nullif(trim(low_stock_level), '') as low
    from changed.bigcommerce_bulk_edit__products
),

files as (
    select file_id, as_of
    from raw.files
),

-- A product says whose stock is kept; where it says nothing of that, every stock that stands there counts.
kept as (
    select
        items.merchant_id,
        items.file_id,
        items.record_number,
        items.line_number,
        cells.sku,
        items.product_id,
        case when items.item_kind = 'variant' then items.item_id else '-' end as variant_id,
        cells.stock,
        cells.low,
        files.as_of,
        try_cast(cells.stock as decimal(18, 4)) as stock_number,
        try_cast(cells.low as decimal(18, 4)) as low_number
    from items
    inner join cells using (file_id, record_number)
    inner join files using (file_id)
    left join cells as products
        on items.file_id = products.file_id
        and items.product_record_number = products.record_number
    where
        cells.stock is not null
        and coalesce(products.tracking, '') <> 'none'
        and (coalesce(products.tracking, '') <> 'by product' or items.item_kind = 'product')
        and (coalesce(products.tracking, '') <> 'by option' or items.item_kind = 'variant')
),

repeated as (
    select file_id, sku, max(record_number) as kept_record_number
    from kept
    where sku is not null
    group by file_id, sku
    having count(*) > 1
)

select
    kept.merchant_id,
    kept.file_id,
    kept.record_number,
    kept.line_number,
    coalesce(kept.sku, kept.product_id || '/' || kept.variant_id) as stock_item_id,
    kept.sku,
    kept.product_id,
    kept.variant_id,
    case when kept.stock_number % 1 = 0 then cast(kept.stock_number as bigint) end as stock_quantity,
    case when kept.low_number % 1 = 0 then cast(kept.low_number as bigint) end as low_stock_quantity,
    kept.as_of as observed_at,
    case
        when kept.stock_number is null or kept.stock_number % 1 <> 0 then 'current_stock_level_whole'
        when kept.low is not null and (kept.low_number is null or kept.low_number % 1 <> 0) then 'low_stock_level_whole'
        when kept.record_number < repeated.kept_record_number then 'sku_repeated'
    end as rejected_rule
from kept
left join repeated using (file_id, sku)
