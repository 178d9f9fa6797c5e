-- description: The way of every return line from the request to the money: its moments, the days between them, the stage where it stands, and the window of the policy in force when the order was placed. What its twin or its parcel on the way back tells fills what the request leaves open. Days are empty where a moment is unknown or stands before the earlier one (marts.contradictions lists these).
-- grain: return line
-- key: merchant_id, return_line_id
-- load: merge
-- case: return_line_id
-- also:
--   select lifecycle.merchant_id, lifecycle.return_line_id
--   from core.return_lifecycle as lifecycle
--   inner join core.returns_coverage as coverage using (merchant_id)
--   left join core.parcels as parcels using (merchant_id, parcel_id)
--   where
--     lifecycle.return_stage in ('requested', 'approved', 'pickup_failed', 'died')
--     and coalesce(parcels.outcome <> 'cancelled' and parcels.status not in ('cancelled', 'expired'), true)
--     and (lifecycle.return_stage = 'died') is distinct from coalesce(
--       coverage.data_through_date - coalesce(cast(lifecycle.approved_at as date), lifecycle.requested_date) > 28, false
--     )
-- follows: core.returns_coverage
-- month: requested_date
-- columns:
--   merchant_id
--   return_line_id varchar: Id of the request line.
--   order_id varchar: Order that the goods came from, as core.return_line_matches found it.
--   parcel_id varchar: Parcel on the way back: by the waybill of the request or its twin, else by the request's number.
--   carrier varchar: Carrier of that parcel, as the source writes it.
--   status varchar: Status in one vocabulary.
--   return_stage varchar: `requested`; `approved`; `pickup_failed`: somebody went in vain; `on_the_way`; `lost_on_the_way`: lost or damaged; `arrived`: back, not booked as received; `received`; `resolved`; `rejected`; `cancelled`; `died`: not on the way 28 days after approval or request, or its pickup was cancelled; `told_twice`: another line tells of the same goods.
--   resolution_kind varchar: What was done in the end, as core.return_claims says.
--   quantity bigint: Units asked to be returned.
--   pickup_attempt_count bigint: Times that somebody went out to pick it up: as counted by a source, or by scans; empty without a parcel.
--   pickup_failed_count bigint: Scans of a pickup that failed; empty without a parcel.
--   delivered_to_requested_days double: Days from the delivery to the customer to the request.
--   requested_to_approved_days double: Days from request to approval.
--   requested_to_picked_up_days double: Days from request to pickup.
--   picked_up_to_arrived_days double: Days from pickup to the warehouse.
--   arrived_to_received_days double: Days from the warehouse's door to its booking.
--   received_to_refunded_days double: Days from receipt to the money; from arrival where no receipt is booked.
--   requested_to_refunded_days double: Days from request to the money.
--   window_days bigint: Days in which goods may be returned, by the policy stamped on the order.
--   window_clock varchar: What starts these days: ordered, shipped or delivered.
--   is_within_window boolean: Requested on the last day of the window or earlier; empty where policy, clock or request are unknown.
--   is_twin boolean: Another line tells of the same goods and is the one that counts.
--   requested_date date: The merchant's local date of the request.
--   window_deadline_date date: Last day of the window; empty where the policy or its clock is unknown.
--   delivered_at timestamp: When the goods were delivered to the customer (UTC): the parcel of the line, else the last of the order.
--   requested_at timestamp: When the return was asked for (UTC); the beginning of the local day where only the day is known.
--   approved_at timestamp: When the request was approved (UTC).
--   booked_at timestamp: When the way back was booked with the carrier (UTC).
--   picked_up_at timestamp: When the carrier took it from the customer (UTC).
--   arrived_at timestamp: When the parcel was back at the warehouse (UTC), as its carrier says.
--   received_at timestamp: When the goods were booked as received (UTC).
--   inspected_at timestamp: When it was inspected first (UTC).
--   resolved_at timestamp: When refund, exchange or repair was done (UTC).
--   refunded_at timestamp: When money went back (UTC): of the refund that paid back this line, else of its status `refunded`, else when it was resolved by refund; the end of the local day where only the day is known.
-- checks:
--   not_null: return_line_id
--   not_null: return_stage
--   unique: merchant_id, return_line_id
--   assert stage_is_known: return_stage in ('requested', 'approved', 'pickup_failed', 'on_the_way', 'lost_on_the_way', 'arrived', 'received', 'resolved', 'rejected', 'cancelled', 'died', 'told_twice')
--   assert days_are_not_negative: least(delivered_to_requested_days, requested_to_approved_days, requested_to_picked_up_days, picked_up_to_arrived_days, arrived_to_received_days, received_to_refunded_days, requested_to_refunded_days) >= 0
--   assert window_needs_a_deadline: window_deadline_date is not null or is_within_window is null
with
merchants as (
    select merchant_id, coalesce(timezone, 'UTC') as timezone
    from core.merchants
),

