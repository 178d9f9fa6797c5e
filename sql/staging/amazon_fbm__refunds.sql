-- description: Money that went back for seller-fulfilled returns on Amazon, item by item; the report has no date for it.
-- grain: record of the report with a refund
-- key: file_id, record_number
-- load: merge
-- entity: refunds
-- columns:
--   merchant_id
--   file_id
--   record_number
--   line_number
--   refund_id
--   order_id
--   return_line_id
--   item_kind
--   currency_code
--   refund_amount
--   refund_merchant_amount
-- checks:
--   not_null: refund_id
--   assert refund_is_positive: refund_amount > 0
with return_lines as (
    select merchant_id, file_id, record_number, line_number, return_line_id, order_id, currency_code
    from changed.staging_amazon_fbm__return_lines
),

amounts as (
    select file_id, record_number, try_cast(trim(refunded_amount) as decimal(18, 4)) as refund_amount
    from changed.amazon__fbm_returns
),

merchants as (
    select merchant_id, currency_code
    from core.merchants
)

select
    return_lines.merchant_id,
    return_lines.file_id,
    return_lines.record_number,
    return_lines.line_number,
    return_lines.return_line_id as refund_id,
    return_lines.order_id,
    return_lines.return_line_id,
    'product' as item_kind,
    return_lines.currency_code,
    amounts.refund_amount,
    case when return_lines.currency_code = merchants.currency_code then amounts.refund_amount end as refund_merchant_amount,
    cast(null as varchar) as rejected_rule
from return_lines
inner join amounts using (file_id, record_number)
inner join merchants using (merchant_id)
where amounts.refund_amount > 0
