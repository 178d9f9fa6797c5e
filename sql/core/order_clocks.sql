-- description: The months in which an order counts, by the clocks that return rates of different systems run on, with its units: the one place that says when an order shipped. A clock without a date is empty, never guessed.
-- grain: order
-- key: merchant_id, order_id
-- load: merge
-- case: order_id
-- month: placed_date
-- columns:
--   merchant_id
--   order_id varchar: Order number, unique within the merchant.
--   placed_date date: The merchant's local date on which the order was placed.
--   order_month date: First day of that local month.
--   shipped_date date: Local day on which its first parcel left, else the order's own ship date; empty where neither is known.
--   shipped_month date: First day of that local month.
--   ordered_quantity bigint: Units ordered, as core.order_units counts them.
--   shipped_quantity bigint: Units shipped, those that came back undelivered (RTO) among them.
--   rto_quantity bigint: Shipped units that came back undelivered.
--   eligible_quantity bigint: Shipped units, RTO excluded: what keeprate divides by.
--   is_placed boolean: The customer went through with it: any status but `incomplete`.
-- checks:
--   not_null: order_id
--   not_null: order_month
--   unique: merchant_id, order_id
--   assert shipped_month_has_a_date: (shipped_month is null) = (shipped_date is null)
--   assert eligible_is_shipped_without_rto: eligible_quantity = shipped_quantity - rto_quantity

with
orders as (
    select merchant_id, order_id, status, placed_date, shipped_date
    from core.orders
),

order_units as (
    select merchant_id, order_id, ordered_quantity, shipped_quantity, rto_quantity, eligible_quantity
    from core.order_units
),

merchants as (
    select merchant_id, coalesce(timezone, 'UTC') as timezone
    from core.merchants
),

parcels as (
    select merchant_id, order_id, shipped_date, shipped_at
    from core.parcels
    where order_id is not null and coalesce(direction, 'forward') = 'forward' and outcome <> 'cancelled'
),

first_parcels as (
    select
        parcels.merchant_id,
        parcels.order_id,
        min(
            coalesce(
                parcels.shipped_date,
                cast(
                    timezone(coalesce(merchants.timezone, 'UTC'), timezone('UTC', parcels.shipped_at)) as date
                )
            )
        ) as shipped_date
    from parcels
    left join merchants on parcels.merchant_id = merchants.merchant_id
    group by parcels.merchant_id, parcels.order_id
),

dated as (
    select
        orders.merchant_id,
        orders.order_id,
        orders.placed_date,
        coalesce(first_parcels.shipped_date, orders.shipped_date) as shipped_date,
        order_units.ordered_quantity,
        order_units.shipped_quantity,
        order_units.rto_quantity,
        order_units.eligible_quantity,
        coalesce(orders.status <> 'incomplete', true) as is_placed
    from orders
    inner join order_units
        on orders.merchant_id = order_units.merchant_id and orders.order_id = order_units.order_id
    left join first_parcels
        on orders.merchant_id = first_parcels.merchant_id and orders.order_id = first_parcels.order_id
)

select
    merchant_id,
    order_id,
    placed_date,
    cast(date_trunc('month', placed_date) as date) as order_month,
    shipped_date,
    cast(date_trunc('month', shipped_date) as date) as shipped_month,
    ordered_quantity,
    shipped_quantity,
    rto_quantity,
    eligible_quantity,
    is_placed
from dated
