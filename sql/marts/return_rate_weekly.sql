-- description: Return rate of every weekly order cohort, as observed and corrected for maturity. Excluded: parcels that never arrived (RTO); units of one order are taken as independent in the interval.
-- grain: merchant x local week in which the orders were placed
-- key: merchant_id, order_week
-- load: replace
-- columns:
--   merchant_id
--   order_week date: Monday of the local week in which the orders were placed.
--   order_count bigint: Orders placed, shipped or not.
--   shipped_quantity bigint: Units shipped; the rates' denominator.
--   exposure_quantity double: Shipped units x developed share: units that had their chance to come back. Empty where an order's developed share is unknown.
--   returned_quantity bigint: Units asked back of these orders, neither rejected nor cancelled, at most those shipped; the rates' numerator.
--   excess_returned_quantity bigint: Units asked back beyond those shipped; in no rate.
--   observed_return_rate double: Returned / shipped units, clock: ordered, as seen so far: too low while the orders are young. Empty without a returns source or shipped units.
--   adjusted_return_rate double: Returned units / exposure, at most 1, clock: ordered: where the rate is heading. Empty below 5 units of exposure: not enough evidence.
--   adjusted_rate_lower double: Lower end of the 90 % Wilson interval of the adjusted rate with the exposure as its number of trials.
--   adjusted_rate_upper double: Upper end of that interval.
--   developed_share double: Exposure / shipped units: the share of the returns to expect that can be seen so far.
--   is_young boolean: Developed share below 0.3 or unknown: the observed rate must not be read by itself.
-- checks:
--   not_null: order_week
--   unique: merchant_id, order_week
--   assert observed_is_a_share: observed_return_rate between 0 and 1
--   assert adjusted_lies_in_its_interval: adjusted_rate_lower <= adjusted_return_rate and adjusted_return_rate <= adjusted_rate_upper
--   assert interval_is_a_share: adjusted_rate_lower >= 0 and adjusted_rate_upper <= 1
--   assert adjusted_at_least_observed: adjusted_return_rate >= observed_return_rate - 0.000001
--   assert returned_at_most_shipped: returned_quantity <= shipped_quantity
--   assert exposure_at_most_shipped: exposure_quantity <= shipped_quantity
--   assert little_exposure_gives_no_rate: exposure_quantity >= 5 or adjusted_return_rate is null

with
order_exposure as (
    select
        merchant_id,
        order_week,
        shipped_quantity,
        returned_quantity,
        excess_returned_quantity,
        age_days,
        exposure_quantity
    from core.order_exposure
),

cohorts as (
    select
        merchant_id,
        order_week,
        count(*) as order_count,
        cast(sum(shipped_quantity) as bigint) as shipped_quantity,
        case
            when count(*) = count(exposure_quantity) then cast(sum(exposure_quantity) as double)
        end as exposure_quantity,
        cast(sum(returned_quantity) as bigint) as returned_quantity,
        cast(sum(excess_returned_quantity) as bigint) as excess_returned_quantity,
        count(age_days) > 0 as has_returns_source
    from order_exposure
    group by merchant_id, order_week
),

rates as (
    select
        merchant_id,
        order_week,
        order_count,
        shipped_quantity,
        exposure_quantity,
        returned_quantity,
        excess_returned_quantity,
        case
            when has_returns_source and shipped_quantity > 0 then returned_quantity / shipped_quantity
        end as observed_return_rate,
        case
            when exposure_quantity >= 5 then least(returned_quantity / exposure_quantity, 1)
        end as adjusted_return_rate,
        case when shipped_quantity > 0 then exposure_quantity / shipped_quantity end as developed_share
    from cohorts
),

-- Wilson's interval, 90 %: 1.6448536 is the normal quantile at 0.95, 2.7055435 its square.
intervals as (
    select
        merchant_id,
        order_week,
        adjusted_return_rate,
        (adjusted_return_rate + 2.7055435 / (2 * exposure_quantity))
        / (1 + 2.7055435 / exposure_quantity) as centre,
        1.6448536
        * sqrt(
            adjusted_return_rate * (1 - adjusted_return_rate) / exposure_quantity
            + 2.7055435 / (4 * exposure_quantity * exposure_quantity)
        )
        / (1 + 2.7055435 / exposure_quantity) as half_width
    from rates
    where adjusted_return_rate is not null
),

-- The limits only take away the last digit's rounding at a rate of 0 or 1.
bounds as (
    select
        merchant_id,
        order_week,
        greatest(least(centre - half_width, adjusted_return_rate), 0) as adjusted_rate_lower,
        least(greatest(centre + half_width, adjusted_return_rate), 1) as adjusted_rate_upper
    from intervals
)

select
    rates.merchant_id,
    rates.order_week,
    rates.order_count,
    rates.shipped_quantity,
    rates.exposure_quantity,
    rates.returned_quantity,
    rates.excess_returned_quantity,
    rates.observed_return_rate,
    rates.adjusted_return_rate,
    bounds.adjusted_rate_lower,
    bounds.adjusted_rate_upper,
    rates.developed_share,
    coalesce(rates.developed_share < 0.3, true) as is_young
from rates
left join bounds on rates.merchant_id = bounds.merchant_id and rates.order_week = bounds.order_week
