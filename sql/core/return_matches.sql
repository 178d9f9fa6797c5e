-- description: The return ledger line by line: what became of the goods that customers asked to send back, and the money that answers it. A refund of a whole order is never spread over its returns: it stands here only where it can belong to one, or where their sum is the money.
-- grain: return line
-- key: merchant_id, return_line_id
-- load: merge
-- case: return_line_id
-- month: requested_date
-- columns:
--   merchant_id
--   return_line_id varchar: Id of the request line.
--   order_id varchar: Order that the goods came from, as core.return_line_matches found it.
--   kind varchar: `refunded`; `store_credit`, `gift_certificate`, `exchange`, `repair`: settled so; `rejected`, `cancelled`; `order_level_not_attributable`: money of the order went back, for which of its returns is not told; `return_without_refund`: settled or refunded by its words, and no money is booked; `waiting`: not settled yet; `refund_unknown`: settled, and the merchant's sources tell no refunds; `unknown_order`: settled, and the order is not loaded; `told_twice`: another line tells of the same goods.
--   matched_by varchar: How the refund was found, as in core.refund_matches; empty without one.
--   currency_code varchar: The merchant's ISO 4217 currency.
--   refund_count bigint: Refund items that paid back this line alone.
--   quantity bigint: Units asked to be returned.
--   goods_merchant_amount decimal(38,4): What these units had cost, in the merchant's currency; empty where it is not known.
--   refund_merchant_amount decimal(38,4): Money that paid back this line alone, in the merchant's currency.
--   requested_date date: The merchant's local date of the request.
--   placed_date date: The merchant's local date of the order.
--   refunded_date date: First day on which money went back for it, where it is known.
-- checks:
--   not_null: return_line_id
--   not_null: kind
--   unique: merchant_id, return_line_id
--   assert kind_is_known: kind in ('refunded', 'store_credit', 'gift_certificate', 'exchange', 'repair', 'rejected', 'cancelled', 'order_level_not_attributable', 'return_without_refund', 'waiting', 'refund_unknown', 'unknown_order', 'told_twice')
--   assert refund_has_an_amount: refund_count > 0 or refund_merchant_amount is null
with
return_claims as (
    select
        merchant_id,
        return_line_id,
        order_id,
        status,
        resolution_kind,
        quantity,
        goods_merchant_amount,
        is_twin,
        is_orphan,
        is_countable,
        is_refund_possible,
        requested_date
    from core.return_claims
),

return_lines as (
    select merchant_id, return_line_id, resolved_at
    from core.return_lines
),

orders as (
    select merchant_id, order_id, total_amount, gift_certificate_amount, placed_date
    from core.orders
),

merchants as (
    select merchant_id, currency_code
    from core.merchants
),

refund_matches as (
    select
        merchant_id,
        order_id,
        return_line_id,
        kind,
        matched_by,
        refund_merchant_amount,
        refunded_date
    from core.refund_matches
),

refund_sources as (
    select merchant_id
    from core.refund_sources
),

paid_lines as (
    select
        merchant_id,
        return_line_id,
        count(*) as refund_count,
        min(matched_by) as matched_by,
        bool_and(kind = 'store_credit') as is_store_credit,
        bool_and(kind = 'gift_certificate') as is_gift_certificate,
        cast(sum(refund_merchant_amount) as decimal(38, 4)) as refund_merchant_amount,
        min(refunded_date) as refunded_date
    from refund_matches
    where return_line_id is not null
    group by merchant_id, return_line_id
),

paid_orders as (
    select
        merchant_id,
        order_id,
        bool_or(matched_by = 'refunded_set') as is_refunded_set,
        bool_or(matched_by in ('whole_set', 'whole_order')) as is_whole_set,
        bool_or(matched_by = 'order_set') as is_order_set,
        min(refunded_date) as refunded_date
    from refund_matches
    where matched_by in ('refunded_set', 'whole_set', 'whole_order', 'order_set')
    group by merchant_id, order_id
),

gathered as (
    select
        return_claims.merchant_id,
        return_claims.return_line_id,
        return_claims.order_id,
        return_claims.status,
        return_claims.resolution_kind,
        return_claims.quantity,
        return_claims.goods_merchant_amount,
        return_claims.is_twin,
        return_claims.is_orphan,
        return_claims.requested_date,
        merchants.currency_code,
        orders.placed_date,
        coalesce(paid_lines.refund_count, 0) as refund_count,
        paid_lines.refund_merchant_amount,
        coalesce(paid_lines.is_store_credit, false) as is_store_credit,
        coalesce(paid_lines.is_gift_certificate, false) as is_gift_certificate,
        coalesce(orders.total_amount = 0 and orders.gift_certificate_amount > 0, false)
            as is_paid_by_certificate,
        refund_sources.merchant_id is not null as has_refund_source,
        -- What is closed, or dated as settled, waits for nothing.
        coalesce(return_claims.status = 'closed', false)
        or return_lines.resolved_at is not null
        or return_claims.resolution_kind is not null as is_settled,
        case
            when paid_lines.return_line_id is not null then paid_lines.matched_by
            when not return_claims.is_countable then null
            when paid_orders.is_refunded_set and return_claims.resolution_kind = 'refund' then 'refunded_set'
            when paid_orders.is_whole_set and return_claims.is_refund_possible then 'whole_set'
            when paid_orders.is_order_set and return_claims.is_refund_possible then 'order_set'
        end as matched_by,
        coalesce(
            paid_lines.refunded_date,
            case when return_claims.is_refund_possible then paid_orders.refunded_date end
        ) as refunded_date
    from return_claims
    left join return_lines
        on
            return_claims.merchant_id = return_lines.merchant_id
            and return_claims.return_line_id = return_lines.return_line_id
    left join orders
        on return_claims.merchant_id = orders.merchant_id and return_claims.order_id = orders.order_id
    left join merchants on return_claims.merchant_id = merchants.merchant_id
    left join paid_lines
        on
            return_claims.merchant_id = paid_lines.merchant_id
            and return_claims.return_line_id = paid_lines.return_line_id
    left join paid_orders
        on
            return_claims.merchant_id = paid_orders.merchant_id
            and return_claims.order_id = paid_orders.order_id
    left join refund_sources on return_claims.merchant_id = refund_sources.merchant_id
)

select
    merchant_id,
    return_line_id,
    order_id,
    case
        when is_twin then 'told_twice'
        when refund_count > 0 and is_store_credit then 'store_credit'
        when refund_count > 0 and is_gift_certificate then 'gift_certificate'
        when refund_count > 0 then 'refunded'
        when resolution_kind in ('rejected', 'cancelled') then resolution_kind
        when resolution_kind in ('store_credit', 'gift_certificate', 'exchange', 'repair')
            then resolution_kind
        when matched_by in ('refunded_set', 'whole_set') then 'refunded'
        when matched_by = 'order_set' then 'order_level_not_attributable'
        when not is_settled then 'waiting'
        when is_orphan then 'unknown_order'
        when is_paid_by_certificate then 'gift_certificate'
        when not has_refund_source then 'refund_unknown'
        else 'return_without_refund'
    end as kind,
    matched_by,
    currency_code,
    refund_count,
    quantity,
    goods_merchant_amount,
    refund_merchant_amount,
    requested_date,
    placed_date,
    case when matched_by is not null then refunded_date end as refunded_date
from gathered
