-- description: The RTO ledger parcel by parcel: what went out, never arrived and came back, and what that means for money. RTO is neither a return nor a refund, and is never added to them.
-- grain: parcel to the customer that came back undelivered, or is on its way back
-- key: merchant_id, parcel_id
-- load: merge
-- case: parcel_id
-- columns:
--   merchant_id
--   parcel_id varchar: Parcel of core.parcels.
--   order_id varchar: Order that the parcel belongs to; empty where unknown.
--   awb varchar: Waybill number, as the source writes it.
--   kind varchar: `rto_refunded`: money of the order went back for it; `rto_sent_again`: a later parcel of the order was delivered; `rto_nothing_due`: cash on delivery, or nothing was paid; `rto_on_the_way`: not back yet; `rto_not_refunded`: paid, back, no money went back; `rto_refund_unknown`: the merchant's sources tell no refunds; `rto_unknown_order`: the order is not loaded.
--   payment_evidence varchar: What says how it was paid: `parcel`, `order`, or `assumed` (nothing does; it is taken for paid).
--   currency_code varchar: The merchant's ISO 4217 currency.
--   quantity bigint: Units in the parcel; those of the order where it is its only parcel and no contents are known; else empty.
--   goods_merchant_amount decimal(38,4): What these units had cost, in the merchant's currency; empty where it is not known.
--   rto_date date: The merchant's local date on which it was marked, else came back, else was shipped; empty where no date is known.
--   placed_date date: The merchant's local date of the order.
--   is_back boolean: It arrived at the warehouse again.
-- checks:
--   not_null: parcel_id
--   not_null: kind
--   unique: merchant_id, parcel_id
--   assert kind_is_known: kind in ('rto_refunded', 'rto_sent_again', 'rto_nothing_due', 'rto_on_the_way', 'rto_not_refunded', 'rto_refund_unknown', 'rto_unknown_order')
with
merchants as (
    select merchant_id, coalesce(timezone, 'UTC') as timezone, currency_code
    from core.merchants
),

parcels as (
    select
        merchant_id,
        parcel_id,
        order_id,
        awb,
        regexp_replace(lower(trim(payment_mode)), '[\s_-]+', ' ', 'g') as payment_words,
        status,
        is_rto,
        is_orphan,
        outcome,
        coalesce(shipped_at, cast(shipped_date as timestamp), booked_at) as sent_at,
        shipped_date,
        coalesce(rto_marked_at, rto_delivered_at, shipped_at, booked_at) as rto_at,
        coalesce(rto_marked_at, rto_delivered_at) is not null as is_rto_dated,
        rto_delivered_at is not null or coalesce(status = 'rto_delivered', false) as is_back,
        count(*) over (partition by merchant_id, order_id) as parcel_count
    from core.parcels
    where coalesce(direction, 'forward') = 'forward'
),

parcel_lines as (
    select merchant_id, parcel_id, order_id, order_line_id, quantity
    from core.parcel_lines
),

orders as (
    select
        merchant_id,
        order_id,
        regexp_replace(lower(trim(payment_method)), '[\s_-]+', ' ', 'g') as payment_words,
        total_amount,
        gift_certificate_amount,
        store_credit_amount,
        placed_date
    from core.orders
),

order_lines as (
    select merchant_id, order_id, order_line_id, quantity, line_total_merchant_amount
    from core.order_lines
),

refund_matches as (
    select merchant_id, order_id, order_line_id, kind, matched_by
    from core.refund_matches
),

-- Lower case, blanks folded: the customer pays at the door, so nothing was paid for what did not arrive.
cash_words as (
    select listed.words
    from (
        values
        ('cod'),
        ('cash on delivery'),
        ('cash on delivery (cod)'),
        ('cashondelivery'),
        ('pay on delivery'),
        ('collect'),
        ('貨到付款'),
        ('货到付款'),
        ('代金引換'),
        ('nachnahme'),
        ('contre remboursement'),
        ('contra reembolso'),
        ('contrassegno')
    ) as listed (words)
),

refund_sources as (
    select merchant_id
    from core.refund_sources
),

-- A refund of a line pays for the parcel that held it; any other one for every RTO parcel of its order.
refunded_orders as (
    select distinct merchant_id, order_id
    from refund_matches
    where
        matched_by = 'order'
        and kind in ('rto_refunded', 'store_credit', 'gift_certificate')
),

refunded_parcels as (
    select distinct parcel_lines.merchant_id, parcel_lines.parcel_id
    from parcel_lines
    inner join refund_matches
        on
            parcel_lines.merchant_id = refund_matches.merchant_id
            and parcel_lines.order_id = refund_matches.order_id
            and parcel_lines.order_line_id = refund_matches.order_line_id
    where refund_matches.matched_by = 'parcel_line'
),

later_deliveries as (
    select merchant_id, order_id, max(sent_at) as last_sent_at
    from parcels
    where outcome = 'delivered' and order_id is not null
    group by merchant_id, order_id
),

rto_parcels as (
    select
        merchant_id,
        parcel_id,
        order_id,
        awb,
        payment_words,
        is_orphan,
        sent_at,
        shipped_date,
        rto_at,
        is_rto_dated,
        is_back,
        parcel_count
    from parcels
    where is_rto
),

