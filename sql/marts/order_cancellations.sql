-- description: Orders called off before anything left, by who did it and why, as far as the sources tell. Most exports tell neither: `unknown` is a row of its own, never spread over the others. Orders cancelled after shipping, and single lines struck from an order, are not in it.
-- grain: merchant x local month in which the orders were placed x who cancelled x reason x evidence
-- key: merchant_id, order_month, cancelled_by, cancel_reason, evidence
-- load: replace
-- columns:
--   merchant_id
--   order_month date: First day of the local month in which the orders were placed; most sources do not date a cancellation.
--   cancelled_by varchar: customer, merchant, payment (declined) or unknown: as the source states it, else as the reason says where it is a word on the list in this file.
--   cancel_reason varchar: The source's words in lower case with single blanks; `unknown` where it gives none.
--   evidence varchar: `status`: the status, or a time or author of the cancellation, says so; `refund`: refunded as a whole before anything had shipped.
--   cancelled_order_count bigint: Orders called off before shipping.
--   ordered_quantity bigint: Units ordered in them.
--   order_total_amount decimal(38,4): Their totals, in the merchant's currency; orders without a rate are left out.
--   without_amount_count bigint: Orders among them without a total in the merchant's currency.
--   currency_code varchar: The merchant's ISO 4217 currency.
--   placed_order_count bigint: All orders placed in the month, of every status but `incomplete`.
--   cancellation_rate double: Cancelled orders of this row / all orders placed in the month, clock: ordered. Young months grow still.
-- checks:
--   not_null: order_month
--   not_null: cancelled_by
--   not_null: cancel_reason
--   not_null: evidence
--   unique: merchant_id, order_month, cancelled_by, cancel_reason, evidence
--   assert party_is_known: cancelled_by in ('customer', 'merchant', 'payment', 'unknown')
--   assert evidence_is_known: evidence in ('status', 'refund')
--   assert cancelled_were_placed: cancelled_order_count between 1 and placed_order_count
--   assert rate_is_a_share: cancellation_rate between 0 and 1
--   assert unvalued_orders_are_orders: without_amount_count <= cancelled_order_count

with
orders as (
    select
        merchant_id,
        order_id,
        status,
        cancelled_by,
        cancelled_at,
        nullif(lower(trim(regexp_replace(cancel_reason, '\s+', ' ', 'g'))), '') as cancel_reason,
        total_merchant_amount,
        cast(date_trunc('month', placed_date) as date) as order_month
    from core.orders
    where coalesce(status <> 'incomplete', true)
),

order_units as (
    select merchant_id, order_id, ordered_quantity, shipped_quantity
    from core.order_units
),

-- A parcel that moved makes it a return or an RTO, whatever the status says.
moved_orders as (
    select distinct merchant_id, order_id
    from core.parcels
    where
        order_id is not null
        and coalesce(direction, 'forward') = 'forward'
        and (shipped_at is not null or shipped_date is not null or delivered_at is not null or is_rto)
),

refunded_orders as (
    select distinct merchant_id, order_id
    from core.refund_matches
    where kind = 'cancelled_before_shipping'
),

merchants as (
    select merchant_id, currency_code
    from core.merchants
),

-- Words of order systems that tell who, where the column for it is empty.
words as (
    select listed.words, listed.cancelled_by
    from (
        values
        ('customer', 'customer'),
        ('buyer', 'customer'),
        ('customer cancelled', 'customer'),
        ('customer changed or cancelled order', 'customer'),
        ('buyer cancelled', 'customer'),
        ('buyer canceled', 'customer'),
        ('buyercanceled', 'customer'),
        ('inventory', 'merchant'),
        ('noinventory', 'merchant'),
        ('no inventory', 'merchant'),
        ('out of stock', 'merchant'),
        ('items unavailable', 'merchant'),
        ('staff', 'merchant'),
        ('staff error', 'merchant'),
        ('fraud', 'merchant'),
        ('fraudulent order', 'merchant'),
        ('declined', 'payment'),
        ('payment declined', 'payment'),
        ('payment failed', 'payment')
    ) as listed (words, cancelled_by)
),

placed as (
    select merchant_id, order_month, count(*) as placed_order_count
    from orders
    group by merchant_id, order_month
),

judged as (
    select
        orders.merchant_id,
        orders.order_month,
        orders.total_merchant_amount,
        order_units.ordered_quantity,
        coalesce(orders.cancel_reason, 'unknown') as cancel_reason,
        coalesce(
            orders.cancelled_by,
            case when orders.status = 'declined' then 'payment' end,
            words.cancelled_by,
            'unknown'
        ) as cancelled_by,
        case
            when
                orders.status in ('cancelled', 'declined')
                or orders.cancelled_at is not null
                or orders.cancelled_by is not null
                then 'status'
            when orders.status = 'refunded' and refunded_orders.order_id is not null then 'refund'
        end as evidence
    from orders
    inner join order_units
        on orders.merchant_id = order_units.merchant_id and orders.order_id = order_units.order_id
    left join moved_orders
        on orders.merchant_id = moved_orders.merchant_id and orders.order_id = moved_orders.order_id
    left join refunded_orders
        on orders.merchant_id = refunded_orders.merchant_id and orders.order_id = refunded_orders.order_id
    left join words on orders.cancel_reason = words.words
    where order_units.shipped_quantity = 0 and moved_orders.order_id is null
),

cancelled as (
    select
        merchant_id,
        order_month,
        cancelled_by,
        cancel_reason,
        evidence,
        count(*) as cancelled_order_count,
        cast(sum(ordered_quantity) as bigint) as ordered_quantity,
        cast(coalesce(sum(total_merchant_amount), 0) as decimal(38, 4)) as order_total_amount,
        count(*) - count(total_merchant_amount) as without_amount_count
    from judged
    where evidence is not null
    group by merchant_id, order_month, cancelled_by, cancel_reason, evidence
)

select
    cancelled.merchant_id,
    cancelled.order_month,
    cancelled.cancelled_by,
    cancelled.cancel_reason,
    cancelled.evidence,
    cancelled.cancelled_order_count,
    cancelled.ordered_quantity,
    cancelled.order_total_amount,
    cancelled.without_amount_count,
    merchants.currency_code,
    placed.placed_order_count,
    cancelled.cancelled_order_count / placed.placed_order_count as cancellation_rate
from cancelled
inner join placed
    on cancelled.merchant_id = placed.merchant_id and cancelled.order_month = placed.order_month
left join merchants on cancelled.merchant_id = merchants.merchant_id
