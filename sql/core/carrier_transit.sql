-- description: How many days each carrier takes to the customer, and how many pass from the order: what stands in where a delivery is unknown. Deliveries before their shipping or order date and those of more than 120 days are left out.
-- grain: merchant x carrier; `-` for all carriers together
-- key: merchant_id, carrier
-- load: replace
-- columns:
--   merchant_id
--   carrier varchar: Carrier as the source writes it; `-` for all, those without a name among them.
--   parcel_count bigint: Deliveries whose days of shipping and delivery are known: what transit_days rests on. One of an order by one carrier on one day.
--   transit_days bigint: Median days from shipping to delivery, the lower of two middle ones; empty without such deliveries.
--   dispatch_days bigint: Median days from order to shipping; empty without a known day of shipping.
--   delivery_days bigint: Median days from order to delivery; empty without a known delivery.
-- checks:
--   not_null: carrier
--   unique: merchant_id, carrier
--   assert days_are_not_negative: least(transit_days, dispatch_days, delivery_days) >= 0
--   assert transit_rests_on_parcels: (parcel_count > 0) = (transit_days is not null)

with
line_units as (
    select merchant_id, order_id, carrier, placed_date, shipped_date, delivered_date
    from core.line_units
    where eligible_quantity > 0 and (shipped_date is not null or delivered_date is not null)
),

deliveries as (
    select distinct
        merchant_id,
        order_id,
        carrier,
        placed_date,
        shipped_date,
        delivered_date
    from line_units
),

measured as (
    select
        merchant_id,
        carrier,
        case when delivered_date - shipped_date between 0 and 120 then delivered_date - shipped_date end
            as transit_days,
        case when shipped_date - placed_date between 0 and 120 then shipped_date - placed_date end
            as dispatch_days,
        case when delivered_date - placed_date between 0 and 120 then delivered_date - placed_date end
            as delivery_days
    from deliveries
),

by_carrier as (
    select merchant_id, carrier, transit_days, dispatch_days, delivery_days
    from measured
    where carrier <> '-'
    union all
    select merchant_id, '-' as carrier, transit_days, dispatch_days, delivery_days
    from measured
)

select
    merchant_id,
    carrier,
    count(transit_days) as parcel_count,
    percentile_disc(0.5) within group (order by transit_days) as transit_days,
    percentile_disc(0.5) within group (order by dispatch_days) as dispatch_days,
    percentile_disc(0.5) within group (order by delivery_days) as delivery_days
from by_carrier
group by merchant_id, carrier
