-- description: Units ordered, shipped and come back undelivered (RTO) of every order: the one place that says what shipped means. Known shipped units count; where a source books no shipment, the status decides, and an order whose source has no status at all counts as shipped.
-- grain: order
-- key: merchant_id, order_id
-- load: merge
-- case: order_id
-- month: placed_date
-- columns:
--   merchant_id
--   order_id varchar: Order number, unique within the merchant.
--   placed_date date: The merchant's local date on which the order was placed.
--   order_week date: Monday of the local week in which the order was placed.
--   line_count bigint: Lines of the order.
--   ordered_quantity bigint: Units ordered: the order's total, else the sum of its lines.
--   shipped_quantity bigint: Units shipped: what the source states where it is above 0; else the units ordered where the status says shipped or completed, or where the source states no shipped units and the status is refunded, partially shipped or refunded, disputed, unknown or absent; else 0 (cancelled, declined, incomplete, pending, awaiting).
--   rto_quantity bigint: Shipped units that came back undelivered and did not go out again. Those in RTO parcels, at most what is shipped beyond the units in other parcels. A parcel whose units are unknown holds one, and all shipped ones where every parcel of the order came back.
--   eligible_quantity bigint: Shipped units that can come back as returns, RTO excluded: the denominator of return rates.
-- checks:
--   not_null: order_id
--   not_null: placed_date
--   unique: merchant_id, order_id
--   assert shipped_is_not_negative: shipped_quantity >= 0
--   assert rto_was_shipped: rto_quantity between 0 and shipped_quantity
--   assert eligible_is_what_is_left: eligible_quantity = shipped_quantity - rto_quantity
--   assert week_begins_on_monday: extract(isodow from order_week) = 1

with
orders as (
    select merchant_id, order_id, placed_date, status, total_quantity, shipped_quantity
    from core.orders
),

order_lines as (
    select merchant_id, order_id, quantity
    from core.order_lines
),

-- A parcel that was cancelled never left.
parcels as (
    select merchant_id, parcel_id, order_id, is_rto
    from core.parcels
    where order_id is not null and coalesce(direction, 'forward') = 'forward' and outcome <> 'cancelled'
),

parcel_lines as (
    select merchant_id, parcel_id, quantity
    from core.parcel_lines
),

rto_orders as (
    select distinct merchant_id, order_id
    from parcels
    where is_rto
),

packed as (
    select
        parcels.merchant_id,
        parcels.order_id,
        parcels.parcel_id,
        parcels.is_rto,
        case
            when count(*) = count(parcel_lines.quantity) then sum(parcel_lines.quantity)
        end as parcel_quantity
    from rto_orders
    inner join parcels
        on rto_orders.merchant_id = parcels.merchant_id and rto_orders.order_id = parcels.order_id
    left join parcel_lines
        on parcels.merchant_id = parcel_lines.merchant_id and parcels.parcel_id = parcel_lines.parcel_id
    group by parcels.merchant_id, parcels.order_id, parcels.parcel_id, parcels.is_rto
),

units_of_rto_orders as (
    select
        merchant_id,
        order_id,
        bool_and(is_rto) and count(*) > count(parcel_quantity) as is_all_sent_back,
        sum(greatest(parcel_quantity, 1)) filter (where is_rto) as sent_back_quantity,
        coalesce(sum(greatest(parcel_quantity, 1)) filter (where not is_rto), 0) as other_quantity
    from packed
    group by merchant_id, order_id
),

lines_of_order as (
    select merchant_id, order_id, count(*) as line_count, cast(sum(quantity) as bigint) as line_quantity
    from order_lines
    group by merchant_id, order_id
),

ordered as (
    select
        orders.merchant_id,
        orders.order_id,
        orders.placed_date,
        orders.status,
        orders.shipped_quantity,
        coalesce(lines_of_order.line_count, 0) as line_count,
        coalesce(orders.total_quantity, lines_of_order.line_quantity, 0) as ordered_quantity
    from orders
    left join lines_of_order
        on orders.merchant_id = lines_of_order.merchant_id and orders.order_id = lines_of_order.order_id
),

shipped as (
    select
        merchant_id,
        order_id,
        placed_date,
        line_count,
        ordered_quantity,
        case
            when shipped_quantity > 0 then shipped_quantity
            when status in ('shipped', 'completed') then ordered_quantity
            when shipped_quantity = 0 then 0
            when status is null then ordered_quantity
            when status in ('partially_shipped', 'refunded', 'partially_refunded', 'disputed', 'other')
                then ordered_quantity
            else 0
        end as shipped_quantity
    from ordered
),

sent_back as (
    select
        shipped.merchant_id,
        shipped.order_id,
        shipped.placed_date,
        shipped.line_count,
        shipped.ordered_quantity,
        shipped.shipped_quantity,
        case
            when units_of_rto_orders.order_id is null then 0
            when units_of_rto_orders.is_all_sent_back then shipped.shipped_quantity
            else
                greatest(
                    least(
                        units_of_rto_orders.sent_back_quantity,
                        shipped.shipped_quantity - units_of_rto_orders.other_quantity
                    ),
                    0
                )
        end as rto_quantity
    from shipped
    left join units_of_rto_orders
        on
            shipped.merchant_id = units_of_rto_orders.merchant_id
            and shipped.order_id = units_of_rto_orders.order_id
)

select
    merchant_id,
    order_id,
    placed_date,
    cast(date_trunc('week', placed_date) as date) as order_week,
    line_count,
    ordered_quantity,
    shipped_quantity,
    cast(rto_quantity as bigint) as rto_quantity,
    cast(shipped_quantity - rto_quantity as bigint) as eligible_quantity
from sent_back