return_lines as (
    select
        merchant_id,
        return_line_id,
        coalesce(return_id, return_line_id) as return_id,
        lower(nullif(trim(awb), '')) as awb_key,
        lower(nullif(trim(forward_awb), '')) as forward_awb_key,
        status,
        quantity,
        requested_date,
        requested_at,
        approved_at,
        received_at,
        resolved_at
    from core.return_lines
),

-- A later file may tell the approval alone; the request stands in the events.
first_requests as (
    select merchant_id, return_line_id, min(changed_at) as requested_at
    from core.return_status_events
    where to_status = 'pending' and changed_after is null
    group by merchant_id, return_line_id
),

return_claims as (
    select
        merchant_id,
        return_line_id,
        twin_return_line_id,
        order_id,
        order_line_id,
        resolution_kind,
        is_twin
    from core.return_claims
),

return_matches as (
    select merchant_id, return_line_id, kind, refunded_date
    from core.return_matches
),

refund_matches as (
    select merchant_id, refund_id, return_line_id
    from core.refund_matches
    where return_line_id is not null
),

refunds as (
    select merchant_id, refund_id, coalesce(completed_at, refunded_at) as refunded_at
    from core.refunds
),

return_status_changes as (
    select merchant_id, return_line_id, to_status, changed_at
    from core.return_status_changes
    where changed_after is null or changed_at <= changed_after + interval 26 hour
),

inspections as (
    select merchant_id, return_line_id, inspected_at
    from core.inspections
),

orders as (
    select merchant_id, order_id, policy_version_id, placed_date, shipped_date
    from core.orders
),

policies as (
    select merchant_id, policy_version_id, window_days, window_clock
    from core.policies
),

returns_coverage as (
    select merchant_id, data_through_date
    from core.returns_coverage
),

reverse_parcels as (
    select
        merchant_id,
        parcel_id,
        order_id,
        reference_number,
        lower(trim(awb)) as awb_key,
        carrier,
        status,
        outcome,
        pickup_attempt_count,
        coalesce(booked_at, first_event_at) as booked_at,
        shipped_at as picked_up_at,
        delivered_at as arrived_at
    from core.parcels
    where direction = 'reverse'
),

forward_parcels as (
    select
        parcels.merchant_id,
        parcels.parcel_id,
        parcels.order_id,
        lower(trim(parcels.awb)) as awb_key,
        parcels.delivered_at,
        coalesce(
            parcels.shipped_date,
            cast(timezone(coalesce(merchants.timezone, 'UTC'), timezone('UTC', parcels.shipped_at)) as date)
        ) as shipped_date
    from core.parcels as parcels
    left join merchants on parcels.merchant_id = merchants.merchant_id
    where
        coalesce(parcels.direction, 'forward') = 'forward'
        and not parcels.is_rto
        and parcels.order_id is not null
),

parcel_lines as (
    select merchant_id, parcel_id, order_id, order_line_id
    from core.parcel_lines
    where order_line_id is not null
),

pickup_scans as (
    select
        merchant_id,
        lower(trim(coalesce(awb, shipment_id))) as awb_key,
        count(*) filter (where code = 'out_for_pickup') as out_count,
        count(*) filter (where code = 'pickup_failed') as failed_count
    from core.tracking_events
    where
        code in ('out_for_pickup', 'pickup_failed')
        and coalesce(direction, 'reverse') = 'reverse'
    group by merchant_id, lower(trim(coalesce(awb, shipment_id)))
),

