-- description: Return rate of every weekly order cohort, as observed and as it will be once all its returns are in. Excluded: parcels that never arrived (RTO). Weeks follow each other smoothly: a young one leans on those before it.
-- grain: merchant x local week in which the orders were placed
-- key: merchant_id, order_week
-- load: replace
-- columns:
--   merchant_id
--   order_week date: Monday of the local week in which the orders were placed.
--   order_count bigint: Orders placed, shipped or not.
--   shipped_quantity bigint: Units shipped; the rates' denominator.
--   returned_quantity bigint: Units asked back of these orders, neither rejected nor cancelled, at most those shipped; the rates' numerator.
--   excess_returned_quantity bigint: Units asked back beyond those shipped; in no rate.
--   exposure_quantity double: Shipped units x developed share: units that had their chance to come back. Empty without a returns source.
--   developed_share double: Exposure / shipped units: the share of the returns to expect that can be seen so far.
--   observed_return_rate double: Returned / shipped units, clock: ordered, as seen so far: too low while the orders are young. Empty without a returns source or shipped units.
--   projected_return_rate double: What the observed rate will be when all returns are in, clock: ordered. Empty without enough evidence.
--   projected_lower_80 double: Lower end of the 80 % interval of the week's own final observed rate.
--   projected_upper_80 double: Upper end of that interval.
--   projected_lower_90 double: Lower end of the 90 % interval of the week's own final observed rate.
--   projected_upper_90 double: Upper end of that interval.
--   evidence varchar: `enough`, or `not_enough_evidence`: then nothing is projected.
--   is_young boolean: Developed share below 0.3 or unknown: the observed rate must not be read by itself.
-- checks:
--   not_null: order_week
--   not_null: evidence
--   unique: merchant_id, order_week
--   assert observed_is_a_share: observed_return_rate between 0 and 1
--   assert projected_lies_in_its_interval: projected_return_rate between projected_lower_90 and projected_upper_90
--   assert narrow_lies_in_wide: projected_lower_80 >= projected_lower_90 and projected_upper_80 <= projected_upper_90
--   assert interval_is_a_share: projected_lower_90 >= 0 and projected_upper_90 <= 1
--   assert returned_at_most_shipped: returned_quantity <= shipped_quantity
--   assert exposure_at_most_shipped: exposure_quantity <= shipped_quantity
--   assert no_evidence_gives_no_rate: evidence = 'enough' or projected_return_rate is null

with
order_units as (
    select merchant_id, order_id, order_week, eligible_quantity
    from core.order_units
),

line_returns as (
    select merchant_id, order_id, returned_quantity, excess_returned_quantity
    from core.line_returns
),

returns_coverage as (
    select merchant_id
    from core.returns_coverage
),

cohort_rates as (
    select
        merchant_id,
        start_date as order_week,
        exposure_quantity,
        developed_share,
        projected_rate,
        lower_80,
        upper_80,
        lower_90,
        upper_90,
        evidence
    from ml.cohort_rates
    where cohort_kind = 'week' and reason_class = 'all'
),

ordered as (
    select
        merchant_id,
        order_week,
        count(*) as order_count,
        cast(sum(eligible_quantity) as bigint) as shipped_quantity
    from order_units
    group by merchant_id, order_week
),

-- By order, not by line: an order without lines and without units has excess too.
returned as (
    select
        order_units.merchant_id,
        order_units.order_week,
        cast(sum(line_returns.returned_quantity) as bigint) as returned_quantity,
        cast(sum(line_returns.excess_returned_quantity) as bigint) as excess_returned_quantity
    from line_returns
    inner join order_units
        on line_returns.merchant_id = order_units.merchant_id and line_returns.order_id = order_units.order_id
    group by order_units.merchant_id, order_units.order_week
)

select
    ordered.merchant_id,
    ordered.order_week,
    ordered.order_count,
    ordered.shipped_quantity,
    coalesce(returned.returned_quantity, 0) as returned_quantity,
    coalesce(returned.excess_returned_quantity, 0) as excess_returned_quantity,
    cohort_rates.exposure_quantity,
    cohort_rates.developed_share,
    case
        when returns_coverage.merchant_id is not null and ordered.shipped_quantity > 0
            then coalesce(returned.returned_quantity, 0) / ordered.shipped_quantity
    end as observed_return_rate,
    cohort_rates.projected_rate as projected_return_rate,
    cohort_rates.lower_80 as projected_lower_80,
    cohort_rates.upper_80 as projected_upper_80,
    cohort_rates.lower_90 as projected_lower_90,
    cohort_rates.upper_90 as projected_upper_90,
    coalesce(cohort_rates.evidence, 'not_enough_evidence') as evidence,
    coalesce(cohort_rates.developed_share < 0.3, true) as is_young
from ordered
left join returned
    on ordered.merchant_id = returned.merchant_id and ordered.order_week = returned.order_week
left join returns_coverage on ordered.merchant_id = returns_coverage.merchant_id
left join cohort_rates
    on ordered.merchant_id = cohort_rates.merchant_id and ordered.order_week = cohort_rates.order_week
