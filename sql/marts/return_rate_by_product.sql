-- description: Return rate of every product over all its orders, as observed and corrected for maturity, with the class of reason stated most often. Excluded: parcels that never arrived (RTO). Products are not yet drawn towards their like: small ones swing widely, read the interval.
-- grain: merchant x product that was ordered or returned
-- key: merchant_id, product_id
-- load: replace
-- columns:
--   merchant_id
--   product_id varchar: Product number; the SKU where the source has no product number; `0` stands for all items that were added by hand.
--   product_name varchar: Name on the newest order; `added by hand` for product 0; the product number where no name is known.
--   sku_count bigint: Different SKUs ordered.
--   shipped_quantity bigint: Units of the lines of orders that shipped, RTO excluded; a partly shipped order counts its lines whole. The rates' denominator.
--   exposure_quantity double: Shipped units x developed share: units that had their chance to come back. Empty where an order's developed share is unknown.
--   returned_quantity bigint: Units asked back, neither rejected nor cancelled, at most the order's shipped units and the product's units in it; the rates' numerator.
--   excess_returned_quantity bigint: Units asked back beyond those of the order; in no rate.
--   observed_return_rate double: Returned / shipped units, clock: ordered, as seen so far: too low while the orders are young. Empty without a returns source or shipped units.
--   adjusted_return_rate double: Returned units / exposure, at most 1, clock: ordered: where the rate is heading. Empty below 5 units of exposure: not enough evidence.
--   adjusted_rate_lower double: Lower end of the 90 % Wilson interval of the adjusted rate with the exposure as its number of trials.
--   adjusted_rate_upper double: Upper end of that interval.
--   developed_share double: Exposure / shipped units: the share of the returns to expect that can be seen so far.
--   leading_reason_class varchar: Class of reason of most counted returned units, unclear and unmapped among them; the first by name where two are equal. Empty without returns.
--   leading_reason_share double: Counted units of that class / counted units of every class, excess among them.
--   is_young boolean: Developed share below 0.3 or unknown: the observed rate must not be read by itself.
-- checks:
--   not_null: product_id
--   not_null: product_name
--   unique: merchant_id, product_id
--   assert leading_reason_share_is_a_share: leading_reason_share > 0 and leading_reason_share <= 1
--   assert observed_is_a_share: observed_return_rate between 0 and 1
--   assert adjusted_lies_in_its_interval: adjusted_rate_lower <= adjusted_return_rate and adjusted_return_rate <= adjusted_rate_upper
--   assert interval_is_a_share: adjusted_rate_lower >= 0 and adjusted_rate_upper <= 1
--   assert adjusted_at_least_observed: adjusted_return_rate >= observed_return_rate - 0.000001
--   assert returned_at_most_shipped: returned_quantity <= shipped_quantity
--   assert exposure_at_most_shipped: exposure_quantity <= shipped_quantity
--   assert little_exposure_gives_no_rate: exposure_quantity >= 5 or adjusted_return_rate is null

with
order_exposure as (
    select merchant_id, order_id, placed_date, shipped_quantity, age_days, developed_share
    from core.order_exposure
),

order_lines as (
    select
        merchant_id,
        order_id,
        coalesce(nullif(product_id, ''), nullif(sku, ''), '0') as product_id,
        sku,
        product_name,
        order_line_id,
        quantity
    from core.order_lines
),

order_line_rto as (
    select merchant_id, order_id, order_line_id, rto_quantity
    from core.order_line_rto
),

return_units as (
    select
        merchant_id,
        return_line_id,
        order_id,
        product_id,
        requested_quantity,
        returned_quantity,
        excess_returned_quantity
    from core.return_units
    where is_counted
),

return_reasons as (
    select merchant_id, return_line_id, reason_class
    from core.return_reasons
),

-- The only pass over all lines: what follows adds up the few rows of each product.
variants as (
    select
        order_lines.merchant_id,
        order_lines.product_id,
        order_lines.sku,
        order_lines.product_name,
        sum(
            case
                when order_exposure.shipped_quantity > 0
                    then order_lines.quantity - coalesce(order_line_rto.rto_quantity, 0)
                else 0
            end
        ) as shipped_quantity,
        sum(
            case
                when order_exposure.shipped_quantity > 0
                    then
                        cast(
                            (order_lines.quantity - coalesce(order_line_rto.rto_quantity, 0))
                            * order_exposure.developed_share as decimal(18, 6)
                        )
                else 0
            end
        ) as exposure_quantity,
        count(*) filter (where order_exposure.shipped_quantity > 0 and order_exposure.developed_share is null)
            as unknown_count,
        count(order_exposure.age_days) as known_count,
        max(order_exposure.placed_date) as last_placed_date
    from order_lines
    inner join order_exposure
        on
            order_lines.merchant_id = order_exposure.merchant_id
            and order_lines.order_id = order_exposure.order_id
    left join order_line_rto
        on
            order_lines.merchant_id = order_line_rto.merchant_id
            and order_lines.order_id = order_line_rto.order_id
            and order_lines.order_line_id = order_line_rto.order_line_id
    group by order_lines.merchant_id, order_lines.product_id, order_lines.sku, order_lines.product_name
),

sold as (
    select
        merchant_id,
        product_id,
        count(distinct nullif(sku, '')) as sku_count,
        cast(sum(shipped_quantity) as bigint) as shipped_quantity,
        case when sum(unknown_count) = 0 then cast(sum(exposure_quantity) as double) end as exposure_quantity,
        sum(known_count) > 0 as has_returns_source
    from variants
    group by merchant_id, product_id
),

