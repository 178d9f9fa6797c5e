-- description: Lines of the orders in Amazon's all-orders report. The report has no line id: lines are numbered within
--   their order by SKU, ASIN and place in the file.
-- grain: record of the report
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
--   product_id
--   sku
--   product_name
--   fulfilment_type
--   warehouse
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
        currency_code,
        item_price_amount,
        item_promotion_discount_amount,
        quantity,
        placed_date
    from changed.staging_amazon__order_records
),

texts as (
    select
        file_id,
        record_number,
        trim(asin) as product_id,
        trim(sku) as sku,
        trim(product_name) as product_name,
        trim(item_status) as item_status,
        lower(trim(fulfillment_channel)) as channel_key,
        attributes
    from changed.amazon__orders
),

merchants as (
    select merchant_id, currency_code
    from core.merchants
)

select
    records.merchant_id,
    records.file_id,
    records.record_number,
    records.line_number,
    records.order_id,
    cast(
        row_number() over (
            partition by records.file_id, records.order_id
            order by texts.sku, texts.product_id, records.record_number
        ) as varchar
    ) as order_line_id,
    texts.product_id,
    texts.sku,
    texts.product_name,
    case when texts.channel_key = 'merchant' then 'own' end as fulfilment_type,
    case when texts.channel_key = 'amazon' then 'Amazon' end as warehouse,
    records.currency_code,
    records.quantity,
    case
        when records.quantity > 0 then cast(records.item_price_amount / records.quantity as decimal(18, 4))
    end as unit_price_amount,
    records.item_promotion_discount_amount as discount_amount,
    records.item_price_amount as line_total_amount,
    case when records.currency_code = merchants.currency_code then records.item_price_amount end as line_total_merchant_amount,
    records.placed_date as ordered_date,
    case
        when texts.item_status is null then texts.attributes
        else json_merge_patch(coalesce(texts.attributes, json('{}')), json_object('item-status', texts.item_status))
    end as attributes,
    cast(null as varchar) as rejected_rule
from records
inner join texts using (file_id, record_number)
inner join merchants using (merchant_id)
