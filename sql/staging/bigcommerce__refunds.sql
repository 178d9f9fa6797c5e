-- description: Refund sums of a BigCommerce orders export: one per order whose Refund Amount is not 0. The status is no
--   evidence of a refund: in real files the two disagree both ways. The export has no date and no line for it.
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
--   assert refund_is_positive: refund_amount > 0
with records as (
    select
        merchant_id,
        file_id,
        record_number,
        line_number,
        order_id,
        currency_code,
        merchant_rate,
        refund_amount
    from changed.staging_bigcommerce__order_records
    where refund_amount <> 0
)

select
    merchant_id,
    file_id,
    record_number,
    line_number,
    order_id as refund_id,
    order_id,
    'order' as item_kind,
    currency_code,
    refund_amount,
    case
        when merchant_rate = 1 then refund_amount
        else cast(refund_amount / merchant_rate as decimal(18, 4))
    end as refund_merchant_amount,
    cast(null as varchar) as rejected_rule
from records
