-- description: What every refund item paid back: a return, a parcel that never arrived, an order cancelled before shipping, something that is no goods, or a named leftover. Ways of matching from the surest: the return line, the order's line, the only return of the order, equal money. Money of a whole order is never spread over its returns.
-- grain: refund item
-- key: merchant_id, refund_id
-- load: merge
-- case: order_id
-- month: refunded_date
-- columns:
--   merchant_id
--   refund_id
--   order_id varchar: Order that the money belongs to.
--   order_line_id varchar: Line of that order, where the source states it.
--   return_line_id varchar: Return line that it paid back, where it is a single one.
--   kind varchar: `matched_return`; `rto_refunded`: the order or line came back undelivered; `cancelled_before_shipping`; `refund_without_return`: shipped, and no return is known; `order_level_not_attributable`: the order has several returns and the money tells not which; `store_credit` or `gift_certificate`: not paid in money (or 0 for an order that a certificate paid); `not_goods`: shipping, handling, tax, fee, gift wrapping; `declined`; `zero_amount`; `unknown_order`: the order is not loaded.
--   matched_by varchar: `return_line`: the source names it; `order_line`: the only return of that line; `order_item`: the only return of its product, which the order holds on several lines; `single_return`: the only one of the order; `equal_money`: the only one that had cost as much; `refunded_set`, `whole_set`: all returns that are refunded, or all, had cost as much together; `whole_order`: the order's total, and all of it came back; `order_set`: several returns, none of these; `order`, `parcel_line`: the order or what lay in the parcel that came back. Empty without a match.
--   item_kind varchar: What the money was for, as core.refunds says.
--   gateway
--   cancelled_by varchar: For `cancelled_before_shipping`: customer, merchant, payment or unknown.
--   currency_code
--   countable_return_count bigint: Returns of the order that count: neither rejected nor cancelled, told once.
--   quantity bigint: Units refunded, where the source states them.
--   refund_amount decimal(18,4): Money that went back, in the order's currency.
--   refund_merchant_amount
--   refunded_date
--   placed_date date: The merchant's local date of the order.
-- checks:
--   not_null: refund_id
--   not_null: kind
--   unique: merchant_id, refund_id
--   assert kind_is_known: kind in ('matched_return', 'rto_refunded', 'cancelled_before_shipping', 'refund_without_return', 'order_level_not_attributable', 'store_credit', 'gift_certificate', 'not_goods', 'declined', 'zero_amount', 'unknown_order')
--   assert matches_say_how: kind not in ('matched_return', 'rto_refunded', 'order_level_not_attributable') or matched_by is not null
--   assert who_cancelled_is_stated: (kind = 'cancelled_before_shipping') = (cancelled_by is not null)
with
refunds as (
    select
        merchant_id,
        refund_id,
        order_id,
        order_line_id,
        return_line_id,
        item_kind,
        gateway,
        regexp_replace(lower(trim(gateway)), '[\s_-]+', ' ', 'g') as gateway_words,
        currency_code,
        quantity,
        refund_amount,
        refund_merchant_amount,
        coalesce(is_declined, false) as is_declined,
        coalesce(refunded_date, cast(refunded_at as date)) as refunded_date
    from core.refunds
),

-- Few orders have refunds: only these are looked at.
refunded_orders as (
    select distinct merchant_id, order_id
    from refunds
),

orders as (
    select
        merchant_id,
        order_id,
        status,
        cancelled_by,
        total_amount,
        gift_certificate_amount,
        placed_date
    from core.orders
),

order_units as (
    select merchant_id, order_id, ordered_quantity, shipped_quantity
    from core.order_units
),

return_claims as (
    select
        merchant_id,
        return_line_id,
        twin_return_line_id,
        order_id,
        order_line_id,
        resolution_kind,
        quantity,
        goods_amount,
        is_countable,
        is_refund_possible
    from core.return_claims
),

order_lines as (
    select
        sold.merchant_id,
        sold.order_id,
        sold.order_line_id,
        coalesce(nullif(nullif(sold.product_id, ''), '0'), nullif(sold.sku, ''), sold.product_name)
            as item_id
    from core.order_lines as sold
    inner join refunded_orders
        on sold.merchant_id = refunded_orders.merchant_id and sold.order_id = refunded_orders.order_id
),

parcels as (
    select
        told.merchant_id,
        told.parcel_id,
        told.order_id,
        told.is_rto,
        told.shipped_at is not null
        or told.shipped_date is not null
        or told.delivered_at is not null
        or told.is_rto as is_moved
    from core.parcels as told
    inner join refunded_orders
        on told.merchant_id = refunded_orders.merchant_id and told.order_id = refunded_orders.order_id
    where coalesce(told.direction, 'forward') = 'forward'
),

