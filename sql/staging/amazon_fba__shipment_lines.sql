-- description: What was in the parcels that Amazon could not deliver.
-- grain: undelivered unit of a file
-- key: file_id, record_number
-- load: merge
-- entity: shipment_lines
-- columns:
--   merchant_id
--   file_id
--   record_number
--   line_number
--   shipment_id
--   shipment_line_id
--   order_id
--   product_id
--   sku
--   product_name
--   quantity
-- checks:
--   not_null: shipment_id
with units as (
    select
        merchant_id,
        file_id,
        record_number,
        line_number,
        unit_id,
        order_id,
        product_id,
        sku,
        product_name,
        quantity
    from changed.staging_amazon_fba__returned_units
    where is_undelivered
)

select
    merchant_id,
    file_id,
    record_number,
    line_number,
    unit_id as shipment_id,
    '1' as shipment_line_id,
    order_id,
    product_id,
    sku,
    product_name,
    quantity,
    cast(null as varchar) as rejected_rule
from units
