-- description: Lines of the orders in a Shopify export. It has no product number: a line is known by SKU or name.
-- grain: record of the export that has a line
-- key: file_id, record_number
-- load: merge
-- entity: order_lines
-- columns:
--   merchant_id
--   file_id
--   record_number
--   line_number
--   order_id
--   order_line_id
--   sku
--   product_name
--   currency_code
--   quantity
--   unit_price_amount
--   discount_amount
--   line_total_amount
--   line_total_merchant_amount
--   ordered_date
--   attributes
-- checks:
--   not_null: order_id
--   unique: file_id, order_id, order_line_id
with records as (
    select
        merchant_id,
        file_id,
        record_number,
        line_number,
        order_id,
        line_position,
        line_quantity,
        unit_price_amount,
        line_discount_amount,
        created_at
    from changed.staging_shopify__order_records
),

texts as (
    select
        file_id,
        record_number,
        upper(trim(currency)) as currency_code,
        nullif(trim(lineitem_sku), '') as sku,
        nullif(trim(lineitem_name), '') as product_name,
        trim(lineitem_compare_at_price) as compare_at_price,
        trim(lineitem_fulfillment_status) as line_status,
        try_cast(trim(lineitem_requires_shipping) as boolean) as requires_shipping,
        try_cast(trim(lineitem_taxable) as boolean) as is_taxable,
        trim(vendor) as vendor,
        attributes
    from changed.shopify__orders
),

merchants as (
    select merchant_id, timezone, currency_code
    from core.merchants
),

orders as (
    select
        records.file_id,
        records.order_id,
        arg_min(texts.currency_code, records.record_number) as currency_code,
        arg_min(records.created_at, records.record_number) as created_at
    from records
    inner join texts using (file_id, record_number)
    group by records.file_id, records.order_id
),

priced as (
    select
        records.*,
        cast(records.line_quantity * records.unit_price_amount as decimal(18, 4)) as line_total_amount
    from records
    where records.line_quantity is not null
)

select
    priced.merchant_id,
    priced.file_id,
    priced.record_number,
    priced.line_number,
    priced.order_id,
    cast(priced.line_position as varchar) as order_line_id,
    texts.sku,
    texts.product_name,
    orders.currency_code,
    priced.line_quantity as quantity,
    priced.unit_price_amount,
    priced.line_discount_amount as discount_amount,
    priced.line_total_amount,
    case when orders.currency_code = merchants.currency_code then priced.line_total_amount end as line_total_merchant_amount,
    cast(timezone(merchants.timezone, timezone('UTC', orders.created_at)) as date) as ordered_date,
    json_merge_patch(
        coalesce(texts.attributes, json('{}')),
        json_object(
            'Vendor', texts.vendor,
            'Lineitem compare at price', texts.compare_at_price,
            'Lineitem requires shipping', texts.requires_shipping,
            'Lineitem taxable', texts.is_taxable,
            'Lineitem fulfillment status', texts.line_status
        )
    ) as attributes,
    cast(null as varchar) as rejected_rule
from priced
inner join texts using (file_id, record_number)
inner join orders on priced.file_id = orders.file_id and priced.order_id = orders.order_id
inner join merchants on priced.merchant_id = merchants.merchant_id