parcel_lines as (
    select merchant_id, parcel_id, order_line_id
    from core.parcel_lines
    where order_line_id is not null
),

parcels_of_order as (
    select
        merchant_id,
        order_id,
        bool_or(is_moved) as is_moved,
        bool_or(is_rto) as has_rto,
        bool_and(is_rto) as is_wholly_rto
    from parcels
    group by merchant_id, order_id
),

lines_come_back as (
    select distinct parcels.merchant_id, parcels.order_id, parcel_lines.order_line_id
    from parcels
    inner join parcel_lines
        on parcels.merchant_id = parcel_lines.merchant_id and parcels.parcel_id = parcel_lines.parcel_id
    where parcels.is_rto
),

-- Where everything was settled by exchange, credit or repair, all countable returns are candidates.
claims_of_order as (
    select
        merchant_id,
        order_id,
        count(*) as countable_count,
        count(*) filter (where is_refund_possible) as possible_count,
        min(return_line_id) as only_countable_id,
        min(return_line_id) filter (where is_refund_possible) as only_possible_id,
        count(*) filter (where order_line_id is null) as unplaced_count,
        min(return_line_id) filter (where order_line_id is null) as only_unplaced_id,
        sum(quantity) filter (where is_refund_possible) as possible_quantity,
        case
            when bool_and(goods_amount is not null) filter (where is_refund_possible)
                then sum(goods_amount) filter (where is_refund_possible)
        end as possible_amount,
        case
            when bool_and(goods_amount is not null) filter (where resolution_kind = 'refund')
                then sum(goods_amount) filter (where resolution_kind = 'refund')
        end as refunded_amount
    from return_claims
    where is_countable
    group by merchant_id, order_id
),

claims_of_line as (
    select
        merchant_id,
        order_id,
        order_line_id,
        count(*) as claim_count,
        min(return_line_id) as only_id
    from return_claims
    where is_countable and order_line_id is not null
    group by merchant_id, order_id, order_line_id
),

-- An order may hold one product on several lines; a request that names the product stands on the first.
refunded_items as (
    select refunds.merchant_id, refunds.refund_id, refunds.order_id, order_lines.item_id
    from refunds
    inner join order_lines
        on
            refunds.merchant_id = order_lines.merchant_id
            and refunds.order_id = order_lines.order_id
            and refunds.order_line_id = order_lines.order_line_id
),

claims_of_item as (
    select
        return_claims.merchant_id,
        return_claims.order_id,
        order_lines.item_id,
        count(*) as claim_count,
        min(return_claims.return_line_id) as only_id
    from return_claims
    inner join order_lines
        on
            return_claims.merchant_id = order_lines.merchant_id
            and return_claims.order_id = order_lines.order_id
            and return_claims.order_line_id = order_lines.order_line_id
    where return_claims.is_countable
    group by return_claims.merchant_id, return_claims.order_id, order_lines.item_id
),

claims_of_money as (
    select
        merchant_id,
        order_id,
        goods_amount,
        count(*) as claim_count,
        min(return_line_id) as only_id
    from return_claims
    where is_refund_possible and goods_amount > 0
    group by merchant_id, order_id, goods_amount
),

