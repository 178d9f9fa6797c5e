-- description: What the ledgers leave over by name: kinds that a person should look at, and kinds that are settled otherwise than in money and must not be missed in sums. Orders cancelled before shipping stand here by who cancelled them. Words of resolutions that are on no list stand beside the kinds, not among them.
-- grain: merchant x ledger x kind x who cancelled
-- key: merchant_id, ledger, kind, cancelled_by
-- load: replace
-- columns:
--   merchant_id
--   ledger varchar: `returns`, `refunds`, `rto`, or `orders` (cancelled ones).
--   kind varchar: Kind of core.return_matches, core.refund_matches or core.rto_matches; `cancelled_before_shipping`, `cancelled_after_rto` (nothing but parcels that came back) and `cancelled_after_shipping` for orders; `unknown_words` for return lines whose wish or end is on no list.
--   cancelled_by varchar: For what was cancelled: customer, merchant, payment or unknown; `-` elsewhere.
--   meaning varchar: What it says, in a sentence.
--   is_for_a_person boolean: Somebody should look at it; else it is settled and named so that no sum misses it.
--   item_count bigint: Return lines, refund items, parcels or orders.
--   quantity bigint: Their units, where known.
--   amount decimal(38,4): Cost of the goods, money of the refunds or totals of the orders, in the merchant's currency; items without are left out.
--   without_amount_count bigint: Items of which the money is not known.
--   currency_code varchar: The merchant's ISO 4217 currency.
--   example_ids varchar: Up to three of them, the newest first: return line, refund or order numbers, waybills.
--   oldest_date date: Local day of the oldest: requested, refunded, marked as RTO or ordered; of the order where there is none.
--   newest_date date: Local day of the newest.
-- checks:
--   not_null: ledger
--   not_null: kind
--   not_null: meaning
--   unique: merchant_id, ledger, kind, cancelled_by
--   assert counted_from_one: item_count >= 1
--   assert dates_are_in_order: oldest_date <= newest_date
with
merchants as (
    select merchant_id, currency_code
    from core.merchants
),

return_matches as (
    select merchant_id, return_line_id, kind, quantity, goods_merchant_amount, requested_date, placed_date
    from core.return_matches
),

return_claims as (
    select merchant_id, return_line_id, quantity, goods_merchant_amount, requested_date
    from core.return_claims
    where has_unknown_words and not is_twin
),

refund_matches as (
    select
        merchant_id,
        refund_id,
        kind,
        cancelled_by,
        quantity,
        refund_merchant_amount,
        refunded_date,
        placed_date
    from core.refund_matches
),

rto_matches as (
    select
        merchant_id,
        parcel_id,
        awb,
        kind,
        quantity,
        goods_merchant_amount,
        rto_date,
        placed_date
    from core.rto_matches
),

orders as (
    select merchant_id, order_id, status, cancelled_by, total_merchant_amount, placed_date
    from core.orders
    where status in ('cancelled', 'declined')
),

order_units as (
    select merchant_id, order_id, ordered_quantity, shipped_quantity
    from core.order_units
),

moved_orders as (
    select merchant_id, order_id, bool_and(is_rto) as is_rto
    from core.parcels
    where
        coalesce(direction, 'forward') = 'forward'
        and order_id is not null
        and (shipped_at is not null or shipped_date is not null or delivered_at is not null or is_rto)
    group by merchant_id, order_id
),

-- The one list of kinds that are shown.
meanings as (
    select listed.ledger, listed.kind, listed.is_for_a_person, listed.meaning
    from (
        values
        ('returns', 'return_without_refund', true, 'Settled returns for which no money is booked.'),
        (
            'returns',
            'order_level_not_attributable',
            true,
            'Returns of orders that got money as a whole; for which of them is not told.'
        ),
        ('returns', 'unknown_order', true, 'Settled returns whose order is not loaded.'),
        ('returns', 'refund_unknown', true, 'Settled returns of a merchant whose sources tell no refunds.'),
        ('returns', 'unknown_words', true, 'Returns whose wish or end is written in words on no list.'),
        ('returns', 'store_credit', false, 'Returns settled by store credit.'),
        (
            'returns',
            'gift_certificate',
            false,
            'Returns settled by gift certificate, or of orders that a certificate paid.'
        ),
        ('returns', 'exchange', false, 'Returns settled by exchange.'),
        ('returns', 'repair', false, 'Returns settled by repair.'),
        ('refunds', 'refund_without_return', true, 'Money back for shipped goods, no return is known.'),
        (
            'refunds',
            'order_level_not_attributable',
            true,
            'Money of a whole order with several returns; for which of them is not told.'
        ),
        ('refunds', 'unknown_order', true, 'Refunds whose order is not loaded.'),
        ('refunds', 'declined', true, 'Refunds that the gateway declined: the money is still due.'),
        ('refunds', 'zero_amount', true, 'Refunds of nothing.'),
        ('refunds', 'store_credit', false, 'Refunds paid as store credit.'),
        (
            'refunds',
            'gift_certificate',
            false,
            'Refunds paid as gift certificate, or of orders that a certificate paid.'
        ),
        (
            'refunds',
            'cancelled_before_shipping',
            false,
            'Money back for orders of which nothing was shipped.'
        ),
        ('refunds', 'rto_refunded', false, 'Money back for parcels that never arrived.'),
        ('rto', 'rto_not_refunded', true, 'Paid parcels that came back, and no money went back.'),
        ('rto', 'rto_unknown_order', true, 'Parcels that came back and whose order is not loaded.'),
        ('rto', 'rto_refund_unknown', true, 'Parcels that came back; the sources tell no refunds.'),
        ('rto', 'rto_on_the_way', false, 'Parcels that are on their way back.'),
        ('rto', 'rto_sent_again', false, 'Parcels that came back; a later one of the order arrived.'),
        ('rto', 'rto_nothing_due', false, 'Parcels that came back and that nobody had paid for.'),
        ('rto', 'rto_refunded', false, 'Parcels that came back and whose money went back.'),
        ('orders', 'cancelled_before_shipping', false, 'Orders cancelled or declined, nothing shipped.'),
        ('orders', 'cancelled_after_rto', false, 'Orders cancelled or declined whose parcels came back.'),
        ('orders', 'cancelled_after_shipping', true, 'Orders cancelled or declined, goods went out.')
    ) as listed (ledger, kind, is_for_a_person, meaning)
),