contents as (
    select
        rto_parcels.merchant_id,
        rto_parcels.parcel_id,
        cast(sum(parcel_lines.quantity) as bigint) as quantity,
        case
            when bool_and(order_lines.line_total_merchant_amount is not null and order_lines.quantity > 0)
                then
                    sum(
                        cast(
                            order_lines.line_total_merchant_amount
                            * least(
                                coalesce(parcel_lines.quantity, order_lines.quantity), order_lines.quantity
                            )
                            / nullif(order_lines.quantity, 0) as decimal(38, 4)
                        )
                    )
        end as goods_merchant_amount
    from rto_parcels
    inner join parcel_lines
        on
            rto_parcels.merchant_id = parcel_lines.merchant_id
            and rto_parcels.parcel_id = parcel_lines.parcel_id
    left join order_lines
        on
            parcel_lines.merchant_id = order_lines.merchant_id
            and parcel_lines.order_id = order_lines.order_id
            and parcel_lines.order_line_id = order_lines.order_line_id
    group by rto_parcels.merchant_id, rto_parcels.parcel_id
),

order_contents as (
    select
        rto_parcels.merchant_id,
        rto_parcels.parcel_id,
        cast(sum(order_lines.quantity) as bigint) as quantity,
        case
            when bool_and(order_lines.line_total_merchant_amount is not null)
                then cast(sum(order_lines.line_total_merchant_amount) as decimal(38, 4))
        end as goods_merchant_amount
    from rto_parcels
    inner join order_lines
        on
            rto_parcels.merchant_id = order_lines.merchant_id
            and rto_parcels.order_id = order_lines.order_id
    where rto_parcels.parcel_count = 1
    group by rto_parcels.merchant_id, rto_parcels.parcel_id
),

judged as (
    select
        rto_parcels.merchant_id,
        rto_parcels.parcel_id,
        rto_parcels.order_id,
        rto_parcels.awb,
        rto_parcels.is_back,
        merchants.currency_code,
        orders.placed_date,
        coalesce(contents.quantity, order_contents.quantity) as quantity,
        coalesce(contents.goods_merchant_amount, order_contents.goods_merchant_amount)
            as goods_merchant_amount,
        case
            when rto_parcels.is_rto_dated or rto_parcels.shipped_date is null
                then
                    cast(
                        timezone(
                            coalesce(merchants.timezone, 'UTC'), timezone('UTC', rto_parcels.rto_at)
                        ) as date
                    )
            else rto_parcels.shipped_date
        end as rto_date,
        case
            when coalesce(rto_parcels.payment_words, '') <> '' then 'parcel'
            when coalesce(orders.payment_words, '') <> '' then 'order'
            else 'assumed'
        end as payment_evidence,
        cash_words.words is not null
        or coalesce(
            orders.total_amount = 0
            and coalesce(orders.gift_certificate_amount, 0) = 0
            and coalesce(orders.store_credit_amount, 0) = 0,
            false
        ) as is_nothing_paid,
        rto_parcels.is_orphan or orders.order_id is null as is_unknown_order,
        refunded_orders.order_id is not null or refunded_parcels.parcel_id is not null as is_refunded,
        coalesce(later_deliveries.last_sent_at > rto_parcels.sent_at, false) as is_sent_again,
        refund_sources.merchant_id is not null as has_refund_source
    from rto_parcels
    left join merchants on rto_parcels.merchant_id = merchants.merchant_id
    left join orders
        on rto_parcels.merchant_id = orders.merchant_id and rto_parcels.order_id = orders.order_id
    left join cash_words
        on
            case
                when coalesce(rto_parcels.payment_words, '') <> '' then rto_parcels.payment_words
                else orders.payment_words
            end = cash_words.words
    left join refunded_orders
        on
            rto_parcels.merchant_id = refunded_orders.merchant_id
            and rto_parcels.order_id = refunded_orders.order_id
    left join refunded_parcels
        on
            rto_parcels.merchant_id = refunded_parcels.merchant_id
            and rto_parcels.parcel_id = refunded_parcels.parcel_id
    left join later_deliveries
        on
            rto_parcels.merchant_id = later_deliveries.merchant_id
            and rto_parcels.order_id = later_deliveries.order_id
    left join contents
        on rto_parcels.merchant_id = contents.merchant_id and rto_parcels.parcel_id = contents.parcel_id
    left join order_contents
        on
            rto_parcels.merchant_id = order_contents.merchant_id
            and rto_parcels.parcel_id = order_contents.parcel_id
    left join refund_sources on rto_parcels.merchant_id = refund_sources.merchant_id
)

select
    merchant_id,
    parcel_id,
    order_id,
    awb,
    case
        when is_refunded then 'rto_refunded'
        when is_unknown_order then 'rto_unknown_order'
        when is_sent_again then 'rto_sent_again'
        when is_nothing_paid then 'rto_nothing_due'
        when not is_back then 'rto_on_the_way'
        when not has_refund_source then 'rto_refund_unknown'
        else 'rto_not_refunded'
    end as kind,
    payment_evidence,
    currency_code,
    quantity,
    goods_merchant_amount,
    rto_date,
    placed_date,
    is_back
from judged
