-- description: What is in the parcels in which goods of seller-fulfilled returns on Amazon travel back.
-- grain: record of the report with a Tracking ID
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
--   return_reason_raw
--   quantity
-- checks:
--   not_null: shipment_id
with return_lines as (
    select
        merchant_id,
        file_id,
        record_number,
        line_number,
        return_line_id,
        order_id,
        product_id,
        sku,
        product_name,
        reason_raw,
        awb,
        quantity
    from changed.staging_amazon_fbm__return_lines
    where awb is not null
)

select
    merchant_id,
    file_id,
    record_number,
    line_number,
    awb as shipment_id,
    return_line_id as shipment_line_id,
    order_id,
    product_id,
    sku,
    product_name,
    reason_raw as return_reason_raw,
    quantity,
    cast(null as varchar) as rejected_rule
from return_lines
