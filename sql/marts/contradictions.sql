-- description: What the data says that cannot be so, one by one: listed, never hidden, never changed, and never a reason to stop. Each with the thing that it is about, what was found, what it means, and the record that tells it where one does.
-- grain: merchant x kind x thing x finding
-- key: merchant_id, kind, entity_key, finding
-- load: replace
-- columns:
--   merchant_id
--   kind varchar: What contradicts what; `meaning` says it in a sentence.
--   entity varchar: What it is about: `order`, `order_item`, `return_line`, `parcel`, `shipment` (number under which a carrier's scans stand) or `awb`.
--   entity_key varchar: Its id; of an order's item order and product joined by `/`.
--   severity varchar: `error`: numbers are wrong until it is corrected; `warning`: a single thing is; `note`: it can be so, and is worth a look.
--   meaning varchar: What it means, in a sentence.
--   finding varchar: What was found: the two sides of the contradiction.
--   order_id varchar: Order that it belongs to, where known.
--   found_date date: Day on which it shows (UTC, or the source's local date where it has no time); empty where unknown.
--   file_id varchar: File of the newest record that tells of the thing; empty where no single record does.
--   file_name varchar: Name of that file.
--   line_number bigint: Line of that record.
-- checks:
--   not_null: kind
--   not_null: entity_key
--   not_null: meaning
--   unique: merchant_id, kind, entity_key, finding
--   assert severity_is_known: severity in ('error', 'warning', 'note')
with
files as (
    select file_id, file_name, as_of, file_sequence
    from raw.files
    where merged_at is not null
),

orders as (
    select
        merchant_id,
        order_id,
        status,
        currency_code,
        total_amount,
        coalesce(total_amount, 0) + coalesce(gift_certificate_amount, 0) + coalesce(store_credit_amount, 0)
            as paid_amount,
        placed_date,
        placed_at,
        shipped_date
    from core.orders
),

order_units as (
    select merchant_id, order_id, shipped_quantity
    from core.order_units
),

order_lines as (
    select
        merchant_id,
        order_id,
        order_line_id,
        coalesce(nullif(nullif(product_id, ''), '0'), nullif(sku, ''), product_name) as item_id,
        quantity
    from core.order_lines
),

return_lines as (
    select merchant_id, return_line_id, order_id, requested_at, received_at, resolved_at
    from core.return_lines
),

return_status_changes as (
    select merchant_id, return_line_id, from_status, to_status, changed_at
    from core.return_status_changes
    where not is_legal
),

return_claims as (
    select merchant_id, return_line_id, order_id, order_line_id, quantity, resolution_kind, is_countable
    from core.return_claims
    where not is_twin and not is_orphan
),

return_units as (
    select merchant_id, order_id, excess_returned_quantity, requested_quantity
    from core.return_units
    where is_counted
),

return_lifecycle as (
    select merchant_id, return_line_id, order_id, requested_at, delivered_at
    from core.return_lifecycle
    where not is_twin
),

refunds as (
    select merchant_id, order_id, refund_amount
    from core.refunds
    where coalesce(not is_declined, true)
),

refund_matches as (
    select merchant_id, return_line_id, refund_amount, refunded_date
    from core.refund_matches
    where return_line_id is not null
),

parcels as (
    select
        merchant_id,
        parcel_id,
        order_id,
        direction,
        awb,
        is_rto,
        is_orphan,
        shipped_date,
        shipped_at,
        delivered_at,
        rto_delivered_at,
        coalesce(direction, 'forward') = 'forward' as is_forward,
        coalesce(
            cast(shipped_at as date), shipped_date, cast(booked_at as date), cast(first_event_at as date)
        ) as parcel_date
    from core.parcels
),

parcel_tellings as (
    select merchant_id, parcel_id, telling_id
    from core.parcel_tellings
    where told_by = 'shipment'
),

tracking_events as (
    select merchant_id, shipment_id, order_id, code, happened_at
    from core.tracking_events
),

staged_orders as (
    select merchant_id, file_id, record_number, line_number, order_id
    from staging.orders
),

staged_return_lines as (
    select merchant_id, file_id, record_number, line_number, return_line_id
    from staging.return_lines
),

staged_shipments as (
    select merchant_id, file_id, record_number, line_number, shipment_id
    from staging.shipments
),

-- The one list of kinds.
meanings as (
    select listed.kind, listed.entity, listed.severity, listed.meaning
    from (
        values
        (
            'illegal_status_transition',
            'return_line',
            'warning',
            'The return went from one status to another to which no way leads; one of the two is wrong.'
        ),
        (
            'returned_more_than_sold',
            'order_item',
            'error',
            'More units of a product are asked back than the order sold.'
        ),
        (
            'returned_more_than_shipped',
            'order',
            'error',
            'More units are asked back than the order shipped; the units beyond are in no rate.'
        ),
        (
            'refunded_more_than_paid',
            'order',
            'error',
            'More money went back than was paid; a refund is booked twice or to the wrong order.'
        ),
        (
            'refund_of_rejected_return',
            'return_line',
            'warning',
            'The request was rejected or cancelled, and money is booked for it.'
        ),
        (
            'delivered_before_shipped',
            'parcel',
            'warning',
            'The parcel arrived before the carrier took it; one of the times is wrong.'
        ),
        (
            'shipped_before_ordered',
            'order',
            'warning',
            'Goods left before the order was placed; a date, an offset or the order number is wrong.'
        ),
        (
            'cancelled_order_shipped',
            'order',
            'warning',
            'The order is cancelled or declined, and a parcel of it arrived.'
        ),
        (
            'received_before_requested',
            'return_line',
            'warning',
            'The goods arrived before they were asked back; one of the times is wrong.'
        ),
        (
            'resolved_before_requested',
            'return_line',
            'warning',
            'The return was settled before it was asked for; one of the times is wrong.'
        ),
        (
            'requested_before_delivered',
            'return_line',
            'note',
            'The return was asked for before the goods arrived: a change of mind, or a wrong time.'
        ),
        (
            'scans_out_of_order',
            'shipment',
            'note',
            'A scan of the beginning stands behind one of the way; the carrier books late or by hand.'
        ),
        (
            'return_of_rto_order',
            'return_line',
            'error',
            'All parcels of the order came back undelivered, and a return is asked for as well.'
        ),
        (
            'parcel_of_unknown_order',
            'parcel',
            'warning',
            'The parcel names no order, or one that is not loaded; it is in no lead time by order.'
        ),
        (
            'awb_of_two_orders',
            'awb',
            'note',
            'One waybill stands on two orders: the carrier used it again, or a parcel was booked wrongly.'
        ),
        (
            'rto_and_delivered',
            'parcel',
            'warning',
            'The parcel is told to have arrived and to have come back undelivered.'
        )
    ) as listed (kind, entity, severity, meaning)
),

-- By item: an order may hold one product on several lines, and the request tells not which.
returned_items as (
    select
        return_claims.merchant_id,
        return_claims.order_id,
        order_lines.item_id,
        cast(sum(return_claims.quantity) as bigint) as quantity
    from return_claims
    inner join order_lines
        on
            return_claims.merchant_id = order_lines.merchant_id
            and return_claims.order_id = order_lines.order_id
            and return_claims.order_line_id = order_lines.order_line_id
    where return_claims.is_countable and order_lines.item_id is not null
    group by return_claims.merchant_id, return_claims.order_id, order_lines.item_id
),

sold_items as (
    select
        returned_items.merchant_id,
        returned_items.order_id,
        returned_items.item_id,
        returned_items.quantity as returned_quantity,
        cast(sum(order_lines.quantity) as bigint) as sold_quantity
    from returned_items
    inner join order_lines
        on
            returned_items.merchant_id = order_lines.merchant_id
            and returned_items.order_id = order_lines.order_id
            and returned_items.item_id = order_lines.item_id
    group by
        returned_items.merchant_id,
        returned_items.order_id,
        returned_items.item_id,
        returned_items.quantity
),

returned_of_order as (
    select
        merchant_id,
        order_id,
        cast(sum(requested_quantity) as bigint) as requested_quantity,
        sum(excess_returned_quantity) as excess_quantity
    from return_units
    group by merchant_id, order_id
),

refunded_of_order as (
    select merchant_id, order_id, sum(refund_amount) as refund_amount
    from refunds
    group by merchant_id, order_id
),

forward_of_order as (
    select
        merchant_id,
        order_id,
        min(shipped_at) as first_shipped_at,
        min(shipped_date) as first_shipped_date,
        max(case when not is_rto then delivered_at end) as delivered_at,
        bool_and(is_rto) as is_wholly_rto
    from parcels
    where is_forward and order_id is not null
    group by merchant_id, order_id
),

orders_of_awb as (
    select
        merchant_id,
        awb,
        min(order_id) as first_order_id,
        max(order_id) as last_order_id,
        max(parcel_date) as parcel_date
    from parcels
    where awb is not null and order_id is not null
    group by merchant_id, awb
    having min(order_id) <> max(order_id)
),

scans as (
    select
        merchant_id,
        shipment_id,
        max(order_id) as order_id,
        max(case when code in ('order_placed', 'awb_registered') then happened_at end) as last_begun_at,
        min(
            case
                when
                    code in (
                        'picked_up', 'in_transit', 'destination_hub_in', 'out_for_delivery', 'delivered'
                    )
                    then happened_at
            end
        ) as first_moved_at
    from tracking_events
    group by merchant_id, shipment_id
),

found as (
    select
        return_status_changes.merchant_id,
        'illegal_status_transition' as kind,
        return_status_changes.return_line_id as entity_key,
        return_lines.order_id,
        return_status_changes.from_status
        || ' -> '
        || return_status_changes.to_status
        || ' at '
        || cast(return_status_changes.changed_at as varchar) as finding,
        cast(return_status_changes.changed_at as date) as found_date
    from return_status_changes
    left join return_lines
        on
            return_status_changes.merchant_id = return_lines.merchant_id
            and return_status_changes.return_line_id = return_lines.return_line_id
    union all
    select
        merchant_id,
        'returned_more_than_sold' as kind,
        order_id || '/' || item_id as entity_key,
        order_id,
        cast(returned_quantity as varchar)
        || ' asked back, '
        || cast(sold_quantity as varchar)
        || ' sold' as finding,
        cast(null as date) as found_date
    from sold_items
    where returned_quantity > sold_quantity
    union all
    select
        returned_of_order.merchant_id,
        'returned_more_than_shipped' as kind,
        returned_of_order.order_id as entity_key,
        returned_of_order.order_id,
        cast(returned_of_order.requested_quantity as varchar)
        || ' asked back, '
        || cast(coalesce(order_units.shipped_quantity, 0) as varchar)
        || ' shipped' as finding,
        cast(null as date) as found_date
    from returned_of_order
    left join order_units
        on
            returned_of_order.merchant_id = order_units.merchant_id
            and returned_of_order.order_id = order_units.order_id
    where returned_of_order.excess_quantity > 0
    union all
    select
        orders.merchant_id,
        'refunded_more_than_paid' as kind,
        orders.order_id as entity_key,
        orders.order_id,
        cast(cast(refunded_of_order.refund_amount as decimal(18, 2)) as varchar)
        || ' refunded, '
        || cast(cast(orders.paid_amount as decimal(18, 2)) as varchar)
        || ' paid'
        || coalesce(', ' || orders.currency_code, '') as finding,
        orders.placed_date as found_date
    from orders
    inner join refunded_of_order
        on
            orders.merchant_id = refunded_of_order.merchant_id
            and orders.order_id = refunded_of_order.order_id
    -- A cent is rounding.
    where orders.total_amount is not null and refunded_of_order.refund_amount > orders.paid_amount + 0.01
    union all
    select
        refund_matches.merchant_id,
        'refund_of_rejected_return' as kind,
        refund_matches.return_line_id as entity_key,
        min(return_claims.order_id) as order_id,
        min(return_claims.resolution_kind)
        || ', '
        || cast(cast(sum(refund_matches.refund_amount) as decimal(18, 2)) as varchar)
        || ' refunded' as finding,
        max(refund_matches.refunded_date) as found_date
    from refund_matches
    inner join return_claims
        on
            refund_matches.merchant_id = return_claims.merchant_id
            and refund_matches.return_line_id = return_claims.return_line_id
    where return_claims.resolution_kind in ('rejected', 'cancelled')
    group by refund_matches.merchant_id, refund_matches.return_line_id
    union all
    select
        merchant_id,
        'delivered_before_shipped' as kind,
        parcel_id as entity_key,
        order_id,
        'shipped '
        || cast(shipped_at as varchar)
        || ', delivered '
        || cast(delivered_at as varchar) as finding,
        cast(delivered_at as date) as found_date
    from parcels
    where delivered_at < shipped_at
    union all
    select
        orders.merchant_id,
        'shipped_before_ordered' as kind,
        orders.order_id as entity_key,
        orders.order_id,
        'ordered '
        || coalesce(cast(orders.placed_at as varchar), cast(orders.placed_date as varchar))
        || ', shipped '
        || coalesce(
            case
                when forward_of_order.first_shipped_at < orders.placed_at
                    then cast(forward_of_order.first_shipped_at as varchar)
            end,
            cast(least(orders.shipped_date, forward_of_order.first_shipped_date) as varchar)
        ) as finding,
        orders.placed_date as found_date
    from orders
    left join forward_of_order
        on orders.merchant_id = forward_of_order.merchant_id and orders.order_id = forward_of_order.order_id
    where
        forward_of_order.first_shipped_at < orders.placed_at
        or forward_of_order.first_shipped_date < orders.placed_date
        or orders.shipped_date < orders.placed_date
    union all
    select
        orders.merchant_id,
        'cancelled_order_shipped' as kind,
        orders.order_id as entity_key,
        orders.order_id,
        orders.status || ', delivered ' || cast(forward_of_order.delivered_at as varchar) as finding,
        cast(forward_of_order.delivered_at as date) as found_date
    from orders
    inner join forward_of_order
        on orders.merchant_id = forward_of_order.merchant_id and orders.order_id = forward_of_order.order_id
    where orders.status in ('cancelled', 'declined') and forward_of_order.delivered_at is not null
    union all
    select
        merchant_id,
        'received_before_requested' as kind,
        return_line_id as entity_key,
        order_id,
        'requested '
        || cast(requested_at as varchar)
        || ', received '
        || cast(received_at as varchar) as finding,
        cast(received_at as date) as found_date
    from return_lines
    where received_at < requested_at
    union all
    select
        merchant_id,
        'resolved_before_requested' as kind,
        return_line_id as entity_key,
        order_id,
        'requested '
        || cast(requested_at as varchar)
        || ', resolved '
        || cast(resolved_at as varchar) as finding,
        cast(resolved_at as date) as found_date
    from return_lines
    where resolved_at < requested_at
    union all
    -- A day: a request of which only the day is known stands at its beginning.
    select
        merchant_id,
        'requested_before_delivered' as kind,
        return_line_id as entity_key,
        order_id,
        'requested '
        || cast(requested_at as varchar)
        || ', delivered '
        || cast(delivered_at as varchar) as finding,
        cast(requested_at as date) as found_date
    from return_lifecycle
    where requested_at + interval 1 day < delivered_at
    union all
    select
        merchant_id,
        'scans_out_of_order' as kind,
        shipment_id as entity_key,
        order_id,
        'moved '
        || cast(first_moved_at as varchar)
        || ', placed or registered '
        || cast(last_begun_at as varchar) as finding,
        cast(last_begun_at as date) as found_date
    from scans
    where last_begun_at > first_moved_at
    union all
    select
        return_claims.merchant_id,
        'return_of_rto_order' as kind,
        return_claims.return_line_id as entity_key,
        return_claims.order_id,
        cast(return_claims.quantity as varchar) || ' asked back' as finding,
        cast(null as date) as found_date
    from return_claims
    inner join forward_of_order
        on
            return_claims.merchant_id = forward_of_order.merchant_id
            and return_claims.order_id = forward_of_order.order_id
    where return_claims.is_countable and forward_of_order.is_wholly_rto
    union all
    select
        merchant_id,
        'parcel_of_unknown_order' as kind,
        parcel_id as entity_key,
        order_id,
        coalesce('order ' || order_id || ' is not loaded', 'no order is named') as finding,
        parcel_date as found_date
    from parcels
    where is_orphan
    union all
    select
        merchant_id,
        'awb_of_two_orders' as kind,
        awb as entity_key,
        last_order_id as order_id,
        'orders ' || first_order_id || ' and ' || last_order_id as finding,
        parcel_date as found_date
    from orders_of_awb
    union all
    select
        merchant_id,
        'rto_and_delivered' as kind,
        parcel_id as entity_key,
        order_id,
        'delivered '
        || cast(delivered_at as varchar)
        || coalesce(', back ' || cast(rto_delivered_at as varchar), '') as finding,
        cast(delivered_at as date) as found_date
    from parcels
    where is_forward and is_rto and delivered_at is not null
),

named as (
    select
        found.merchant_id,
        found.kind,
        meanings.entity,
        found.entity_key,
        meanings.severity,
        meanings.meaning,
        found.finding,
        found.order_id,
        found.found_date
    from found
    inner join meanings on found.kind = meanings.kind
),

-- The records that tell of the things found: only these are looked up.
tellings as (
    select
        staged_orders.merchant_id,
        'order' as entity,
        staged_orders.order_id as entity_key,
        staged_orders.file_id,
        staged_orders.record_number,
        staged_orders.line_number
    from staged_orders
    where
        exists (
            select 1
            from named
            where
                named.entity = 'order'
                and named.merchant_id = staged_orders.merchant_id
                and named.entity_key = staged_orders.order_id
        )
    union all
    select
        staged_return_lines.merchant_id,
        'return_line' as entity,
        staged_return_lines.return_line_id as entity_key,
        staged_return_lines.file_id,
        staged_return_lines.record_number,
        staged_return_lines.line_number
    from staged_return_lines
    where
        exists (
            select 1
            from named
            where
                named.entity = 'return_line'
                and named.merchant_id = staged_return_lines.merchant_id
                and named.entity_key = staged_return_lines.return_line_id
        )
    union all
    select
        staged_shipments.merchant_id,
        'parcel' as entity,
        parcel_tellings.parcel_id as entity_key,
        staged_shipments.file_id,
        staged_shipments.record_number,
        staged_shipments.line_number
    from staged_shipments
    inner join parcel_tellings
        on
            staged_shipments.merchant_id = parcel_tellings.merchant_id
            and staged_shipments.shipment_id = parcel_tellings.telling_id
    where exists (
        select 1
        from named
        where
            named.entity = 'parcel'
            and named.merchant_id = parcel_tellings.merchant_id
            and named.entity_key = parcel_tellings.parcel_id
    )
),

ranked_tellings as (
    select
        tellings.merchant_id,
        tellings.entity,
        tellings.entity_key,
        tellings.file_id,
        files.file_name,
        tellings.line_number,
        row_number() over (
            partition by tellings.merchant_id, tellings.entity, tellings.entity_key
            order by files.as_of desc, files.file_sequence desc, tellings.record_number desc
        ) as recency
    from tellings
    inner join files on tellings.file_id = files.file_id
),

places as (
    select merchant_id, entity, entity_key, file_id, file_name, line_number
    from ranked_tellings
    where recency = 1
)

select
    named.merchant_id,
    named.kind,
    named.entity,
    named.entity_key,
    named.severity,
    named.meaning,
    named.finding,
    named.order_id,
    named.found_date,
    places.file_id,
    places.file_name,
    places.line_number
from named
left join places
    on
        named.merchant_id = places.merchant_id
        and named.entity = places.entity
        and named.entity_key = places.entity_key
