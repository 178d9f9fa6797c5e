-- description: The parts of marts.rate_changes by product, for readers; what is too small to speak stands together.
-- grain: merchant x period that has one before it x group of goods
-- key: merchant_id, period, group_kind, category, product_id
-- load: replace
-- columns:
--   merchant_id
--   period varchar: The later period, as core.report_periods names it.
--   group_kind varchar: `product`; `new` or `gone` ones; the rest of a category; the rest of the shop.
--   category varchar: Category; `-` for the rest of the shop.
--   product_id varchar: Product; `-` where several stand together.
--   before_shipped_quantity bigint: Units shipped to orders of the earlier period, RTO excluded.
--   before_returned_quantity bigint: Units of those asked back so far, the earlier period.
--   before_developed_share double: Share of the returns to expect that is known, the earlier period.
--   before_observed_rate double: Returned / shipped units so far, the earlier period; clock: ordered.
--   after_shipped_quantity bigint: Units shipped to orders of the later period, RTO excluded.
--   after_returned_quantity bigint: Units of those asked back so far, the later period.
--   after_developed_share double: Share of the returns to expect that is known, the later period.
--   after_observed_rate double: Returned / shipped units so far, the later period; clock: ordered.
--   observed_rate_change double: Observed rate of the group, later - earlier period.
--   mix_part double: What comes from other goods being sold.
--   rate_part double: What comes from the same goods being returned more or less often.
--   maturity_part double: What comes from one period being younger than the other.
-- checks:
--   not_null: period
--   not_null: group_kind
--   not_null: category
--   not_null: product_id
--   unique: merchant_id, period, group_kind, category, product_id

with
rate_change_parts as (
    select
        merchant_id,
        period,
        group_kind,
        category,
        product_id,
        before_shipped_quantity,
        before_returned_quantity,
        before_developed_share,
        before_observed_rate,
        after_shipped_quantity,
        after_returned_quantity,
        after_developed_share,
        after_observed_rate,
        observed_rate_change,
        mix_part,
        rate_part,
        maturity_part
    from ml.rate_change_parts
)

select
    merchant_id,
    period,
    group_kind,
    category,
    product_id,
    before_shipped_quantity,
    before_returned_quantity,
    before_developed_share,
    before_observed_rate,
    after_shipped_quantity,
    after_returned_quantity,
    after_developed_share,
    after_observed_rate,
    observed_rate_change,
    mix_part,
    rate_part,
    maturity_part
from rate_change_parts
