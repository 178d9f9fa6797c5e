-- description: Which reasons stand out for which product: how often it comes back for each class of reason, and whether the class is over-represented among its returns.
-- grain: merchant x product x class of reason with returns
-- key: merchant_id, product_id, reason_class
-- load: replace
-- columns:
--   merchant_id
--   product_id varchar: Product number, as in marts.return_rate_by_product.
--   reason_class varchar: Class of the stated reason for which the product came back.
--   shipped_line_count bigint: Order lines of the product shipped, RTO excluded: what the rates are of.
--   returned_line_count bigint: Order lines that came back for the reason, by the first reason of each.
--   shipped_quantity bigint: Units of the product shipped, RTO excluded.
--   returned_quantity bigint: Units asked back for the reason.
--   developed_share double: Share of the class's returns to expect that can be seen so far.
--   expected_return_rate double: Final rate that its like would have for this reason.
--   shrunk_return_rate double: Final rate to expect for this reason, drawn towards its like: of its order lines, the share that comes back for it in the end. Empty without enough evidence.
--   rate_lower_90 double: Lower end of the 90 % interval of the true final rate.
--   rate_upper_90 double: Upper end of that interval.
--   rate_ratio double: Shrunk / expected rate.
--   could_be_chance boolean: With so many looked at, the excess could be chance.
--   expected_line_count double: Order lines if its returns had their reasons as those of its category have.
--   shrunk_ratio double: Returned / expected order lines after shrinking (EBGM): is the reason over-represented among its returns?
--   shrunk_lower double: Lower bound of that ratio (EB05).
--   is_signal boolean: The reason stands out among its returns: the lower bound is at least 2.
--   evidence varchar: `enough`, or `not_enough_evidence`: then no rate is said.
-- checks:
--   not_null: product_id
--   not_null: reason_class
--   unique: merchant_id, product_id, reason_class
--   assert rate_lies_in_its_interval: shrunk_return_rate between rate_lower_90 and rate_upper_90
--   assert bound_is_below: shrunk_lower <= shrunk_ratio

with
product_risk as (
    select
        merchant_id,
        unit_id as product_id,
        reason_class,
        shipped_line_count,
        returned_line_count,
        shipped_quantity,
        returned_quantity,
        developed_share,
        expected_rate,
        rate,
        lower_90,
        upper_90,
        rate_ratio,
        could_be_chance,
        evidence
    from ml.product_risk
    where unit_kind = 'product' and reason_class <> 'all'
),

reason_signals as (
    select
        merchant_id,
        unit_id as product_id,
        reason_class,
        expected_line_count,
        shrunk_ratio,
        shrunk_lower,
        is_signal
    from ml.reason_signals
    where unit_kind = 'product'
)

select
    product_risk.merchant_id,
    product_risk.product_id,
    product_risk.reason_class,
    product_risk.shipped_line_count,
    product_risk.returned_line_count,
    product_risk.shipped_quantity,
    product_risk.returned_quantity,
    product_risk.developed_share,
    product_risk.expected_rate as expected_return_rate,
    product_risk.rate as shrunk_return_rate,
    product_risk.lower_90 as rate_lower_90,
    product_risk.upper_90 as rate_upper_90,
    product_risk.rate_ratio,
    product_risk.could_be_chance,
    reason_signals.expected_line_count,
    reason_signals.shrunk_ratio,
    reason_signals.shrunk_lower,
    coalesce(reason_signals.is_signal, false) as is_signal,
    product_risk.evidence
from product_risk
left join reason_signals
    on
        product_risk.merchant_id = reason_signals.merchant_id
        and product_risk.product_id = reason_signals.product_id
        and product_risk.reason_class = reason_signals.reason_class
