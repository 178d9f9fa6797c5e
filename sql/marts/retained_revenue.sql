-- description: What of the value of returned goods stayed with the merchant, as exchange or store credit. Settled are refunds, store credits and exchanges: what is retained and what is refunded add up to their goods. Repaired goods are no loss and stand apart, as does what is not decided yet; refused and never sent ones are left out.
-- grain: merchant x local month x its clock
-- key: merchant_id, outcome_month, clock
-- load: replace
-- columns:
--   merchant_id
--   outcome_month date: First day of the local month; empty where neither order nor request is dated.
--   clock varchar: What the month is of: `ordered`; `requested` where the order is not loaded; `unknown`.
--   settled_line_count bigint: Return lines settled by refund, store credit or exchange.
--   settled_quantity bigint: Units of them.
--   exchange_quantity bigint: Units among them that were exchanged.
--   undecided_line_count bigint: Lines not settled yet, and settled ones of which nothing tells how.
--   goods_amount decimal(38,4): What the settled goods had cost, in the merchant's currency.
--   refunded_amount decimal(38,4): Of that, what was given back as money: all of a refund's goods, of the others the money paid beside, at most the goods.
--   retained_amount decimal(38,4): Of that, what stayed: goods less refunded.
--   repaired_amount decimal(38,4): What repaired goods had cost; in no ratio.
--   undecided_amount decimal(38,4): What goods not decided yet had cost; in no ratio.
--   without_amount_count bigint: Settled lines left out of the amounts: cost or exchange rate unknown.
--   currency_code varchar: The merchant's ISO 4217 currency.
--   retained_revenue_ratio double: Retained / goods amount of settled returns, on the clock named. Empty without such goods.
--   exchange_ratio double: Exchanged / settled units, on the clock named. Empty without settled units.
-- checks:
--   not_null: clock
--   unique: merchant_id, outcome_month, clock
--   assert retained_and_refunded_are_all: goods_amount = retained_amount + refunded_amount
--   assert ratios_are_shares: retained_revenue_ratio between 0 and 1 and exchange_ratio between 0 and 1
--   assert no_ratio_without_goods: goods_amount > 0 or retained_revenue_ratio is null
--   assert no_ratio_without_units: settled_quantity > 0 or exchange_ratio is null
--   assert exchanged_were_settled: exchange_quantity <= settled_quantity

with
return_outcomes as (
    select
        merchant_id,
        outcome_month,
        clock,
        outcome,
        outcome in ('refund', 'store_credit', 'exchange') as is_settled,
        outcome in ('undecided', 'unknown') as is_undecided,
        currency_code,
        quantity,
        goods_amount,
        retained_amount
    from core.return_outcomes
),

summed as (
    select
        merchant_id,
        outcome_month,
        clock,
        count(*) filter (where is_settled) as settled_line_count,
        cast(coalesce(sum(quantity) filter (where is_settled), 0) as bigint) as settled_quantity,
        cast(coalesce(sum(quantity) filter (where outcome = 'exchange'), 0) as bigint) as exchange_quantity,
        count(*) filter (where is_undecided) as undecided_line_count,
        cast(
            coalesce(sum(goods_amount) filter (where is_settled and retained_amount is not null), 0)
            as decimal(38, 4)
        ) as goods_amount,
        cast(
            coalesce(sum(retained_amount) filter (where is_settled), 0) as decimal(38, 4)
        ) as retained_amount,
        cast(
            coalesce(sum(goods_amount) filter (where outcome = 'repair'), 0) as decimal(38, 4)
        ) as repaired_amount,
        cast(
            coalesce(sum(goods_amount) filter (where is_undecided), 0) as decimal(38, 4)
        ) as undecided_amount,
        count(*) filter (where is_settled and retained_amount is null) as without_amount_count,
        min(currency_code) as currency_code
    from return_outcomes
    group by merchant_id, outcome_month, clock
)

select
    merchant_id,
    outcome_month,
    clock,
    settled_line_count,
    settled_quantity,
    exchange_quantity,
    undecided_line_count,
    goods_amount,
    cast(goods_amount - retained_amount as decimal(38, 4)) as refunded_amount,
    retained_amount,
    repaired_amount,
    undecided_amount,
    without_amount_count,
    currency_code,
    case
        when goods_amount > 0 then cast(retained_amount as double) / cast(goods_amount as double)
    end as retained_revenue_ratio,
    case when settled_quantity > 0 then exchange_quantity / settled_quantity end as exchange_ratio
from summed
