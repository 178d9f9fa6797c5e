-- description: Return rate of every product over all its orders: as observed, and as it will be in the end, drawn towards its like. Excluded: parcels that never arrived (RTO). Two lists: by the probability that the product is faulty, and by what its excess of returns costs.
-- grain: merchant x product that was ordered
-- key: merchant_id, product_id
-- load: replace
-- columns:
--   merchant_id
--   product_id varchar: Product number; the SKU where the source has no product number; `0` stands for all items that were added by hand.
--   product_name varchar: Name on the newest order; `added by hand` for product 0; the product number where no name is known.
--   sku_count bigint: Different SKUs ordered.
--   category varchar: Category in which most of its units were sold.
--   shipped_line_count bigint: Order lines shipped, RTO excluded: what the shrunk rate is of.
--   returned_line_count bigint: Order lines of which anything was asked back.
--   shipped_quantity bigint: Units shipped, RTO excluded; the observed rate's denominator.
--   returned_quantity bigint: Units asked back, neither rejected nor cancelled, at most those of the line; the observed rate's numerator.
--   excess_returned_quantity bigint: Units asked back beyond those of the order; in no rate.
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
--   not_null: product_id
--   not_null: product_name
--   unique: merchant_id, product_id
--   not_null: evidence
--   assert observed_is_a_share: observed_return_rate between 0 and 1
--   assert rate_lies_in_its_interval: shrunk_return_rate between rate_lower_90 and rate_upper_90
--   assert interval_is_a_share: rate_lower_90 >= 0 and rate_upper_90 <= 1
--   assert returned_at_most_shipped: returned_quantity <= shipped_quantity
--   assert lines_returned_at_most_shipped: returned_line_count <= shipped_line_count
--   assert no_evidence_gives_no_rate: evidence = 'enough' or shrunk_return_rate is null

with
line_units as (
    select
        merchant_id,
        order_id,
        order_line_id,
        product_id,
        nullif(sku, '') as sku,
        nullif(product_name, '') as product_name,
        category,
        eligible_quantity,
        placed_date
    from core.line_units
),

line_returns as (
    select
        merchant_id,
        order_id,
        order_line_id,
        sum(returned_quantity) as returned_quantity,
        sum(excess_returned_quantity) as excess_returned_quantity
    from core.line_returns
    group by merchant_id, order_id, order_line_id
),

returns_coverage as (
    select merchant_id
    from core.returns_coverage
),

product_risk as (
    select
        merchant_id,
        unit_id as product_id,
        category,
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
    where unit_kind = 'product' and reason_class = 'all'
),

sold as (
    select
        merchant_id,
        product_id,
        count(distinct sku) as sku_count,
        min(category) as category,
        count(*) filter (where eligible_quantity > 0) as shipped_line_count,
        cast(sum(eligible_quantity) as bigint) as shipped_quantity
    from line_units
    group by merchant_id, product_id
),

names as (
    select merchant_id, product_id, product_name, max(placed_date) as last_placed_date
    from line_units
    where product_name is not null
    group by merchant_id, product_id, product_name
),

newest_names as (
    select
        merchant_id,
        product_id,
        product_name,
        row_number() over (
            partition by merchant_id, product_id
            order by last_placed_date desc, product_name asc
        ) as recency
    from names
),

returned as (
    select
        line_units.merchant_id,
        line_units.product_id,
        count(*) filter (where line_returns.returned_quantity > 0) as returned_line_count,
        cast(sum(line_returns.returned_quantity) as bigint) as returned_quantity,
        cast(sum(line_returns.excess_returned_quantity) as bigint) as excess_returned_quantity
    from line_returns
    inner join line_units
        on
            line_returns.merchant_id = line_units.merchant_id
            and line_returns.order_id = line_units.order_id
            and line_returns.order_line_id = line_units.order_line_id
    group by line_units.merchant_id, line_units.product_id
)

select
    sold.merchant_id,
    sold.product_id,
    case
        when sold.product_id = '0' then 'added by hand'
        else coalesce(newest_names.product_name, sold.product_id)
    end as product_name,
    sold.sku_count,
    coalesce(product_risk.category, sold.category) as category,
    sold.shipped_line_count,
    coalesce(returned.returned_line_count, 0) as returned_line_count,
    sold.shipped_quantity,
    coalesce(returned.returned_quantity, 0) as returned_quantity,
    coalesce(returned.excess_returned_quantity, 0) as excess_returned_quantity,
    product_risk.exposure_quantity,
    product_risk.developed_share,
    case
        when returns_coverage.merchant_id is not null and sold.shipped_quantity > 0
            then coalesce(returned.returned_quantity, 0) / sold.shipped_quantity
    end as observed_return_rate,
    product_risk.expected_return_rate,
    product_risk.shrunk_return_rate,
    product_risk.rate_lower_90,
    product_risk.rate_upper_90,
    product_risk.limit_rate,
    product_risk.probability_above_limit,
    product_risk.rate_ratio,
    product_risk.rate_ratio_lower,
    product_risk.expected_excess_quantity,
    product_risk.excess_lower_90,
    product_risk.excess_upper_90,
    product_risk.unit_cost_amount,
    product_risk.excess_cost_amount,
    product_risk.leading_reason_class,
    coalesce(product_risk.could_be_chance, true) as could_be_chance,
    coalesce(product_risk.is_probably_faulty, false) as is_probably_faulty,
    product_risk.faulty_rank,
    product_risk.cost_rank,
    coalesce(product_risk.evidence, 'not_enough_evidence') as evidence,
    coalesce(product_risk.developed_share < 0.3, true) as is_young
from sold
left join newest_names
    on
        sold.merchant_id = newest_names.merchant_id
        and sold.product_id = newest_names.product_id
        and newest_names.recency = 1
left join returned
    on sold.merchant_id = returned.merchant_id and sold.product_id = returned.product_id
left join returns_coverage on sold.merchant_id = returns_coverage.merchant_id
left join product_risk
    on sold.merchant_id = product_risk.merchant_id and sold.product_id = product_risk.product_id