-- What a line that is told twice says of the goods, for the line that counts.
twin_tellings as (
    select
        return_claims.merchant_id,
        return_claims.twin_return_line_id as return_line_id,
        min(return_lines.awb_key) as awb_key,
        min(return_lines.return_id) as return_id,
        min(return_lines.forward_awb_key) as forward_awb_key,
        min(return_lines.requested_at) as requested_at,
        min(return_lines.approved_at) as approved_at,
        min(return_lines.received_at) as received_at,
        min(return_lines.resolved_at) as resolved_at
    from return_claims
    inner join return_lines
        on
            return_claims.merchant_id = return_lines.merchant_id
            and return_claims.return_line_id = return_lines.return_line_id
    where return_claims.is_twin
    group by return_claims.merchant_id, return_claims.twin_return_line_id
),

lines as (
    select
        return_lines.merchant_id,
        return_lines.return_line_id,
        return_claims.order_id,
        return_claims.order_line_id,
        return_claims.resolution_kind,
        return_claims.is_twin,
        return_lines.status,
        return_lines.quantity,
        return_lines.requested_date,
        return_lines.return_id,
        twin_tellings.return_id as twin_return_id,
        coalesce(return_lines.awb_key, twin_tellings.awb_key) as awb_key,
        coalesce(return_lines.forward_awb_key, twin_tellings.forward_awb_key) as forward_awb_key,
        least(
            first_requests.requested_at,
            coalesce(
                return_lines.requested_at,
                twin_tellings.requested_at,
                timezone(
                    'UTC',
                    timezone(
                        coalesce(merchants.timezone, 'UTC'), cast(return_lines.requested_date as timestamp)
                    )
                )
            )
        ) as requested_at,
        coalesce(return_lines.approved_at, twin_tellings.approved_at) as approved_at,
        coalesce(return_lines.received_at, twin_tellings.received_at) as received_at,
        coalesce(return_lines.resolved_at, twin_tellings.resolved_at) as resolved_at,
        coalesce(merchants.timezone, 'UTC') as timezone
    from return_lines
    inner join return_claims
        on
            return_lines.merchant_id = return_claims.merchant_id
            and return_lines.return_line_id = return_claims.return_line_id
    left join merchants on return_lines.merchant_id = merchants.merchant_id
    left join twin_tellings
        on
            return_lines.merchant_id = twin_tellings.merchant_id
            and return_lines.return_line_id = twin_tellings.return_line_id
    left join first_requests
        on
            return_lines.merchant_id = first_requests.merchant_id
            and return_lines.return_line_id = first_requests.return_line_id
),

-- Carriers reuse waybills: the parcel of the same order comes first, then the newest.
candidate_parcels as (
    select
        lines.merchant_id,
        lines.return_line_id,
        lines.order_id,
        reverse_parcels.parcel_id,
        reverse_parcels.order_id as parcel_order_id,
        reverse_parcels.booked_at,
        1 as way
    from lines
    inner join reverse_parcels
        on lines.merchant_id = reverse_parcels.merchant_id and lines.awb_key = reverse_parcels.awb_key
    union all
    select
        lines.merchant_id,
        lines.return_line_id,
        lines.order_id,
        reverse_parcels.parcel_id,
        reverse_parcels.order_id as parcel_order_id,
        reverse_parcels.booked_at,
        2 as way
    from lines
    inner join reverse_parcels
        on
            lines.merchant_id = reverse_parcels.merchant_id
            and lines.return_id = reverse_parcels.reference_number
    where lines.awb_key is null
),

ranked_parcels as (
    select
        merchant_id,
        return_line_id,
        parcel_id,
        row_number() over (
            partition by merchant_id, return_line_id
            order by
                way asc,
                case when parcel_order_id = order_id then 0 else 1 end asc,
                booked_at desc nulls last,
                parcel_id asc
        ) as choice_number
    from candidate_parcels
),

line_parcels as (
    select
        ranked_parcels.merchant_id,
        ranked_parcels.return_line_id,
        reverse_parcels.parcel_id,
        reverse_parcels.carrier,
        reverse_parcels.status,
        reverse_parcels.outcome,
        reverse_parcels.booked_at,
        reverse_parcels.picked_up_at,
        reverse_parcels.arrived_at,
        coalesce(pickup_scans.failed_count, 0) as failed_count,
        greatest(
            coalesce(reverse_parcels.pickup_attempt_count, 0),
            coalesce(pickup_scans.out_count, 0),
            coalesce(pickup_scans.failed_count, 0)
        ) as attempt_count
    from ranked_parcels
    inner join reverse_parcels
        on
            ranked_parcels.merchant_id = reverse_parcels.merchant_id
            and ranked_parcels.parcel_id = reverse_parcels.parcel_id
    left join pickup_scans
        on
            reverse_parcels.merchant_id = pickup_scans.merchant_id
            and reverse_parcels.awb_key = pickup_scans.awb_key
    where ranked_parcels.choice_number = 1
),

