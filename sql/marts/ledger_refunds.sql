-- description: The refund ledger, money: what every refund item paid back. One of three ledgers (goods, money, parcels that never arrived), which are never added to each other. Every refund item stands in exactly one kind; declined ones are a kind of their own and no money.
-- grain: merchant x local month x its clock x kind
-- key: merchant_id, ledger_month, clock, kind
-- load: replace
-- columns:
--   merchant_id
--   ledger_month date: First day of the local month; empty where neither refund nor order is dated.
--   clock varchar: What the month is of: `refunded`; `ordered` where the source has no date of the refund; `unknown`.
--   kind varchar: As core.refund_matches names them.
--   refund_count bigint: Refund items.
--   quantity bigint: Units of the items that state them; refunds of a whole order state none.
--   refund_amount decimal(38,4): Money, in the merchant's currency; items without a rate are left out.
--   without_rate_count bigint: Items whose exchange rate is missing.
--   currency_code varchar: The merchant's ISO 4217 currency.
-- checks:
--   not_null: clock
--   not_null: kind
--   unique: merchant_id, ledger_month, clock, kind
--   assert only_dated_months: (clock = 'unknown') = (ledger_month is null)
--   assert items_without_rate_are_items: without_rate_count <= refund_count
with
refund_matches as (
    select
        merchant_id,
        kind,
        quantity,
        refund_merchant_amount,
        cast(date_trunc('month', coalesce(refunded_date, placed_date)) as date) as ledger_month,
        case
            when refunded_date is not null then 'refunded'
            when placed_date is not null then 'ordered'
            else 'unknown'
        end as clock
    from core.refund_matches
),

merchants as (
    select merchant_id, currency_code
    from core.merchants
),

sums as (
    select
        merchant_id,
        ledger_month,
        clock,
        kind,
        count(*) as refund_count,
        cast(coalesce(sum(quantity), 0) as bigint) as quantity,
        cast(coalesce(sum(refund_merchant_amount), 0) as decimal(38, 4)) as refund_amount,
        count(*) - count(refund_merchant_amount) as without_rate_count
    from refund_matches
    group by merchant_id, ledger_month, clock, kind
)

select
    sums.merchant_id,
    sums.ledger_month,
    sums.clock,
    sums.kind,
    sums.refund_count,
    sums.quantity,
    sums.refund_amount,
    sums.without_rate_count,
    merchants.currency_code
from sums
left join merchants on sums.merchant_id = merchants.merchant_id