items as (
    select
        merchant_id,
        'returns' as ledger,
        kind,
        '-' as cancelled_by,
        return_line_id as item_id,
        quantity,
        goods_merchant_amount as amount,
        coalesce(requested_date, placed_date) as item_date
    from return_matches
    union all
    select
        merchant_id,
        'returns' as ledger,
        'unknown_words' as kind,
        '-' as cancelled_by,
        return_line_id as item_id,
        quantity,
        goods_merchant_amount as amount,
        requested_date as item_date
    from return_claims
    union all
    select
        merchant_id,
        'refunds' as ledger,
        kind,
        coalesce(cancelled_by, '-') as cancelled_by,
        refund_id as item_id,
        quantity,
        refund_merchant_amount as amount,
        coalesce(refunded_date, placed_date) as item_date
    from refund_matches
    union all
    select
        merchant_id,
        'rto' as ledger,
        kind,
        '-' as cancelled_by,
        coalesce(awb, parcel_id) as item_id,
        quantity,
        goods_merchant_amount as amount,
        coalesce(rto_date, placed_date) as item_date
    from rto_matches
    union all
    select
        orders.merchant_id,
        'orders' as ledger,
        case
            when moved_orders.order_id is null and coalesce(order_units.shipped_quantity, 0) = 0
                then 'cancelled_before_shipping'
            when moved_orders.is_rto then 'cancelled_after_rto'
            else 'cancelled_after_shipping'
        end as kind,
        coalesce(
            orders.cancelled_by, case when orders.status = 'declined' then 'payment' end, 'unknown'
        ) as cancelled_by,
        orders.order_id as item_id,
        order_units.ordered_quantity as quantity,
        orders.total_merchant_amount as amount,
        orders.placed_date as item_date
    from orders
    left join order_units
        on orders.merchant_id = order_units.merchant_id and orders.order_id = order_units.order_id
    left join moved_orders
        on orders.merchant_id = moved_orders.merchant_id and orders.order_id = moved_orders.order_id
),

leftovers as (
    select
        items.merchant_id,
        items.ledger,
        items.kind,
        items.cancelled_by,
        items.item_id,
        items.quantity,
        items.amount,
        items.item_date,
        meanings.is_for_a_person,
        meanings.meaning,
        row_number() over (
            partition by items.merchant_id, items.ledger, items.kind, items.cancelled_by
            order by items.item_date desc nulls last, items.item_id asc
        ) as recency
    from items
    inner join meanings on items.ledger = meanings.ledger and items.kind = meanings.kind
),

sums as (
    select
        merchant_id,
        ledger,
        kind,
        cancelled_by,
        min(meaning) as meaning,
        bool_or(is_for_a_person) as is_for_a_person,
        count(*) as item_count,
        cast(coalesce(sum(quantity), 0) as bigint) as quantity,
        cast(coalesce(sum(amount), 0) as decimal(38, 4)) as amount,
        count(*) - count(amount) as without_amount_count,
        string_agg(item_id, ', ' order by recency asc) filter (where recency <= 3) as example_ids,
        min(item_date) as oldest_date,
        max(item_date) as newest_date
    from leftovers
    group by merchant_id, ledger, kind, cancelled_by
)

select
    sums.merchant_id,
    sums.ledger,
    sums.kind,
    sums.cancelled_by,
    sums.meaning,
    sums.is_for_a_person,
    sums.item_count,
    sums.quantity,
    sums.amount,
    sums.without_amount_count,
    merchants.currency_code,
    sums.example_ids,
    sums.oldest_date,
    sums.newest_date
from sums
left join merchants on sums.merchant_id = merchants.merchant_id
