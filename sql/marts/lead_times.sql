-- description: How many days each leg of the way takes, out and back, by when the leg began; with what is still open, because a young period shows only its quick ones. RTO parcels are in no delivery leg, lines that are told twice count once. Times out of order are left out (marts.contradictions lists them).
-- grain: merchant x kind of period x local period in which the leg began x leg
-- key: merchant_id, period_kind, period_start_date, leg
-- load: replace
-- columns:
--   merchant_id
--   period_kind varchar: `month` or `week` (from Monday).
--   period_start_date date: First local day of the period in which the leg began.
--   leg varchar: `ordered_to_shipped` (per order), `shipped_to_delivered` (per parcel), and per return line `delivered_to_requested`, `requested_to_approved`, `requested_to_picked_up`, `picked_up_to_arrived`, `arrived_to_received`, `received_to_refunded`, `requested_to_refunded`.
--   leg_number bigint: Place of the leg on the way, from 1.
--   finished_count bigint: Orders, parcels or return lines whose leg is over, both moments known.
--   open_count bigint: Those whose leg began and is not over, nor ended otherwise (cancelled, rejected, lost, died, settled); empty for `delivered_to_requested`: not every delivery is to come back.
--   median_days double: Median of the days, over the finished ones.
--   p90_days double: 90th percentile of the days, over the finished ones.
--   promised_count bigint: Delivered parcels with a promised date; empty for other legs.
--   late_count bigint: Those delivered after it, by local dates.
--   late_share double: Late / promised parcels, clock: shipped; empty without promised dates.
-- checks:
--   not_null: period_start_date
--   not_null: leg
--   unique: merchant_id, period_kind, period_start_date, leg
--   assert late_share_is_a_share: late_share between 0 and 1
--   assert days_are_not_negative: median_days >= 0 and p90_days >= median_days
--   assert promised_were_delivered: promised_count <= finished_count
with
merchants as (
    select merchant_id, coalesce(timezone, 'UTC') as timezone
    from core.merchants
),

orders as (
    select merchant_id, order_id, status, placed_date, placed_at, shipped_date
    from core.orders
),

parcels as (
    select
        merchant_id,
        order_id,
        outcome,
        is_rto,
        promised_date,
        shipped_date,
        shipped_at,
        delivered_at
    from core.parcels
    where coalesce(direction, 'forward') = 'forward'
),

return_lifecycle as (
    select
        merchant_id,
        return_stage,
        resolution_kind,
        requested_date,
        delivered_to_requested_days,
        requested_to_approved_days,
        requested_to_picked_up_days,
        picked_up_to_arrived_days,
        arrived_to_received_days,
        received_to_refunded_days,
        requested_to_refunded_days,
        delivered_at,
        approved_at,
        picked_up_at,
        arrived_at,
        received_at,
        refunded_at
    from core.return_lifecycle
    where not is_twin
),

leg_places as (
    select listed.leg, cast(listed.leg_number as bigint) as leg_number
    from (
        values
        ('ordered_to_shipped', 1),
        ('shipped_to_delivered', 2),
        ('delivered_to_requested', 3),
        ('requested_to_approved', 4),
        ('requested_to_picked_up', 5),
        ('picked_up_to_arrived', 6),
        ('arrived_to_received', 7),
        ('received_to_refunded', 8),
        ('requested_to_refunded', 9)
    ) as listed (leg, leg_number)
),

period_kinds as (
    select listed.period_kind
    from (values ('month'), ('week')) as listed (period_kind)
),

shipped_orders as (
    select merchant_id, order_id, min(shipped_at) as shipped_at, min(shipped_date) as shipped_date
    from parcels
    where order_id is not null
    group by merchant_id, order_id
),

-- Times where both are known, else local days.
order_legs as (
    select
        orders.merchant_id,
        'ordered_to_shipped' as leg,
        orders.placed_date as began_date,
        case
            when orders.placed_at is not null and shipped_orders.shipped_at is not null
                then date_diff('second', orders.placed_at, shipped_orders.shipped_at) / 86400
            else
                cast(
                    coalesce(shipped_orders.shipped_date, orders.shipped_date) - orders.placed_date as double
                )
        end as leg_days,
        shipped_orders.shipped_at is null
        and shipped_orders.shipped_date is null
        and orders.shipped_date is null
        and coalesce(
            orders.status in (
                'pending',
                'awaiting_payment',
                'awaiting_fulfillment',
                'awaiting_shipment',
                'awaiting_pickup',
                'manual_verification'
            ),
            false
        ) as is_open,
        cast(null as boolean) as is_late
    from orders
    left join shipped_orders
        on orders.merchant_id = shipped_orders.merchant_id and orders.order_id = shipped_orders.order_id
),

local_parcels as (
    select
        parcels.merchant_id,
        parcels.outcome,
        parcels.promised_date,
        parcels.shipped_at,
        parcels.delivered_at,
        coalesce(
            parcels.shipped_date,
            cast(timezone(coalesce(merchants.timezone, 'UTC'), timezone('UTC', parcels.shipped_at)) as date)
        ) as shipped_date,
        cast(
            timezone(coalesce(merchants.timezone, 'UTC'), timezone('UTC', parcels.delivered_at)) as date
        ) as delivered_date
    from parcels
    left join merchants on parcels.merchant_id = merchants.merchant_id
    where not parcels.is_rto
),

