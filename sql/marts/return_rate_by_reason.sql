-- description: Return rate of every weekly order cohort by class of the stated reason; over the classes of a week, returned units add up to those of marts.return_rate_weekly. Excluded: parcels that never arrived (RTO). Each class has a curve of its own.
-- grain: merchant x local week in which the orders were placed x class of reason, classes without returns among them
-- key: merchant_id, order_week, reason_class
-- load: replace
-- columns:
--   merchant_id
--   order_week date: Monday of the local week in which the orders were placed; a return belongs to the week of its order.
--   reason_class varchar: defective, not_as_described, poor_quality, delivery, changed_mind, unclear or unmapped.
--   return_line_count bigint: Return lines of the class, neither rejected nor cancelled.
--   shipped_quantity bigint: Units shipped by the orders of the week, whatever came back; the rates' denominator.
--   returned_quantity bigint: Units asked back for this class of reason, at most those that the order shipped; the rates' numerator.
--   developed_share double: Share of the class's returns to expect that can be seen so far.
--   observed_return_rate double: Returned / shipped units, clock: ordered, as seen so far: too low while the orders are young. Empty without a returns source or shipped units.
--   projected_return_rate double: What the observed rate will be when all returns are in, clock: ordered. Empty without enough evidence.
--   projected_lower_90 double: Lower end of the 90 % interval of the week's own final observed rate.
--   projected_upper_90 double: Upper end of that interval.
--   evidence varchar: `enough`, or `not_enough_evidence`: then nothing is projected.
--   is_young boolean: Developed share below 0.3 or unknown: the observed rate must not be read by itself.
-- checks:
--   not_null: order_week
--   not_null: reason_class
--   not_null: evidence
--   unique: merchant_id, order_week, reason_class
--   assert observed_is_a_share: observed_return_rate between 0 and 1
--   assert projected_lies_in_its_interval: projected_return_rate between projected_lower_90 and projected_upper_90
--   assert interval_is_a_share: projected_lower_90 >= 0 and projected_upper_90 <= 1
--   assert returned_at_most_shipped: returned_quantity <= shipped_quantity
--   assert no_evidence_gives_no_rate: evidence = 'enough' or projected_return_rate is null

with
return_rate_weekly as (
    select merchant_id, order_week, shipped_quantity, observed_return_rate
    from marts.return_rate_weekly
),

order_units as (
    select merchant_id, order_id, order_week
    from core.order_units
),

line_returns as (
    select merchant_id, return_line_id, order_id, reason_class, returned_quantity
    from core.line_returns
),

cohort_rates as (
    select
        merchant_id,
        start_date as order_week,
        reason_class,
        developed_share,
        projected_rate,
        lower_90,
        upper_90,
        evidence
    from ml.cohort_rates
    where cohort_kind = 'week'
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
        order_units.merchant_id,
        order_units.order_week,
        line_returns.reason_class,
        count(distinct line_returns.return_line_id) as return_line_count,
        cast(sum(line_returns.returned_quantity) as bigint) as returned_quantity
    from line_returns
    inner join order_units
        on line_returns.merchant_id = order_units.merchant_id and line_returns.order_id = order_units.order_id
    group by order_units.merchant_id, order_units.order_week, line_returns.reason_class
)

select
    return_rate_weekly.merchant_id,
    return_rate_weekly.order_week,
    classes.reason_class,
    coalesce(returned.return_line_count, 0) as return_line_count,
    return_rate_weekly.shipped_quantity,
    coalesce(returned.returned_quantity, 0) as returned_quantity,
    cohort_rates.developed_share,
    case
        when return_rate_weekly.observed_return_rate is not null
            then coalesce(returned.returned_quantity, 0) / return_rate_weekly.shipped_quantity
    end as observed_return_rate,
    cohort_rates.projected_rate as projected_return_rate,
    cohort_rates.lower_90 as projected_lower_90,
    cohort_rates.upper_90 as projected_upper_90,
    coalesce(cohort_rates.evidence, 'not_enough_evidence') as evidence,
    coalesce(cohort_rates.developed_share < 0.3, true) as is_young
from return_rate_weekly
cross join classes
left join returned
    on
        return_rate_weekly.merchant_id = returned.merchant_id
        and return_rate_weekly.order_week = returned.order_week
        and classes.reason_class = returned.reason_class
left join cohort_rates
    on
        return_rate_weekly.merchant_id = cohort_rates.merchant_id
        and return_rate_weekly.order_week = cohort_rates.order_week
        and classes.reason_class = cohort_rates.reason_class