gathered as (
    select
        refunds.*,
        orders.placed_date,
        orders.order_id is not null as is_order_loaded,
        orders.total_amount,
        coalesce(
            orders.cancelled_by, case when orders.status = 'declined' then 'payment' end, 'unknown'
        ) as who_cancelled,
        coalesce(orders.total_amount = 0 and orders.gift_certificate_amount > 0, false)
            as is_paid_by_certificate,
        coalesce(order_units.shipped_quantity = 0, false) and not coalesce(parcels_of_order.is_moved, false)
            as is_never_shipped,
        order_units.ordered_quantity,
        coalesce(parcels_of_order.has_rto, false) as has_rto,
        coalesce(parcels_of_order.is_wholly_rto, false) as is_wholly_rto,
        lines_come_back.order_line_id is not null as is_line_come_back,
        coalesce(named.twin_return_line_id, named.return_line_id) as named_id,
        coalesce(claims_of_order.countable_count, 0) as countable_count,
        coalesce(claims_of_order.possible_count, 0) as possible_count,
        claims_of_order.only_countable_id,
        claims_of_order.only_possible_id,
        coalesce(claims_of_order.unplaced_count, 0) as unplaced_count,
        claims_of_order.only_unplaced_id,
        claims_of_order.possible_quantity,
        claims_of_order.possible_amount,
        claims_of_order.refunded_amount,
        coalesce(claims_of_line.claim_count, 0) as line_claim_count,
        claims_of_line.only_id as only_line_id,
        coalesce(claims_of_item.claim_count, 0) as item_claim_count,
        claims_of_item.only_id as only_item_id,
        coalesce(claims_of_money.claim_count, 0) as money_claim_count,
        claims_of_money.only_id as only_money_id
    from refunds
    left join orders on refunds.merchant_id = orders.merchant_id and refunds.order_id = orders.order_id
    left join order_units
        on refunds.merchant_id = order_units.merchant_id and refunds.order_id = order_units.order_id
    left join parcels_of_order
        on refunds.merchant_id = parcels_of_order.merchant_id and refunds.order_id = parcels_of_order.order_id
    left join lines_come_back
        on
            refunds.merchant_id = lines_come_back.merchant_id
            and refunds.order_id = lines_come_back.order_id
            and refunds.order_line_id = lines_come_back.order_line_id
    left join return_claims as named
        on
            refunds.merchant_id = named.merchant_id
            and refunds.return_line_id = named.return_line_id
    left join claims_of_order
        on refunds.merchant_id = claims_of_order.merchant_id and refunds.order_id = claims_of_order.order_id
    left join claims_of_line
        on
            refunds.merchant_id = claims_of_line.merchant_id
            and refunds.order_id = claims_of_line.order_id
            and refunds.order_line_id = claims_of_line.order_line_id
    left join refunded_items
        on
            refunds.merchant_id = refunded_items.merchant_id
            and refunds.refund_id = refunded_items.refund_id
    left join claims_of_item
        on
            refunded_items.merchant_id = claims_of_item.merchant_id
            and refunded_items.order_id = claims_of_item.order_id
            and refunded_items.item_id = claims_of_item.item_id
    left join claims_of_money
        on
            refunds.merchant_id = claims_of_money.merchant_id
            and refunds.order_id = claims_of_money.order_id
            and refunds.refund_amount = claims_of_money.goods_amount
),

-- The surest way that applies; the order of the branches is the order of trust.
matched as (
    select
        *,
        case
            when is_declined or not is_order_loaded or refund_amount = 0 then null
            when coalesce(item_kind not in ('product', 'order'), false) then null
            when named_id is not null then 'return_line'
            when is_wholly_rto then 'order'
            when line_claim_count = 1 then 'order_line'
            when line_claim_count > 1 then 'order_set'
            when item_claim_count = 1 then 'order_item'
            when item_claim_count > 1 then 'order_set'
            when order_line_id is not null and unplaced_count = 1 then 'single_return'
            when order_line_id is not null and unplaced_count > 1 then 'order_set'
            when is_line_come_back then 'parcel_line'
            when order_line_id is not null then null
            when has_rto and countable_count = 0 then 'order'
            when countable_count = 1 and not has_rto then 'single_return'
            when possible_count = 1 and not has_rto then 'single_return'
            when money_claim_count = 1 then 'equal_money'
            when refunded_amount = refund_amount then 'refunded_set'
            when possible_amount = refund_amount then 'whole_set'
            when total_amount = refund_amount and possible_quantity >= ordered_quantity then 'whole_order'
            when countable_count > 0 then 'order_set'
        end as matched_by
    from gathered
),

named_matches as (
    select
        *,
        case matched_by
            when 'return_line' then named_id
            when 'order_line' then only_line_id
            when 'order_item' then only_item_id
            when 'single_return'
                then
                    case
                        when order_line_id is not null then only_unplaced_id
                        when countable_count = 1 then only_countable_id
                        else only_possible_id
                    end
            when 'equal_money' then only_money_id
        end as matched_return_line_id,
        case
            when is_declined then 'declined'
            when not is_order_loaded then 'unknown_order'
            when coalesce(item_kind not in ('product', 'order'), false) then 'not_goods'
            when refund_amount = 0 and is_paid_by_certificate then 'gift_certificate'
            when refund_amount = 0 then 'zero_amount'
            when gateway_words in ('store credit', 'storecredit', 'wallet', '購物金', '购物金')
                then 'store_credit'
            when gateway_words in ('gift certificate', 'giftcertificate', 'gift card', '禮券', '礼券')
                then 'gift_certificate'
            when matched_by = 'order_set' then 'order_level_not_attributable'
            when matched_by in ('order', 'parcel_line') then 'rto_refunded'
            when matched_by is not null then 'matched_return'
            when is_never_shipped then 'cancelled_before_shipping'
            else 'refund_without_return'
        end as kind
    from matched
)

select
    merchant_id,
    refund_id,
    order_id,
    order_line_id,
    matched_return_line_id as return_line_id,
    kind,
    matched_by,
    item_kind,
    gateway,
    case when kind = 'cancelled_before_shipping' then who_cancelled end as cancelled_by,
    currency_code,
    countable_count as countable_return_count,
    quantity,
    refund_amount,
    refund_merchant_amount,
    refunded_date,
    placed_date
from named_matches
