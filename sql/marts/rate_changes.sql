-- description: Why the observed return rate changed against the period before, for readers: mix, rate and maturity add up to the change, and a word says which it is.
-- grain: merchant x period that has one before it
-- key: merchant_id, period
-- load: replace
-- columns:
--   merchant_id
--   period varchar: The later period, as core.report_periods names it.
--   before_start_date date: The earlier period: its start day of orders.
--   before_end_date date: The earlier period: its end day of orders.
--   after_start_date date: The later period: its start day of orders.
--   after_end_date date: The later period: its end day of orders.
--   before_shipped_quantity bigint: Units shipped to orders of the earlier period, RTO excluded.
--   before_returned_quantity bigint: Units of those asked back so far, the earlier period.
--   before_developed_share double: Share of the returns to expect that is known, the earlier period.
--   before_observed_rate double: Returned / shipped units so far, the earlier period; clock: ordered.
--   after_shipped_quantity bigint: Units shipped to orders of the later period, RTO excluded.
--   after_returned_quantity bigint: Units of those asked back so far, the later period.
--   after_developed_share double: Share of the returns to expect that is known, the later period.
--   after_observed_rate double: Returned / shipped units so far, the later period; clock: ordered.
--   observed_rate_change double: Observed rate of the later period - of the earlier one.
--   mix_part double: What comes from other goods being sold.
--   rate_part double: What comes from the same goods being returned more or less often.
--   maturity_part double: What comes from one period being younger than the other.
--   rate_part_lower_90 double: Lower end of the 90 % interval of the rate part of the true rates.
--   rate_part_upper_90 double: Upper end of that interval.
--   chance_probability double: Probability of a rate part this large where no rate changed.
--   detectable_change double: Rate part that would be called real in 80 % of cases.
--   verdict varchar: What the change mostly is.
-- checks:
--   not_null: period
--   unique: merchant_id, period

with
rate_changes as (
    select
        merchant_id,
        period,
        before_start_date,
        before_end_date,
        after_start_date,
        after_end_date,
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
        maturity_part,
        rate_part_lower_90,
        rate_part_upper_90,
        chance_probability,
        detectable_change,
        verdict
    from ml.rate_changes
)

select
    merchant_id,
    period,
    before_start_date,
    before_end_date,
    after_start_date,
    after_end_date,
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
    maturity_part,
    rate_part_lower_90,
    rate_part_upper_90,
    chance_probability,
    detectable_change,
    verdict
from rate_changes
