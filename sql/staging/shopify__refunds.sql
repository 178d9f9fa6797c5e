-- description: Refund sums of a Shopify orders export: one an order whose Refunded Amount is not 0. The export has no date,
--   no line and no reason for it.
-- grain: order with a refund
-- key: file_id, refund_id
-- load: merge
-- entity: refunds
-- columns:
--   merchant_id
--   file_id
--   record_number
--   line_number
--   refund_id
--   order_id
--   item_kind
--   currency_code
--   refund_amount
--   refund_merchant_amount
-- checks:
--   not_null: refund_id
--   unique: file_id, refund_id
--   assert refund_is_positive: refund_amount > 0
with records as (
    select
        merchant_id,
        file_id,
        record_number,
        line_number,
        order_id,
        refund_amount
    from changed.staging_shopify__order_records
),

orders as (
    select file_id, order_id, currency_code
    from changed.staging_shopify__orders
),

merchants as (
    select merchant_id, currency_code
    from core.merchants
),

refunds as (
    select
        merchant_id,
        file_id,
        order_id,
        min(record_number) as record_number,
        min(line_number) as line_number,
        arg_min(refund_amount, record_number) as refund_amount
    from records
    group by merchant_id, file_id, order_id
)

select
    refunds.merchant_id,
    refunds.file_id,
    refunds.record_number,
    refunds.line_number,
    refunds.order_id as refund_id,
    refunds.order_id,
    'order' as item_kind,
    orders.currency_code,
    refunds.refund_amount,
    case when orders.currency_code = merchants.currency_code then refunds.refund_amount end as refund_merchant_amount,
    cast(null as varchar) as rejected_rule
from refunds
inner join orders using (file_id, order_id)
inner join merchants using (merchant_id)
where refunds.refund_amount > 0
