-- description: The return ledger, goods: what became of the lines that customers asked to send back. One of three ledgers (goods, money, parcels that never arrived), which are never added to each other. Every return line stands in exactly one kind.
-- grain: merchant x local month x its clock x kind
-- key: merchant_id, ledger_month, clock, kind
-- load: replace
-- columns:
--   merchant_id
--   ledger_month date: First day of the local month; empty where neither request nor order is dated.
--   clock varchar: What the month is of: `requested`; `ordered` where the request has no date; `unknown`.
--   kind varchar: As core.return_matches names them; `told_twice` are lines that another one counts for.
--   return_line_count bigint: Return lines.
--   quantity bigint: Units asked to be returned.
--   goods_amount decimal(38,4): What these units had cost, in the merchant's currency; lines without are left out.
--   refund_amount decimal(38,4): Money that paid back these lines alone, in the merchant's currency; money of a whole order is in marts.ledger_refunds only.
--   without_amount_count bigint: Lines of which the cost is not known: no order line, or no exchange rate.
--   currency_code varchar: The merchant's ISO 4217 currency.
-- checks:
--   not_null: clock
--   not_null: kind
--   unique: merchant_id, ledger_month, clock, kind
--   assert only_dated_months: (clock = 'unknown') = (ledger_month is null)
--   assert unvalued_lines_are_lines: without_amount_count <= return_line_count
with
return_matches as (
    select
        merchant_id,
        kind,
        currency_code,
        quantity,
        goods_merchant_amount,
        refund_merchant_amount,
        cast(date_trunc('month', coalesce(requested_date, placed_date)) as date) as ledger_month,
        case
            when requested_date is not null then 'requested'
            when placed_date is not null then 'ordered'
            else 'unknown'
        end as clock
    from core.return_matches
)

select
    merchant_id,
    ledger_month,
    clock,
    kind,
    count(*) as return_line_count,
    cast(coalesce(sum(quantity), 0) as bigint) as quantity,
    cast(coalesce(sum(goods_merchant_amount), 0) as decimal(38, 4)) as goods_amount,
    cast(coalesce(sum(refund_merchant_amount), 0) as decimal(38, 4)) as refund_amount,
    count(*) - count(goods_merchant_amount) as without_amount_count,
    min(currency_code) as currency_code
from return_matches
group by merchant_id, ledger_month, clock, kind