-- The way to the customer: the parcel that the request names, else those that held the line, else the order's.
named_ways as (
    select
        lines.merchant_id,
        lines.return_line_id,
        max(forward_parcels.delivered_at) as delivered_at,
        max(forward_parcels.shipped_date) as shipped_date
    from lines
    inner join forward_parcels
        on
            lines.merchant_id = forward_parcels.merchant_id
            and lines.order_id = forward_parcels.order_id
            and lines.forward_awb_key = forward_parcels.awb_key
    group by lines.merchant_id, lines.return_line_id
),

line_ways as (
    select
        forward_parcels.merchant_id,
        forward_parcels.order_id,
        parcel_lines.order_line_id,
        max(forward_parcels.delivered_at) as delivered_at,
        max(forward_parcels.shipped_date) as shipped_date
    from forward_parcels
    inner join parcel_lines
        on
            forward_parcels.merchant_id = parcel_lines.merchant_id
            and forward_parcels.parcel_id = parcel_lines.parcel_id
    group by forward_parcels.merchant_id, forward_parcels.order_id, parcel_lines.order_line_id
),

order_ways as (
    select
        merchant_id,
        order_id,
        max(delivered_at) as delivered_at,
        max(shipped_date) as shipped_date
    from forward_parcels
    group by merchant_id, order_id
),

status_times as (
    select
        merchant_id,
        return_line_id,
        min(case when to_status = 'authorized' then changed_at end) as approved_at,
        min(case when to_status = 'received' then changed_at end) as received_at,
        min(case when to_status = 'refunded' then changed_at end) as refunded_at
    from return_status_changes
    group by merchant_id, return_line_id
),

refund_times as (
    select
        refund_matches.merchant_id,
        refund_matches.return_line_id,
        min(refunds.refunded_at) as refunded_at
    from refund_matches
    inner join refunds
        on
            refund_matches.merchant_id = refunds.merchant_id
            and refund_matches.refund_id = refunds.refund_id
    group by refund_matches.merchant_id, refund_matches.return_line_id
),

inspection_times as (
    select merchant_id, return_line_id, min(inspected_at) as inspected_at
    from inspections
    group by merchant_id, return_line_id
),

moments as (
    select
        lines.merchant_id,
        lines.return_line_id,
        lines.order_id,
        lines.status,
        lines.resolution_kind,
        lines.is_twin,
        lines.quantity,
        lines.requested_date,
        lines.requested_at,
        lines.resolved_at,
        lines.timezone,
        line_parcels.parcel_id,
        line_parcels.carrier,
        line_parcels.status as parcel_status,
        line_parcels.outcome as parcel_outcome,
        line_parcels.failed_count,
        line_parcels.attempt_count,
        line_parcels.booked_at,
        line_parcels.picked_up_at,
        line_parcels.arrived_at,
        inspection_times.inspected_at,
        returns_coverage.data_through_date,
        policies.window_days,
        policies.window_clock,
        orders.placed_date,
        return_matches.kind as ledger_kind,
        coalesce(lines.approved_at, status_times.approved_at) as approved_at,
        coalesce(lines.received_at, status_times.received_at) as received_at,
        coalesce(
            refund_times.refunded_at,
            timezone(
                'UTC',
                timezone(lines.timezone, cast(return_matches.refunded_date as timestamp) + interval 1 day)
            ),
            status_times.refunded_at,
            case when lines.resolution_kind = 'refund' then lines.resolved_at end
        ) as refunded_at,
        coalesce(named_ways.delivered_at, line_ways.delivered_at, order_ways.delivered_at) as delivered_at,
        coalesce(
            named_ways.shipped_date, line_ways.shipped_date, order_ways.shipped_date, orders.shipped_date
        ) as shipped_date
    from lines
    left join line_parcels
        on
            lines.merchant_id = line_parcels.merchant_id
            and lines.return_line_id = line_parcels.return_line_id
    left join orders on lines.merchant_id = orders.merchant_id and lines.order_id = orders.order_id
    left join policies
        on
            orders.merchant_id = policies.merchant_id
            and orders.policy_version_id = policies.policy_version_id
    left join returns_coverage on lines.merchant_id = returns_coverage.merchant_id
    left join return_matches
        on
            lines.merchant_id = return_matches.merchant_id
            and lines.return_line_id = return_matches.return_line_id
    left join status_times
        on
            lines.merchant_id = status_times.merchant_id
            and lines.return_line_id = status_times.return_line_id
    left join refund_times
        on
            lines.merchant_id = refund_times.merchant_id
            and lines.return_line_id = refund_times.return_line_id
    left join inspection_times
        on
            lines.merchant_id = inspection_times.merchant_id
            and lines.return_line_id = inspection_times.return_line_id
    left join named_ways
        on
            lines.merchant_id = named_ways.merchant_id
            and lines.return_line_id = named_ways.return_line_id
    left join line_ways
        on
            lines.merchant_id = line_ways.merchant_id
            and lines.order_id = line_ways.order_id
            and lines.order_line_id = line_ways.order_line_id
    left join order_ways
        on lines.merchant_id = order_ways.merchant_id and lines.order_id = order_ways.order_id
),

