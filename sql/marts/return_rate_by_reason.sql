-- description: Return rate of every weekly order cohort by class of the stated reason; over the classes of a week, returned units add up to those of marts.return_rate_weekly. Excluded: parcels that never arrived (RTO). Every class is taken to develop as the whole does.
-- grain: merchant x local week in which the orders were placed x class of reason, classes without returns among them
-- key: merchant_id, order_week, reason_class
-- load: replace
-- columns:
--   merchant_id
--   order_week date: Monday of the local week in which the orders were placed; a return belongs to the week of its order.
--   reason_class varchar: defective, not_as_described, poor_quality, delivery, changed_mind, unclear or unmapped.
--   return_line_count bigint: Return lines of the class, neither rejected nor cancelled.
--   returned_quantity bigint: Units asked back for this class of reason, at most those that the order shipped; the rates' numerator.
--   shipped_quantity bigint: Units shipped by the orders of the week, whatever came back; the rates' denominator.
--   exposure_quantity double: Shipped units x developed share: units that had their chance to come back. Empty where an order's developed share is unknown.
--   observed_return_rate double: Returned / shipped units, clock: ordered, as seen so far: too low while the orders are young. Empty without a returns source or shipped units.
--   adjusted_return_rate double: Returned units / exposure, at most 1, clock: ordered: where the rate is heading. Empty below 5 units of exposure: not enough evidence.
--   adjusted_rate_lower double: Lower end of the 90 % Wilson interval of the adjusted rate with the exposure as its number of trials.
--   adjusted_rate_upper double: Upper end of that interval.
--   developed_share double: Exposure / shipped units: the share of the returns to expect that can be seen so far.
--   is_young boolean: Developed share below 0.3 or unknown: the observed rate must not be read by itself.
-- checks:
--   not_null: order_week
--   not_null: reason_class
--   unique: merchant_id, order_week, reason_class
--   assert observed_is_a_share: observed_return_rate between 0 and 1
--   assert adjusted_lies_in_its_interval: adjusted_rate_lower <= adjusted_return_rate and adjusted_return_rate <= adjusted_rate_upper
--   assert interval_is_a_share: adjusted_rate_lower >= 0 and adjusted_rate_upper <= 1
--   assert adjusted_at_least_observed: adjusted_return_rate >= observed_return_rate - 0.000001
--   assert returned_at_most_shipped: returned_quantity <= shipped_quantity
--   assert exposure_at_most_shipped: exposure_quantity <= shipped_quantity
--   assert little_exposure_gives_no_rate: exposure_quantity >= 5 or adjusted_return_rate is null

with
return_rate_weekly as (
    select merchant_id, order_week, shipped_quantity, exposure_quantity, observed_return_rate
    from marts.return_rate_weekly
),

return_units as (
    select merchant_id, return_line_id, order_week, returned_quantity
    from core.return_units
    where is_counted
),

return_reasons as (
    select merchant_id, return_line_id, reason_class
    from core.return_reasons
),

classes as (
    select listed.reason_class
    from (
        values
        ('defective'),
        ('not_as_described'),
        ('poor_quality'),
        ('delivery'),
        ('changed_mind'),
        ('unclear'),
        ('unmapped')
    ) as listed (reason_class)
),

returned as (
    select
        return_units.merchant_id,
        return_units.order_week,
        return_reasons.reason_class,
        count(*) as return_line_count,
        cast(sum(return_units.returned_quantity) as bigint) as returned_quantity
    from return_units
    inner join return_reasons
        on
            return_units.merchant_id = return_reasons.merchant_id
            and return_units.return_line_id = return_reasons.return_line_id
    group by return_units.merchant_id, return_units.order_week, return_reasons.reason_class
),

cohorts as (
    select
        return_rate_weekly.merchant_id,
        return_rate_weekly.order_week,
        classes.reason_class,
        coalesce(returned.return_line_count, 0) as return_line_count,
        return_rate_weekly.shipped_quantity,
        return_rate_weekly.exposure_quantity,
        coalesce(returned.returned_quantity, 0) as returned_quantity,
        return_rate_weekly.observed_return_rate is not null as has_returns_source
    from return_rate_weekly
    cross join classes
    left join returned
        on
            return_rate_weekly.merchant_id = returned.merchant_id
            and return_rate_weekly.order_week = returned.order_week
            and classes.reason_class = returned.reason_class
),

rates as (
    select
        merchant_id,
        order_week,
        reason_class,
        return_line_count,
        shipped_quantity,
        exposure_quantity,
        returned_quantity,
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
        reason_class,
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
        reason_class,
        greatest(least(centre - half_width, adjusted_return_rate), 0) as adjusted_rate_lower,
        least(greatest(centre + half_width, adjusted_return_rate), 1) as adjusted_rate_upper
    from intervals
)

select
    rates.merchant_id,
    rates.order_week,
    rates.reason_class,
    rates.return_line_count,
    rates.returned_quantity,
    rates.shipped_quantity,
    rates.exposure_quantity,
    rates.observed_return_rate,
    rates.adjusted_return_rate,
    bounds.adjusted_rate_lower,
    bounds.adjusted_rate_upper,
    rates.developed_share,
    coalesce(rates.developed_share < 0.3, true) as is_young
from rates
left join bounds
    on
        rates.merchant_id = bounds.merchant_id
        and rates.order_week = bounds.order_week
        and rates.reason_class = bounds.reason_class
