-- description: The RTO ledger: parcels that went out, never arrived and came back, and what that means for money. One of three ledgers (goods, money, parcels that never arrived), which are never added to each other. Every such parcel stands in exactly one kind.
-- grain: merchant x local month x its clock x kind
-- key: merchant_id, ledger_month, clock, kind
-- load: replace
-- columns:
--   merchant_id
--   ledger_month date: First day of the local month; empty where neither parcel nor order is dated.
--   clock varchar: What the month is of: `rto` (marked, else back, else shipped); `ordered` where the parcel has no date; `unknown`.
--   kind varchar: As core.rto_matches names them.
--   parcel_count bigint: Parcels.
--   back_count bigint: Parcels among them that are at the warehouse again.
--   quantity bigint: Units in them, where known.
--   goods_amount decimal(38,4): What these units had cost, in the merchant's currency; parcels without are left out.
--   without_amount_count bigint: Parcels whose contents, prices or exchange rate are not known.
--   currency_code varchar: The merchant's ISO 4217 currency.
-- checks:
--   not_null: clock
--   not_null: kind
--   unique: merchant_id, ledger_month, clock, kind
--   assert only_dated_months: (clock = 'unknown') = (ledger_month is null)
--   assert parts_are_of_the_parcels: without_amount_count <= parcel_count and back_count <= parcel_count
with
rto_matches as (
    select
        merchant_id,
        kind,
        currency_code,
        quantity,
        goods_merchant_amount,
        is_back,
        cast(date_trunc('month', coalesce(rto_date, placed_date)) as date) as ledger_month,
        case
            when rto_date is not null then 'rto'
            when placed_date is not null then 'ordered'
            else 'unknown'
        end as clock
    from core.rto_matches
)

select
    merchant_id,
    ledger_month,
    clock,
    kind,
    count(*) as parcel_count,
    count(*) filter (where is_back) as back_count,
    cast(coalesce(sum(quantity), 0) as bigint) as quantity,
    cast(coalesce(sum(goods_merchant_amount), 0) as decimal(38, 4)) as goods_amount,
    count(*) - count(goods_merchant_amount) as without_amount_count,
    min(currency_code) as currency_code
from rto_matches
group by merchant_id, ledger_month, clock, kind
