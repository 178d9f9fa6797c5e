-- description: How every return line ended, as one of nine outcomes, and what of its goods' value the merchant kept: the one place that says what retained means. Lines that are told twice are left out. Money of a whole order that belongs to no single return is not taken from what was retained.
-- grain: return line that counts for itself
-- key: merchant_id, return_line_id
-- load: replace
-- month: outcome_month
-- columns:
--   merchant_id
--   return_line_id varchar: Id of the request line.
--   order_id varchar: Order that the goods came from, stated or found.
--   outcome varchar: `refund`: money; `store_credit`: gift certificates too; `exchange`, also where a part was refunded; `repair`; `rejected`; `cancelled`; `never_sent`: not on the way 28 days after approval or request, or its pickup was cancelled; `undecided`: not settled yet; `unknown`: settled, and nothing tells how.
--   clock varchar: What the month is of: `ordered`; `requested` where the order is not loaded; `unknown`.
--   outcome_month date: First day of the local month; empty where neither order nor request is dated.
--   outcome_week date: Monday of the local week on the same clock.
--   currency_code varchar: The merchant's ISO 4217 currency.
--   quantity bigint: Units asked to be returned.
--   goods_amount decimal(38,4): What these units had cost, in the merchant's currency; empty where it is not known.
--   refund_amount decimal(38,4): Money, not credit, that paid back this line alone, in the merchant's currency; 0 without a refund, empty where one has no rate.
--   retained_amount decimal(38,4): Of refunds, store credits and exchanges: what of the goods' value stayed: 0 of refunds, else goods less refunded money, at least 0. Empty for other outcomes and where an amount is not known.
-- checks:
--   not_null: return_line_id
--   not_null: outcome
--   unique: merchant_id, return_line_id
--   assert outcome_is_known: outcome in ('refund', 'store_credit', 'exchange', 'repair', 'rejected', 'cancelled', 'never_sent', 'undecided', 'unknown')
--   assert only_dated_months: (clock = 'unknown') = (outcome_month is null)
--   assert retained_at_most_the_goods: retained_amount between 0 and goods_amount
--   assert refunds_retain_nothing: outcome <> 'refund' or retained_amount = 0

with
return_matches as (
    select
        merchant_id,
        return_line_id,
        order_id,
        kind,
        currency_code,
        quantity,
        goods_merchant_amount,
        requested_date,
        placed_date
    from core.return_matches
    where kind <> 'told_twice'
),

return_claims as (
    select merchant_id, return_line_id, resolution_kind
    from core.return_claims
),

return_lifecycle as (
    select merchant_id, return_line_id, return_stage
    from core.return_lifecycle
),

money as (
    select
        merchant_id,
        return_line_id,
        case
            when count(*) = count(refund_merchant_amount) then sum(refund_merchant_amount)
        end as refund_amount
    from core.refund_matches
    where kind = 'matched_return' and return_line_id is not null
    group by merchant_id, return_line_id
),

-- What was done in goods or credit outweighs money that was paid beside it.
judged as (
    select
        return_matches.merchant_id,
        return_matches.return_line_id,
        return_matches.order_id,
        return_matches.currency_code,
        return_matches.quantity,
        return_matches.goods_merchant_amount as goods_amount,
        coalesce(return_matches.placed_date, return_matches.requested_date) as outcome_date,
        case
            when return_matches.placed_date is not null then 'ordered'
            when return_matches.requested_date is not null then 'requested'
            else 'unknown'
        end as clock,
        case
            when return_claims.resolution_kind in ('exchange', 'repair') then return_claims.resolution_kind
            when return_claims.resolution_kind in ('store_credit', 'gift_certificate') then 'store_credit'
            when return_matches.kind in ('store_credit', 'gift_certificate') then 'store_credit'
            when return_matches.kind = 'refunded' then 'refund'
            when return_claims.resolution_kind in ('refund', 'rejected', 'cancelled')
                then return_claims.resolution_kind
            when return_lifecycle.return_stage = 'died' then 'never_sent'
            when return_matches.kind = 'waiting' then 'undecided'
            else 'unknown'
        end as outcome,
        case when money.return_line_id is null then 0 else money.refund_amount end as refund_amount
    from return_matches
    inner join return_claims
        on
            return_matches.merchant_id = return_claims.merchant_id
            and return_matches.return_line_id = return_claims.return_line_id
    left join return_lifecycle
        on
            return_matches.merchant_id = return_lifecycle.merchant_id
            and return_matches.return_line_id = return_lifecycle.return_line_id
    left join money
        on
            return_matches.merchant_id = money.merchant_id
            and return_matches.return_line_id = money.return_line_id
)

select
    merchant_id,
    return_line_id,
    order_id,
    outcome,
    clock,
    cast(date_trunc('month', outcome_date) as date) as outcome_month,
    cast(date_trunc('week', outcome_date) as date) as outcome_week,
    currency_code,
    quantity,
    goods_amount,
    cast(refund_amount as decimal(38, 4)) as refund_amount,
    cast(
        case
            when goods_amount is null or goods_amount < 0 then null
            when outcome = 'refund' then 0
            when outcome in ('store_credit', 'exchange') and refund_amount is not null
                then greatest(goods_amount - refund_amount, 0)
        end as decimal(38, 4)
    ) as retained_amount
from judged
