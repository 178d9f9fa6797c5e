-- description: Units ordered and shipped of every order: the one place that says what shipped means. Known shipped units count; where a source books no shipment, the status decides, and an order whose source has no status at all counts as shipped.
-- grain: order
-- key: merchant_id, order_id
-- load: replace
-- month: placed_date
-- columns:
--   merchant_id
--   order_id varchar: Order number, unique within the merchant.
--   placed_date date: The merchant's local date on which the order was placed.
--   order_week date: Monday of the local week in which the order was placed.
--   line_count bigint: Lines of the order.
--   ordered_quantity bigint: Units ordered: the order's total, else the sum of its lines.
--   shipped_quantity bigint: Units shipped: what the source states where it is above 0; else the units ordered where the status says shipped or completed, or where the source states no shipped units and the status is refunded, partially shipped or refunded, disputed, unknown or absent; else 0 (cancelled, declined, incomplete, pending, awaiting).
-- checks:
--   not_null: order_id
--   not_null: placed_date
--   unique: merchant_id, order_id
--   assert shipped_is_not_negative: shipped_quantity >= 0
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
)

select
    merchant_id,
    order_id,
    placed_date,
    cast(date_trunc('week', placed_date) as date) as order_week,
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
