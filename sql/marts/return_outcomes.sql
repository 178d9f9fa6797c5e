-- description: How returns end, by when the goods were ordered: refund, store credit, exchange, repair, refused, never sent, or not decided yet. Young periods hold many undecided ones. Every return line stands in one outcome; those that are told twice are left out.
-- grain: merchant x kind of period x local period x its clock x outcome
-- key: merchant_id, period_kind, period_start_date, clock, outcome
-- load: replace
-- columns:
--   merchant_id
--   period_kind varchar: `month` or `week` (from Monday).
--   period_start_date date: First local day of the period; empty where neither order nor request is dated.
--   clock varchar: What the period is of: `ordered`; `requested` where the order is not loaded; `unknown`.
--   outcome varchar: As core.return_outcomes names them: refund, store_credit (gift certificates too), exchange, repair, rejected, cancelled, never_sent, undecided, unknown.
--   return_line_count bigint: Return lines.
--   quantity bigint: Units asked to be returned.
--   goods_amount decimal(38,4): What these units had cost, in the merchant's currency; lines without are left out.
--   without_amount_count bigint: Lines of which the cost is not known: no order line, or no exchange rate.
--   currency_code varchar: The merchant's ISO 4217 currency.
-- checks:
--   not_null: clock
--   not_null: outcome
--   unique: merchant_id, period_kind, period_start_date, clock, outcome
--   assert period_kind_is_known: period_kind in ('month', 'week')
--   assert only_dated_periods: (clock = 'unknown') = (period_start_date is null)
--   assert unvalued_lines_are_lines: without_amount_count <= return_line_count

with
return_outcomes as (
    select merchant_id, outcome, clock, outcome_month, outcome_week, currency_code, quantity, goods_amount
    from core.return_outcomes
),

in_periods as (
    select
        merchant_id,
        'month' as period_kind,
        outcome_month as period_start_date,
        clock,
        outcome,
        currency_code,
        quantity,
        goods_amount
    from return_outcomes
    union all
    select merchant_id, 'week', outcome_week, clock, outcome, currency_code, quantity, goods_amount
    from return_outcomes
)

select
    merchant_id,
    period_kind,
    period_start_date,
    clock,
    outcome,
    count(*) as return_line_count,
    cast(coalesce(sum(quantity), 0) as bigint) as quantity,
    cast(coalesce(sum(goods_amount), 0) as decimal(38, 4)) as goods_amount,
    count(*) - count(goods_amount) as without_amount_count,
    min(currency_code) as currency_code
from in_periods
group by merchant_id, period_kind, period_start_date, clock, outcome