parcel_legs as (
    select
        merchant_id,
        'shipped_to_delivered' as leg,
        shipped_date as began_date,
        case
            when shipped_at is not null then date_diff('second', shipped_at, delivered_at) / 86400
            else cast(delivered_date - shipped_date as double)
        end as leg_days,
        delivered_at is null and coalesce(outcome in ('in_transit', 'unknown'), true) as is_open,
        delivered_date > promised_date as is_late
    from local_parcels
),

-- Where no source tells pickups, nothing waits for one.
pickup_sources as (
    select distinct merchant_id
    from return_lifecycle
    where picked_up_at is not null
),

return_starts as (
    select
        return_lifecycle.*,
        pickup_sources.merchant_id is not null as has_pickup_source,
        coalesce(merchants.timezone, 'UTC') as timezone,
        return_lifecycle.return_stage
        in ('requested', 'approved', 'pickup_failed', 'on_the_way', 'arrived', 'received') as is_going_on
    from return_lifecycle
    left join merchants on return_lifecycle.merchant_id = merchants.merchant_id
    left join pickup_sources on return_lifecycle.merchant_id = pickup_sources.merchant_id
),

return_legs as (
    select
        merchant_id,
        'delivered_to_requested' as leg,
        cast(timezone(timezone, timezone('UTC', delivered_at)) as date) as began_date,
        delivered_to_requested_days as leg_days,
        cast(null as boolean) as is_open
    from return_starts
    union all
    select
        merchant_id,
        'requested_to_approved' as leg,
        requested_date as began_date,
        requested_to_approved_days as leg_days,
        is_going_on and return_stage = 'requested' and approved_at is null as is_open
    from return_starts
    union all
    select
        merchant_id,
        'requested_to_picked_up' as leg,
        requested_date as began_date,
        requested_to_picked_up_days as leg_days,
        has_pickup_source
        and return_stage in ('requested', 'approved', 'pickup_failed')
        and picked_up_at is null as is_open
    from return_starts
    union all
    select
        merchant_id,
        'picked_up_to_arrived' as leg,
        cast(timezone(timezone, timezone('UTC', picked_up_at)) as date) as began_date,
        picked_up_to_arrived_days as leg_days,
        return_stage = 'on_the_way' and arrived_at is null as is_open
    from return_starts
    union all
    select
        merchant_id,
        'arrived_to_received' as leg,
        cast(timezone(timezone, timezone('UTC', arrived_at)) as date) as began_date,
        arrived_to_received_days as leg_days,
        return_stage = 'arrived' and received_at is null as is_open
    from return_starts
    union all
    select
        merchant_id,
        'received_to_refunded' as leg,
        cast(timezone(timezone, timezone('UTC', coalesce(received_at, arrived_at))) as date) as began_date,
        received_to_refunded_days as leg_days,
        return_stage in ('arrived', 'received') and refunded_at is null as is_open
    from return_starts
    union all
    select
        merchant_id,
        'requested_to_refunded' as leg,
        requested_date as began_date,
        requested_to_refunded_days as leg_days,
        is_going_on and refunded_at is null as is_open
    from return_starts
),

legs as (
    select merchant_id, leg, began_date, leg_days, is_open, is_late
    from order_legs
    union all
    select merchant_id, leg, began_date, leg_days, is_open, is_late
    from parcel_legs
    union all
    select merchant_id, leg, began_date, leg_days, is_open, cast(null as boolean) as is_late
    from return_legs
),

in_periods as (
    select
        legs.merchant_id,
        period_kinds.period_kind,
        legs.leg,
        cast(
            case
                when period_kinds.period_kind = 'month' then date_trunc('month', legs.began_date)
                else date_trunc('week', legs.began_date)
            end as date
        ) as period_start_date,
        case when legs.leg_days >= 0 then legs.leg_days end as leg_days,
        legs.is_open,
        case when legs.leg_days >= 0 then legs.is_late end as is_late
    from legs
    cross join period_kinds
    where legs.began_date is not null and (legs.leg_days >= 0 or legs.is_open)
),

sums as (
    select
        merchant_id,
        period_kind,
        period_start_date,
        leg,
        count(leg_days) as finished_count,
        count(*) filter (where is_open and leg_days is null) as open_count,
        percentile_cont(0.5) within group (order by leg_days) as median_days,
        percentile_cont(0.9) within group (order by leg_days) as p90_days,
        count(is_late) as promised_count,
        count(*) filter (where is_late) as late_count
    from in_periods
    group by merchant_id, period_kind, period_start_date, leg
)

select
    sums.merchant_id,
    sums.period_kind,
    sums.period_start_date,
    sums.leg,
    leg_places.leg_number,
    sums.finished_count,
    case when sums.leg <> 'delivered_to_requested' then sums.open_count end as open_count,
    sums.median_days,
    sums.p90_days,
    case when sums.leg = 'shipped_to_delivered' then sums.promised_count end as promised_count,
    case when sums.leg = 'shipped_to_delivered' then sums.late_count end as late_count,
    case when sums.promised_count > 0 then sums.late_count / sums.promised_count end as late_share
from sums
inner join leg_places on sums.leg = leg_places.leg
