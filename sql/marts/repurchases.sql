-- description: Whether customers buy again within 90 days after their first return, against buyers who returned nothing of a like order (core.repurchase_pairs). It compares, it does not prove that the return was the cause. Nobody is counted as a single customer: below 20 on either side there is no number.
-- grain: merchant x outcome of the first return
-- key: merchant_id, outcome
-- load: replace
-- columns:
--   merchant_id
--   outcome varchar: How the first return ended: refund, store_credit, exchange, or `all`, the others among them.
--   follow_up_days bigint: Days that both sides are followed, from the same number of days after their order.
--   returner_count bigint: Customers with a first return who have at least one buyer to be compared with; empty below 20 on either side, as are all numbers that follow.
--   comparison_count bigint: Customers they are compared with, each counted once.
--   unmatched_count bigint: Customers with a first return and nobody alike; in no rate.
--   returner_repurchase_count bigint: Of the returners, those who bought again.
--   returner_repurchase_rate double: Returners who bought again / returners, clock: known day of the return.
--   comparison_repurchase_rate double: The same of the buyers compared with, each returner's group weighing alike, clock: as many days after their order.
--   repurchase_rate_difference double: Returners' rate less the others'.
--   difference_lower double: Lower end of the 95 % interval of that difference; customers who stand in it several times count as one draw.
--   difference_upper double: Upper end.
--   verdict varchar: `buy_less_again` or `buy_more_again`: the interval leaves out 0; `no_difference_shown`; `not_enough_evidence`.
-- checks:
--   not_null: outcome
--   not_null: verdict
--   unique: merchant_id, outcome
--   assert verdict_is_known: verdict in ('buy_less_again', 'buy_more_again', 'no_difference_shown', 'not_enough_evidence')
--   assert nobody_is_counted_alone: returner_count >= 20 and comparison_count >= 20
--   assert little_evidence_gives_no_number: (verdict = 'not_enough_evidence') = (returner_repurchase_rate is null)
--   assert rates_are_shares: returner_repurchase_rate between 0 and 1 and comparison_repurchase_rate between 0 and 1
--   assert difference_lies_in_its_interval: repurchase_rate_difference between difference_lower and difference_upper

with
repurchase_pairs as (
    select
        merchant_id,
        returner_order_id,
        match_number,
        order_id,
        outcome,
        case when has_repurchased then 1 else 0 end as repurchased
    from core.repurchase_pairs
),

orders as (
    select merchant_id, order_id, customer_key
    from core.orders
),

-- 60 divides by every number of compared buyers, so that sums stay whole and are the same in any order.
groups as (
    select
        merchant_id,
        returner_order_id,
        count(*) filter (where match_number > 0) as compared_count
    from repurchase_pairs
    group by merchant_id, returner_order_id
),

of_customers as (
    select
        repurchase_pairs.merchant_id,
        repurchase_pairs.outcome,
        orders.customer_key,
        repurchase_pairs.repurchased,
        groups.compared_count,
        case when repurchase_pairs.match_number = 0 then 1 else 0 end as is_returner,
        case
            when repurchase_pairs.match_number > 0 then cast(round(60 / groups.compared_count) as bigint)
            else 0
        end as weight
    from repurchase_pairs
    inner join groups
        on
            repurchase_pairs.merchant_id = groups.merchant_id
            and repurchase_pairs.returner_order_id = groups.returner_order_id
    inner join orders
        on
            repurchase_pairs.merchant_id = orders.merchant_id
            and repurchase_pairs.order_id = orders.order_id
),

by_outcome as (
    select
        merchant_id,
        'all' as outcome,
        customer_key,
        repurchased,
        compared_count,
        is_returner,
        weight
    from of_customers
    union all
    select merchant_id, outcome, customer_key, repurchased, compared_count, is_returner, weight
    from of_customers
    where outcome in ('refund', 'store_credit', 'exchange')
),

customers as (
    select
        merchant_id,
        outcome,
        customer_key,
        sum(is_returner) as returner_count,
        sum(is_returner * repurchased) as returner_repurchase_count,
        sum(weight) as weight,
        sum(weight * repurchased) as repurchase_weight
    from by_outcome
    where compared_count > 0
    group by merchant_id, outcome, customer_key
),