deadlines as (
    select
        *,
        coalesce(received_at, arrived_at) as returned_at,
        cast(
            case window_clock
                when 'ordered' then placed_date
                when 'shipped' then shipped_date
                when 'delivered' then cast(timezone(timezone, timezone('UTC', delivered_at)) as date)
            end
            + cast(least(window_days, 100000) as integer) as date
        ) as window_deadline_date
    from moments
)

select
    merchant_id,
    return_line_id,
    order_id,
    parcel_id,
    carrier,
    status,
    case
        when is_twin then 'told_twice'
        when resolution_kind in ('rejected', 'cancelled') then resolution_kind
        when
            resolution_kind is not null
            or resolved_at is not null
            or status = 'closed'
            or ledger_kind = 'refunded'
            then 'resolved'
        when received_at is not null or inspected_at is not null or status = 'received' then 'received'
        when arrived_at is not null or parcel_outcome = 'delivered' then 'arrived'
        when parcel_outcome in ('lost', 'damaged') then 'lost_on_the_way'
        when
            picked_up_at is not null
            or parcel_status in ('picked_up', 'in_transit', 'destination_hub_in', 'out_for_delivery')
            then 'on_the_way'
        when parcel_outcome = 'cancelled' or parcel_status in ('cancelled', 'expired') then 'died'
        when data_through_date - coalesce(cast(approved_at as date), requested_date) > 28 then 'died'
        when parcel_status = 'pickup_failed' or failed_count > 0 then 'pickup_failed'
        when approved_at is not null or status = 'authorized' or parcel_id is not null then 'approved'
        else 'requested'
    end as return_stage,
    resolution_kind,
    quantity,
    attempt_count as pickup_attempt_count,
    failed_count as pickup_failed_count,
    case
        when requested_at >= delivered_at then date_diff('second', delivered_at, requested_at) / 86400
    end as delivered_to_requested_days,
    case
        when approved_at >= requested_at then date_diff('second', requested_at, approved_at) / 86400
    end as requested_to_approved_days,
    case
        when picked_up_at >= requested_at then date_diff('second', requested_at, picked_up_at) / 86400
    end as requested_to_picked_up_days,
    case
        when arrived_at >= picked_up_at then date_diff('second', picked_up_at, arrived_at) / 86400
    end as picked_up_to_arrived_days,
    case
        when received_at >= arrived_at then date_diff('second', arrived_at, received_at) / 86400
    end as arrived_to_received_days,
    case
        when refunded_at >= returned_at then date_diff('second', returned_at, refunded_at) / 86400
    end as received_to_refunded_days,
    case
        when refunded_at >= requested_at then date_diff('second', requested_at, refunded_at) / 86400
    end as requested_to_refunded_days,
    window_days,
    window_clock,
    requested_date <= window_deadline_date as is_within_window,
    is_twin,
    requested_date,
    window_deadline_date,
    delivered_at,
    requested_at,
    approved_at,
    booked_at,
    picked_up_at,
    arrived_at,
    received_at,
    inspected_at,
    resolved_at,
    refunded_at
from deadlines
