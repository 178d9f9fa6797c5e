-- description: What the scans of a parcel say together, as the sources of scans name the parcel: its last status, and when it was picked up, delivered or sent back.
-- grain: parcel as its scans name it: shipment, waybill, order and direction
-- key: merchant_id, scans_id
-- load: merge
-- case: scans_id
-- month: first_event_at
-- columns:
--   merchant_id
--   scans_id varchar: Direction, order, shipment and waybill, joined by `:`.
--   shipment_id varchar: Parcel number of the scans.
--   awb varchar: Waybill number of the scans, trimmed.
--   awb_key varchar: The waybill in lower case; the parcel number where the scans have no waybill.
--   order_id varchar: Order that the scans name.
--   reference_number varchar: Reference that the scans name; the first by text where they name several.
--   direction varchar: Direction that the scans name.
--   carrier varchar: Carrier as the scans write it; the last by text where they write several.
--   status varchar: Status of the last scan; scans of the booking count only where there is no other, because they are often dated too late. Of several at one moment the one further on its way.
--   problem varchar: Problem of the last scan that has one.
--   event_count bigint: Scans.
--   status_at timestamp: When that last scan happened (UTC).
--   shipped_at timestamp: When it was first picked up (UTC).
--   delivered_at timestamp: When it was first delivered (UTC): to the customer, a reverse one to the warehouse.
--   last_delivered_at timestamp: When it was last said to be delivered (UTC).
--   rto_marked_at timestamp: When an undelivered parcel was first said to go back (UTC).
--   last_rto_at timestamp: When it was last said to go back (UTC).
--   rto_delivered_at timestamp: When an undelivered parcel was first said to be back (UTC).
--   first_event_at timestamp: First scan (UTC).
--   last_event_at timestamp: Last scan (UTC).
-- checks:
--   not_null: scans_id
--   unique: merchant_id, scans_id
--   assert scans_are_counted: event_count >= 1
--   assert first_is_not_after_last: first_event_at <= last_event_at

with
-- How far on its way a status is; it decides between scans of one moment.
stages as (
    select listed.status, listed.stage
    from (
        values
        ('other', 1),
        ('order_placed', 2),
        ('return_requested', 3),
        ('return_approved', 4),
        ('return_rejected', 5),
        ('awb_registered', 6),
        ('pickup_pending', 7),
        ('out_for_pickup', 11),
        ('pickup_failed', 12),
        ('exchange_pickup', 13),
        ('picked_up', 14),
        ('in_transit', 15),
        ('exchange_in_transit', 16),
        ('delayed', 17),
        ('held', 18),
        ('contact_customer_care', 19),
        ('destination_hub_in', 20),
        ('available_for_pickup', 21),
        ('out_for_delivery', 22),
        ('failed_delivery', 23),
        ('not_serviceable', 24),
        ('rto_requested', 31),
        ('rto_in_transit', 32),
        ('rto_delayed', 33),
        ('rto_contact_customer_care', 34),
        ('rto_out_for_delivery', 35),
        ('rto_failed', 36),
        ('expired', 41),
        ('cancelled', 42),
        ('damaged', 43),
        ('lost', 44),
        ('exchange_delivered', 45),
        ('arrived_at_warehouse', 46),
        ('rto_delivered', 47),
        ('delivered', 48)
    ) as listed (status, stage)
),

tracking_events as (
    select
        merchant_id,
        shipment_id,
        nullif(trim(awb), '') as awb,
        nullif(trim(order_id), '') as order_id,
        nullif(trim(reference_number), '') as reference_number,
        direction,
        nullif(trim(carrier), '') as carrier,
        code,
        problem,
        happened_at,
        epoch_us(happened_at) as moment
    from core.tracking_events
),

staged_events as (
    select
        tracking_events.merchant_id,
        tracking_events.shipment_id,
        tracking_events.awb,
        lower(coalesce(tracking_events.awb, trim(tracking_events.shipment_id))) as awb_key,
        tracking_events.order_id,
        tracking_events.reference_number,
        tracking_events.direction,
        tracking_events.carrier,
        tracking_events.code,
        tracking_events.problem,
        tracking_events.happened_at,
        tracking_events.moment,
        stages.stage,
        case when tracking_events.code like 'rto%' then tracking_events.happened_at end as rto_at,
        case
            when tracking_events.code in ('delivered', 'arrived_at_warehouse', 'exchange_delivered')
                then tracking_events.happened_at
        end as delivered_at
    from tracking_events
    left join stages on tracking_events.code = stages.status
),

summed as (
    select
        merchant_id,
        shipment_id,
        awb_key,
        order_id,
        direction,
        min(awb) as awb,
        min(reference_number) as reference_number,
        max(carrier) as carrier,
        -- 64 is above every stage, so the moment comes first.
        arg_max(code, moment * 64 + stage) filter (where stage > 10) as travel_status,
        max(happened_at) filter (where stage > 10) as travel_at,
        arg_max(code, moment * 64 + stage) as any_status,
        max(happened_at) filter (where code is not null) as any_at,
        max(cast(happened_at as varchar) || ' ' || problem) as dated_problem,
        count(*) as event_count,
        min(case when code = 'picked_up' then happened_at end) as shipped_at,
        min(delivered_at) as delivered_at,
        max(delivered_at) as last_delivered_at,
        min(rto_at) as rto_marked_at,
        max(rto_at) as last_rto_at,
        min(case when code = 'rto_delivered' then happened_at end) as rto_delivered_at,
        min(happened_at) as first_event_at,
        max(happened_at) as last_event_at
    from staged_events
    group by merchant_id, shipment_id, awb_key, order_id, direction
)

select
    merchant_id,
    coalesce(direction, '') || ':' || coalesce(order_id, '') || ':' || shipment_id || ':' || awb_key
        as scans_id,
    shipment_id,
    awb,
    awb_key,
    order_id,
    reference_number,
    direction,
    carrier,
    coalesce(travel_status, any_status) as status,
    split_part(dated_problem, ' ', 3) as problem,
    event_count,
    coalesce(travel_at, any_at) as status_at,
    shipped_at,
    delivered_at,
    last_delivered_at,
    rto_marked_at,
    last_rto_at,
    rto_delivered_at,
    first_event_at,
    last_event_at
from summed
