-- description: Money that went back, by the week of the order: the refund ledger, which is not the return ledger (goods) and is never added to it. In the merchant's currency at each order's rate; what has no rate is counted and left out of the sums.
-- grain: merchant x local week in which the orders were placed
-- key: merchant_id, order_week
-- load: replace
-- columns:
--   merchant_id
--   order_week date: Monday of the local week in which the orders were placed.
--   order_count bigint: Orders that were paid or refunded: not incomplete, pending, awaiting payment, declined or cancelled, unless a refund is booked.
--   refunded_order_count bigint: Orders among them with a refund that was not declined, whatever its currency.
--   order_total_amount decimal(38,4): Totals of those orders with tax and shipping, in the merchant's currency; orders without a rate are left out.
--   refund_amount decimal(38,4): Refunds of those orders that were not declined, in the merchant's currency; refunds without a rate are left out.
--   currency_code varchar: The merchant's ISO 4217 currency.
--   refund_value_rate double: Refund amount / order total amount, clock: ordered, both in the merchant's currency; above 1 only where gift certificates paid. Not corrected for maturity.
--   refunds_without_rate_count bigint: Refunds whose exchange rate is missing.
-- checks:
--   not_null: order_week
--   unique: merchant_id, order_week
--   assert refunded_orders_are_orders: refunded_order_count <= order_count
--   assert rate_is_not_negative: refund_value_rate >= 0

with
orders as (
    select
        merchant_id,
        order_id,
        status,
        total_merchant_amount,
        cast(date_trunc('week', placed_date) as date) as order_week
    from core.orders
),

refunds as (
    select merchant_id, order_id, refund_merchant_amount
    from core.refunds
    where coalesce(not is_declined, true) and refund_amount > 0
),

merchants as (
    select merchant_id, currency_code
    from core.merchants
),

refunds_of_order as (
    select
        merchant_id,
        order_id,
        sum(refund_merchant_amount) as refund_amount,
        count(*) - count(refund_merchant_amount) as refunds_without_rate_count
    from refunds
    group by merchant_id, order_id
),

paid_orders as (
    select
        orders.merchant_id,
        orders.order_week,
        orders.total_merchant_amount,
        refunds_of_order.refund_amount,
        coalesce(refunds_of_order.refunds_without_rate_count, 0) as refunds_without_rate_count,
        refunds_of_order.order_id is not null as is_refunded
    from orders
    left join refunds_of_order
        on orders.merchant_id = refunds_of_order.merchant_id and orders.order_id = refunds_of_order.order_id
    where
        refunds_of_order.order_id is not null
        or coalesce(
            orders.status not in ('incomplete', 'pending', 'awaiting_payment', 'declined', 'cancelled'), true
        )
),

weeks as (
    select
        merchant_id,
        order_week,
        count(*) as order_count,
        count(*) filter (where is_refunded) as refunded_order_count,
        coalesce(sum(total_merchant_amount), 0) as order_total_amount,
        coalesce(sum(refund_amount), 0) as refund_amount,
        cast(sum(refunds_without_rate_count) as bigint) as refunds_without_rate_count
    from paid_orders
    group by merchant_id, order_week
)

select
    weeks.merchant_id,
    weeks.order_week,
    weeks.order_count,
    weeks.refunded_order_count,
    weeks.order_total_amount,
    weeks.refund_amount,
    merchants.currency_code,
    case
        when weeks.order_total_amount > 0
            then cast(weeks.refund_amount as double) / cast(weeks.order_total_amount as double)
    end as refund_value_rate,
    weeks.refunds_without_rate_count
from weeks
left join merchants on weeks.merchant_id = merchants.merchant_id