totals as (
    select
        merchant_id,
        outcome,
        cast(sum(returner_count) as bigint) as returner_count,
        count(*) filter (where weight > 0) as comparison_count,
        cast(sum(returner_repurchase_count) as bigint) as returner_repurchase_count,
        cast(sum(repurchase_weight) as bigint) as repurchase_weight
    from customers
    group by merchant_id, outcome
),

unmatched as (
    select
        merchant_id,
        outcome,
        count(*) filter (where compared_count = 0) as unmatched_count
    from by_outcome
    group by merchant_id, outcome
),

-- A customer's part in the difference of the two rates, in whole numbers: 3600 x returners squared times it.
parts as (
    select
        customers.merchant_id,
        customers.outcome,
        cast(
            3600 * totals.returner_count * customers.returner_repurchase_count
            - 3600 * totals.returner_repurchase_count * customers.returner_count
            - 60 * totals.returner_count * customers.repurchase_weight
            + totals.repurchase_weight * customers.weight
            as decimal(19, 0)
        ) as part
    from customers
    inner join totals
        on customers.merchant_id = totals.merchant_id and customers.outcome = totals.outcome
),

squares as (
    select merchant_id, outcome, sum(part * part) as square_sum
    from parts
    group by merchant_id, outcome
),

rates as (
    select
        totals.merchant_id,
        totals.outcome,
        totals.returner_count,
        totals.comparison_count,
        totals.returner_repurchase_count,
        totals.returner_repurchase_count / totals.returner_count as returner_rate,
        totals.repurchase_weight / (60 * totals.returner_count) as comparison_rate,
        cast(squares.square_sum as double)
        / power(3600 * cast(totals.returner_count as double) * totals.returner_count, 2) as clustered_variance
    from totals
    inner join squares
        on totals.merchant_id = squares.merchant_id and totals.outcome = squares.outcome
    where totals.returner_count >= 20 and totals.comparison_count >= 20
),

-- Agresti and Caffo's one more on each side, so that a rate of 0 or 1 is not held for certain.
smoothed as (
    select
        *,
        (returner_repurchase_count + 1) / (returner_count + 2) as smoothed_returner_rate,
        (comparison_rate * comparison_count + 1) / (comparison_count + 2) as smoothed_comparison_rate
    from rates
),

widths as (
    select
        *,
        1.959964
        * sqrt(
            greatest(
                clustered_variance,
                smoothed_returner_rate * (1 - smoothed_returner_rate) / (returner_count + 2)
                + smoothed_comparison_rate * (1 - smoothed_comparison_rate) / (comparison_count + 2)
            )
        ) as margin
    from smoothed
),

differences as (
    select
        merchant_id,
        outcome,
        returner_count,
        comparison_count,
        returner_repurchase_count,
        returner_rate,
        comparison_rate,
        returner_rate - comparison_rate as difference,
        greatest(returner_rate - comparison_rate - margin, -1) as difference_lower,
        least(returner_rate - comparison_rate + margin, 1) as difference_upper
    from widths
)

select
    unmatched.merchant_id,
    unmatched.outcome,
    cast(90 as bigint) as follow_up_days,
    differences.returner_count,
    differences.comparison_count,
    case when differences.returner_count is not null then unmatched.unmatched_count end as unmatched_count,
    differences.returner_repurchase_count,
    differences.returner_rate as returner_repurchase_rate,
    differences.comparison_rate as comparison_repurchase_rate,
    differences.difference as repurchase_rate_difference,
    differences.difference_lower,
    differences.difference_upper,
    case
        when differences.returner_count is null then 'not_enough_evidence'
        when differences.difference_upper < 0 then 'buy_less_again'
        when differences.difference_lower > 0 then 'buy_more_again'
        else 'no_difference_shown'
    end as verdict
from unmatched
left join differences
    on unmatched.merchant_id = differences.merchant_id and unmatched.outcome = differences.outcome
