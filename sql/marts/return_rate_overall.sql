-- description: Return rate of each merchant over periods of whole order weeks, as observed and as it will be once all returns are in. Excluded: parcels that never arrived (RTO).
-- grain: merchant with orders x period
-- key: merchant_id, period
-- load: replace
-- columns:
--   merchant_id
--   period varchar: last_week, last_4_weeks, last_13_weeks, the periods before them (previous_week, previous_4_weeks, previous_13_weeks), and all.
--   period_start_date date: First day of the period, a Monday.
--   period_end_date date: Last day of the period, a Sunday.
--   order_count bigint: Orders placed, shipped or not.
--   shipped_quantity bigint: Units shipped; the rates' denominator.
--   returned_quantity bigint: Units asked back of these orders, neither rejected nor cancelled, at most those shipped; the rates' numerator.
--   excess_returned_quantity bigint: Units asked back beyond those shipped; in no rate.
--   exposure_quantity double: Shipped units x developed share: units that had their chance to come back. Empty without a returns source.
--   developed_share double: Exposure / shipped units: the share of the returns to expect that can be seen so far.
--   observed_return_rate double: Returned / shipped units, clock: ordered, as seen so far: too low while the orders are young. Empty without a returns source or shipped units.
--   projected_return_rate double: What the observed rate will be when all returns are in, clock: ordered. Empty without enough evidence.
--   projected_lower_80 double: Lower end of the 80 % interval of the period's own final observed rate.
--   projected_upper_80 double: Upper end of that interval.
--   projected_lower_90 double: Lower end of the 90 % interval of the period's own final observed rate.
--   projected_upper_90 double: Upper end of that interval.
--   evidence varchar: `enough`, or `not_enough_evidence`: then nothing is projected.
--   is_young boolean: Developed share below 0.3 or unknown: the observed rate must not be read by itself.
-- checks:
--   not_null: period_end_date
--   not_null: evidence
--   unique: merchant_id, period
--   assert period_is_whole_weeks: extract(isodow from period_start_date) = 1 and extract(isodow from period_end_date) = 7
--   assert observed_is_a_share: observed_return_rate between 0 and 1
--   assert projected_lies_in_its_interval: projected_return_rate between projected_lower_90 and projected_upper_90
--   assert narrow_lies_in_wide: projected_lower_80 >= projected_lower_90 and projected_upper_80 <= projected_upper_90
--   assert interval_is_a_share: projected_lower_90 >= 0 and projected_upper_90 <= 1
--   assert returned_at_most_shipped: returned_quantity <= shipped_quantity
--   assert exposure_at_most_shipped: exposure_quantity <= shipped_quantity
--   assert no_evidence_gives_no_rate: evidence = 'enough' or projected_return_rate is null

with
report_periods as (
    select merchant_id, period, period_start_date, period_end_date
    from core.report_periods
),

return_rate_weekly as (
    select
        merchant_id,
        order_week,
        order_count,
        shipped_quantity,
        returned_quantity,
        excess_returned_quantity
    from marts.return_rate_weekly
),

returns_coverage as (
    select merchant_id
    from core.returns_coverage
),

cohort_rates as (
    select
        merchant_id,
        cohort as period,
        exposure_quantity,
        developed_share,
        projected_rate,
        lower_80,
        upper_80,
        lower_90,
        upper_90,
        evidence
    from ml.cohort_rates
    where cohort_kind = 'period' and reason_class = 'all'
),

counted as (
    select
        report_periods.merchant_id,
        report_periods.period,
        report_periods.period_start_date,
        report_periods.period_end_date,
        cast(coalesce(sum(return_rate_weekly.order_count), 0) as bigint) as order_count,
        cast(coalesce(sum(return_rate_weekly.shipped_quantity), 0) as bigint) as shipped_quantity,
        cast(coalesce(sum(return_rate_weekly.returned_quantity), 0) as bigint) as returned_quantity,
        cast(coalesce(sum(return_rate_weekly.excess_returned_quantity), 0) as bigint)
            as excess_returned_quantity
    from report_periods
    left join return_rate_weekly
        on
            report_periods.merchant_id = return_rate_weekly.merchant_id
            and return_rate_weekly.order_week
            between report_periods.period_start_date and report_periods.period_end_date
    group by
        report_periods.merchant_id,
        report_periods.period,
        report_periods.period_start_date,
        report_periods.period_end_date
)

select
    counted.merchant_id,
    counted.period,
    counted.period_start_date,
    counted.period_end_date,
    counted.order_count,
    counted.shipped_quantity,
    counted.returned_quantity,
    counted.excess_returned_quantity,
    cohort_rates.exposure_quantity,
    cohort_rates.developed_share,
    case
        when returns_coverage.merchant_id is not null and counted.shipped_quantity > 0
            then counted.returned_quantity / counted.shipped_quantity
    end as observed_return_rate,
    cohort_rates.projected_rate as projected_return_rate,
    cohort_rates.lower_80 as projected_lower_80,
    cohort_rates.upper_80 as projected_upper_80,
    cohort_rates.lower_90 as projected_lower_90,
    cohort_rates.upper_90 as projected_upper_90,
    coalesce(cohort_rates.evidence, 'not_enough_evidence') as evidence,
    coalesce(cohort_rates.developed_share < 0.3, true) as is_young
from counted
left join returns_coverage on counted.merchant_id = returns_coverage.merchant_id
left join cohort_rates
    on counted.merchant_id = cohort_rates.merchant_id and counted.period = cohort_rates.period
