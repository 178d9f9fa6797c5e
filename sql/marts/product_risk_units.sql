-- description: Return rate of every variant, supplier, way of fulfilment and brand, as marts.return_rate_by_product has it of products: as observed, and as it will be in the end, drawn towards its like.
-- grain: merchant x kind of unit x unit that was sold
-- key: merchant_id, unit_kind, unit_id
-- load: replace
-- columns:
--   merchant_id
--   unit_kind varchar: variant, supplier, fulfilment_type or brand.
--   unit_id varchar: Product and variant of a variant; else the name; `none` where none is known.
--   product_id varchar: Product of a variant; empty for other kinds.
--   category varchar: Category in which most of its units were sold.
--   shipped_line_count bigint: Order lines shipped, RTO excluded: what the shrunk rate is of.
--   returned_line_count bigint: Order lines of which anything was asked back.
--   shipped_quantity bigint: Units shipped, RTO excluded; the observed rate's denominator.
--   returned_quantity bigint: Units asked back, neither rejected nor cancelled, at most those of the line; the observed rate's numerator.
--   exposure_quantity double: Shipped units x developed share: units that had their chance to come back. Empty without a returns source.
--   developed_share double: Exposure / shipped units: the share of the returns to expect that can be seen so far.
--   observed_return_rate double: Returned / shipped units, clock: ordered, as seen so far: too low while the orders are young. Empty without a returns source or shipped units.
--   expected_return_rate double: Final rate that its like would have, in the same mix of categories. Empty without enough evidence.
--   shrunk_return_rate double: Final rate to expect, drawn towards its like: of its order lines, the share of which anything comes back in the end. Empty without enough evidence.
--   rate_lower_90 double: Lower end of the 90 % interval of its true final rate.
--   rate_upper_90 double: Upper end of that interval.
--   limit_rate double: Rate above which it is called faulty: 1.5 times the expected one.
--   probability_above_limit double: Probability that its true rate is above the limit.
--   rate_ratio double: Shrunk / expected rate.
--   rate_ratio_lower double: Lower end of the rate's interval / expected rate.
--   expected_excess_quantity double: Units beyond those that its like would return, of all shipped, at the end: shipped units x (shrunk - expected rate), times the part of a line that comes back with it.
--   excess_lower_90 double: Lower end of the 90 % interval of the excess.
--   excess_upper_90 double: Upper end of that interval.
--   unit_cost_amount double: Cost of a returned unit by the merchant's own figures, in its currency. Empty without them.
--   excess_cost_amount double: Excess units x their cost, in the merchant's currency. Empty without own figures.
--   leading_reason_class varchar: Class of reason that drives the excess; empty without any.
--   could_be_chance boolean: With so many looked at, the excess could be chance.
--   is_probably_faulty boolean: On the list of probably faulty ones: surely above the limit, and no chance.
--   faulty_rank bigint: Place by that probability, from 1; of those with enough evidence and a developed share of at least 0.3.
--   cost_rank bigint: Place by excess cost, or by excess units without own costs, from 1; of the same.
--   evidence varchar: `enough`, or `not_enough_evidence`: then no rate is said.
--   is_young boolean: Developed share below 0.3 or unknown: the observed rate must not be read by itself.
-- checks:
--   not_null: unit_kind
--   not_null: unit_id
--   unique: merchant_id, unit_kind, unit_id
--   not_null: evidence
--   assert observed_is_a_share: observed_return_rate between 0 and 1
--   assert rate_lies_in_its_interval: shrunk_return_rate between rate_lower_90 and rate_upper_90
--   assert interval_is_a_share: rate_lower_90 >= 0 and rate_upper_90 <= 1
--   assert returned_at_most_shipped: returned_quantity <= shipped_quantity
--   assert lines_returned_at_most_shipped: returned_line_count <= shipped_line_count
--   assert no_evidence_gives_no_rate: evidence = 'enough' or shrunk_return_rate is null

with
product_risk as (
    select
        merchant_id,
        unit_kind,
        unit_id,
        product_id,
        category,
        shipped_line_count,
        returned_line_count,
        shipped_quantity,
        returned_quantity,
        exposure_quantity,
        developed_share,
        expected_rate as expected_return_rate,
        rate as shrunk_return_rate,
        lower_90 as rate_lower_90,
        upper_90 as rate_upper_90,
        limit_rate,
        probability_above_limit,
        rate_ratio,
        rate_ratio_lower,
        expected_excess_quantity,
        excess_lower_90,
        excess_upper_90,
        unit_cost_amount,
        excess_cost_amount,
        leading_reason_class,
        could_be_chance,
        is_probably_faulty,
        faulty_rank,
        cost_rank,
        evidence
    from ml.product_risk
    where unit_kind <> 'product' and reason_class = 'all'
)

select
    merchant_id,
    unit_kind,
    unit_id,
    product_id,
    category,
    shipped_line_count,
    returned_line_count,
    shipped_quantity,
    returned_quantity,
    exposure_quantity,
    developed_share,
    case when shipped_quantity > 0 then returned_quantity / shipped_quantity end as observed_return_rate,
    expected_return_rate,
    shrunk_return_rate,
    rate_lower_90,
    rate_upper_90,
    limit_rate,
    probability_above_limit,
    rate_ratio,
    rate_ratio_lower,
    expected_excess_quantity,
    excess_lower_90,
    excess_upper_90,
    unit_cost_amount,
    excess_cost_amount,
    leading_reason_class,
    could_be_chance,
    is_probably_faulty,
    faulty_rank,
    cost_rank,
    evidence,
    coalesce(developed_share < 0.3, true) as is_young
from product_risk
