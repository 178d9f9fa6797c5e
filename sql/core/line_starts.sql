-- description: From which day the returns of every order line are counted, and for how many days they are expected. The day is that of delivery; where it is unknown the day of shipping plus the carrier's median, else the day of the order plus the merchant's. The horizon is the return window of the policy stamped on the order, from delivery on, plus transit and processing.
-- grain: line of core.line_units with units that can come back
-- key: merchant_id, order_id, order_line_id
-- load: replace
-- month: placed_date
-- columns:
--   merchant_id
--   order_id varchar: Order number, unique within the merchant.
--   order_line_id varchar: Line of core.line_units.
--   start_basis varchar: `delivered`: the day is known; `shipped_and_median`: shipping plus the median of the carrier, or of all where it has fewer than 5 deliveries; `shipped`: shipping alone, because no delivery of the merchant is known; `ordered_and_median`: order plus the merchant's median days to delivery, else to shipping; `ordered`: nothing else is known.
--   window_class varchar: Return window by which curves are learned: `30 days` from delivery, `30 days from order`, `30 days from shipping`; `unknown` without a policy.
--   window_days bigint: Days of the window, as the policy has them; empty without a policy.
--   window_clock varchar: What starts them: delivered, ordered or shipped; delivered where the policy does not say; empty without a policy.
--   horizon_days bigint: Days after start_date within which returns are expected, the same for every line of a window class: the window, less the merchant's median days to delivery where order or shipping starts it; plus the 95th percentile of the days from request to the goods' arrival, at least 14 and at most 60; plus 14 where no delivery of the merchant is known. Without a policy that of core.returns_coverage, else 90.
--   start_date date: Day from which returns are counted; never before the order.
--   placed_date date: The merchant's local date on which the order was placed.
-- checks:
--   not_null: order_id
--   not_null: order_line_id
--   not_null: start_date
--   unique: merchant_id, order_id, order_line_id
--   assert basis_is_known: start_basis in ('delivered', 'shipped_and_median', 'shipped', 'ordered_and_median', 'ordered')
--   assert starts_with_the_order: start_date >= placed_date
--   assert horizon_is_positive: horizon_days > 0
--   assert class_says_whether_a_window_is_known: (window_class = 'unknown') = (window_days is null)

with
line_units as (
    select
        merchant_id,
        order_id,
        order_line_id,
        carrier,
        placed_date,
        shipped_date,
        delivered_date
    from core.line_units
    where eligible_quantity > 0
),

orders as (
    select merchant_id, order_id, policy_version_id
    from core.orders
),

policies as (
    select
        merchant_id,
        policy_version_id,
        window_days,
        case when window_days is not null then coalesce(window_clock, 'delivered') end as window_clock
    from core.policies
),

carrier_transit as (
    select merchant_id, carrier, parcel_count, transit_days, dispatch_days, delivery_days
    from core.carrier_transit
),

returns_coverage as (
    select merchant_id, horizon_days
    from core.returns_coverage
),

return_lifecycle as (
    select
        merchant_id,
        date_diff('day', requested_at, coalesce(arrived_at, received_at)) as way_back_days
    from core.return_lifecycle
    where not is_twin and coalesce(arrived_at, received_at) >= requested_at
),

-- Few returns measure no percentile.
ways_back as (
    select
        merchant_id,
        percentile_disc(0.95) within group (order by way_back_days) as way_back_days
    from return_lifecycle
    group by merchant_id
    having count(*) >= 20
),

merchants as (
    select distinct merchant_id
    from line_units
),

merchant_days as (
    select
        merchants.merchant_id,
        all_carriers.transit_days,
        coalesce(all_carriers.delivery_days, all_carriers.dispatch_days) as order_days,
        coalesce(returns_coverage.horizon_days, 90) as unknown_horizon_days,
        least(greatest(coalesce(ways_back.way_back_days, 0), 14), 60)
        + case when all_carriers.delivery_days is null then 14 else 0 end as processing_days
    from merchants
    left join carrier_transit as all_carriers
        on merchants.merchant_id = all_carriers.merchant_id and all_carriers.carrier = '-'
    left join returns_coverage on merchants.merchant_id = returns_coverage.merchant_id
    left join ways_back on merchants.merchant_id = ways_back.merchant_id
),

windows as (
    select
        policies.merchant_id,
        policies.policy_version_id,
        policies.window_days,
        policies.window_clock,
        case policies.window_clock
            when 'ordered' then policies.window_days || ' days from order'
            when 'shipped' then policies.window_days || ' days from shipping'
            when 'delivered' then policies.window_days || ' days'
            else 'unknown'
        end as window_class,
        case policies.window_clock
            when 'ordered' then greatest(policies.window_days - coalesce(merchant_days.order_days, 0), 0)
            when 'shipped' then greatest(policies.window_days - coalesce(merchant_days.transit_days, 0), 0)
            else policies.window_days
        end
        + merchant_days.processing_days as horizon_days
    from policies
    inner join merchant_days on policies.merchant_id = merchant_days.merchant_id
),

dated as (
    select
        line_units.merchant_id,
        line_units.order_id,
        line_units.order_line_id,
        line_units.placed_date,
        case
            when line_units.delivered_date is not null then 'delivered'
            when line_units.shipped_date is not null and merchant_days.transit_days is not null
                then 'shipped_and_median'
            when line_units.shipped_date is not null then 'shipped'
            when merchant_days.order_days is not null then 'ordered_and_median'
            else 'ordered'
        end as start_basis,
        coalesce(
            line_units.delivered_date,
            line_units.shipped_date
            + cast(coalesce(carriers.transit_days, merchant_days.transit_days, 0) as integer),
            line_units.placed_date + cast(coalesce(merchant_days.order_days, 0) as integer)
        ) as start_date,
        merchant_days.unknown_horizon_days
    from line_units
    inner join merchant_days on line_units.merchant_id = merchant_days.merchant_id
    left join carrier_transit as carriers
        on
            line_units.merchant_id = carriers.merchant_id
            and line_units.carrier = carriers.carrier
            and carriers.parcel_count >= 5
)

select
    dated.merchant_id,
    dated.order_id,
    dated.order_line_id,
    dated.start_basis,
    coalesce(windows.window_class, 'unknown') as window_class,
    windows.window_days,
    windows.window_clock,
    coalesce(windows.horizon_days, dated.unknown_horizon_days) as horizon_days,
    greatest(dated.start_date, dated.placed_date) as start_date,
    dated.placed_date
from dated
inner join orders on dated.merchant_id = orders.merchant_id and dated.order_id = orders.order_id
left join windows
    on orders.merchant_id = windows.merchant_id and orders.policy_version_id = windows.policy_version_id
