-- description: Return rate of each merchant over periods of whole order weeks, as observed and corrected for maturity. Periods end with the last whole week for which both orders and returns are known (orders alone where no returns source exists). Excluded: parcels that never arrived (RTO).
-- grain: merchant with orders x period
-- key: merchant_id, period
-- load: replace
-- columns:
--   merchant_id
--   period varchar: last_4_weeks, previous_4_weeks (the four before them), last_13_weeks or all.
--   period_start_date date: First day of the period, a Monday.
--   period_end_date date: Last day of the period, a Sunday.
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
--   not_null: period_end_date
--   unique: merchant_id, period
--   assert period_is_whole_weeks: extract(isodow from period_start_date) = 1 and extract(isodow from period_end_date) = 7
--   assert period_does_not_end_before_it_starts: period_end_date > period_start_date
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
        order_id,
        placed_date,
        order_week,
        shipped_quantity,
        returned_quantity,
        excess_returned_quantity,
        age_days,
        exposure_quantity
    from core.order_exposure
),

returns_coverage as (
    select merchant_id, data_through_date
    from core.returns_coverage
),

order_dates as (
    select merchant_id, min(order_week) as first_order_week, max(placed_date) as last_placed_date
    from order_exposure
    group by merchant_id
),

last_weeks as (
    select
        order_dates.merchant_id,
        order_dates.first_order_week,
        cast(
            date_trunc(
                'week',
                least(returns_coverage.data_through_date, order_dates.last_placed_date) + 1
            ) as date
        ) as next_week
    from order_dates
    left join returns_coverage on order_dates.merchant_id = returns_coverage.merchant_id
),

periods as (
    select
        merchant_id,
        'last_4_weeks' as period,
        next_week - 28 as period_start_date,
        next_week - 1 as period_end_date
    from last_weeks
    union all
    select merchant_id, 'previous_4_weeks', next_week - 56, next_week - 29
    from last_weeks
    union all
    select merchant_id, 'last_13_weeks', next_week - 91, next_week - 1
    from last_weeks
    union all
    select merchant_id, 'all', least(first_order_week, next_week - 7), next_week - 1
    from last_weeks
),

cohorts as (
    select
        periods.merchant_id,
        periods.period,
        periods.period_start_date,
        periods.period_end_date,
        count(order_exposure.order_id) as order_count,
        cast(coalesce(sum(order_exposure.shipped_quantity), 0) as bigint) as shipped_quantity,
        case
            when count(order_exposure.order_id) = count(order_exposure.exposure_quantity)
                then cast(coalesce(sum(order_exposure.exposure_quantity), 0) as double)
        end as exposure_quantity,
        cast(coalesce(sum(order_exposure.returned_quantity), 0) as bigint) as returned_quantity,
        cast(coalesce(sum(order_exposure.excess_returned_quantity), 0) as bigint) as excess_returned_quantity,
        count(order_exposure.age_days) > 0 as has_returns_source
    from periods
    left join order_exposure
        on
            periods.merchant_id = order_exposure.merchant_id
            and order_exposure.placed_date between periods.period_start_date and periods.period_end_date
    group by periods.merchant_id, periods.period, periods.period_start_date, periods.period_end_date
),

rates as (
    select
        merchant_id,
        period,
        period_start_date,
        period_end_date,
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
        period,
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
        period,
        greatest(least(centre - half_width, adjusted_return_rate), 0) as adjusted_rate_lower,
        least(greatest(centre + half_width, adjusted_return_rate), 1) as adjusted_rate_upper
    from intervals
)

select
    rates.merchant_id,
    rates.period,
    rates.period_start_date,
    rates.period_end_date,
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
left join bounds on rates.merchant_id = bounds.merchant_id and rates.period = bounds.period