names as (
    select merchant_id, product_id, product_name, max(last_placed_date) as last_placed_date
    from variants
    where product_name <> ''
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

returned_from_order as (
    select
        merchant_id,
        order_id,
        product_id,
        cast(sum(returned_quantity) as bigint) as returned_quantity,
        cast(sum(requested_quantity) as bigint) as requested_quantity
    from return_units
    group by merchant_id, order_id, product_id
),

sold_in_order as (
    select
        order_lines.merchant_id,
        order_lines.order_id,
        order_lines.product_id,
        cast(sum(order_lines.quantity - coalesce(order_line_rto.rto_quantity, 0)) as bigint) as sold_quantity
    from order_lines
    inner join returned_from_order
        on
            order_lines.merchant_id = returned_from_order.merchant_id
            and order_lines.order_id = returned_from_order.order_id
            and order_lines.product_id = returned_from_order.product_id
    left join order_line_rto
        on
            order_lines.merchant_id = order_line_rto.merchant_id
            and order_lines.order_id = order_line_rto.order_id
            and order_lines.order_line_id = order_line_rto.order_line_id
    group by order_lines.merchant_id, order_lines.order_id, order_lines.product_id
),

capped as (
    select
        returned_from_order.merchant_id,
        returned_from_order.product_id,
        returned_from_order.requested_quantity,
        least(returned_from_order.returned_quantity, coalesce(sold_in_order.sold_quantity, 0))
            as returned_quantity
    from returned_from_order
    left join sold_in_order
        on
            returned_from_order.merchant_id = sold_in_order.merchant_id
            and returned_from_order.order_id = sold_in_order.order_id
            and returned_from_order.product_id = sold_in_order.product_id
),

returned as (
    select
        merchant_id,
        product_id,
        cast(sum(returned_quantity) as bigint) as returned_quantity,
        cast(sum(requested_quantity - returned_quantity) as bigint) as excess_returned_quantity
    from capped
    group by merchant_id, product_id
),

returned_by_class as (
    select
        return_units.merchant_id,
        return_units.product_id,
        return_reasons.reason_class,
        sum(return_units.requested_quantity) as class_quantity
    from return_units
    inner join return_reasons
        on
            return_units.merchant_id = return_reasons.merchant_id
            and return_units.return_line_id = return_reasons.return_line_id
    group by return_units.merchant_id, return_units.product_id, return_reasons.reason_class
),

ranked_classes as (
    select
        merchant_id,
        product_id,
        reason_class,
        class_quantity / sum(class_quantity) over (partition by merchant_id, product_id) as class_share,
        row_number() over (
            partition by merchant_id, product_id
            order by class_quantity desc, reason_class asc
        ) as class_rank
    from returned_by_class
),

products as (
    select merchant_id, product_id
    from sold
    union
    select merchant_id, product_id
    from returned
),

totals as (
    select
        products.merchant_id,
        products.product_id,
        coalesce(sold.sku_count, 0) as sku_count,
        coalesce(sold.shipped_quantity, 0) as shipped_quantity,
        case when sold.product_id is null then 0 else sold.exposure_quantity end as exposure_quantity,
        coalesce(returned.returned_quantity, 0) as returned_quantity,
        coalesce(returned.excess_returned_quantity, 0) as excess_returned_quantity,
        coalesce(sold.has_returns_source, true) as has_returns_source
    from products
    left join sold on products.merchant_id = sold.merchant_id and products.product_id = sold.product_id
    left join returned
        on products.merchant_id = returned.merchant_id and products.product_id = returned.product_id
),

rates as (
    select
        merchant_id,
        product_id,
        sku_count,
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
    from totals
),

-- Wilson's interval, 90 %: 1.6448536 is the normal quantile at 0.95, 2.7055435 its square.
intervals as (
    select
        merchant_id,
        product_id,
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
        product_id,
        greatest(least(centre - half_width, adjusted_return_rate), 0) as adjusted_rate_lower,
        least(greatest(centre + half_width, adjusted_return_rate), 1) as adjusted_rate_upper
    from intervals
)

select
    rates.merchant_id,
    rates.product_id,
    case
        when rates.product_id = '0' then 'added by hand'
        else coalesce(newest_names.product_name, rates.product_id)
    end as product_name,
    rates.sku_count,
    rates.shipped_quantity,
    rates.exposure_quantity,
    rates.returned_quantity,
    rates.excess_returned_quantity,
    rates.observed_return_rate,
    rates.adjusted_return_rate,
    bounds.adjusted_rate_lower,
    bounds.adjusted_rate_upper,
    rates.developed_share,
    ranked_classes.reason_class as leading_reason_class,
    ranked_classes.class_share as leading_reason_share,
    coalesce(rates.developed_share < 0.3, true) as is_young
from rates
left join bounds on rates.merchant_id = bounds.merchant_id and rates.product_id = bounds.product_id
left join newest_names
    on
        rates.merchant_id = newest_names.merchant_id
        and rates.product_id = newest_names.product_id
        and newest_names.recency = 1
left join ranked_classes
    on
        rates.merchant_id = ranked_classes.merchant_id
        and rates.product_id = ranked_classes.product_id
        and ranked_classes.class_rank = 1
