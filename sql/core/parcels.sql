-- description: Parcels: what several sources and a carrier's scans tell of one physical parcel, in one row. Of several rows the newest with a value speaks, column by column; a source that says up to when it saw the parcel (an aggregator) stands before one that does not (a shop). Scans fill what no row says; a later scan stands before a row's status and outcome.
-- grain: parcel
-- key: merchant_id, parcel_id
-- load: merge
-- case: parcel_id
-- month: shipped_date
-- columns:
--   merchant_id
--   parcel_id varchar: Direction, order and waybill, joined by `:`; without a waybill the shipment's number.
--   order_id varchar: Order that the parcel belongs to: as stated, else a reference number that is a loaded order.
--   reference_number varchar: Merchant's or aggregator's reference of the parcel; of a reverse one often the return's.
--   direction
--   carrier varchar: Carrier as the source writes it.
--   service varchar: Service level.
--   awb varchar: Waybill number, trimmed, as the source writes it.
--   rto_awb varchar: Waybill under which an undelivered parcel travels back.
--   payment_mode varchar: How the parcel is paid for, as the source writes it.
--   origin_country varchar: Country that the parcel leaves from, as the source writes it.
--   origin_zone varchar: Zone that the parcel leaves from.
--   destination_country varchar: Country that the parcel goes to, as the source writes it.
--   destination_zone varchar: Zone that the parcel goes to.
--   status varchar: Last status in one vocabulary: of the newest row or scan.
--   outcome varchar: How it ended; an end stands before `in_transit`. `returned_to_origin` wherever is_rto is true.
--   problem varchar: Why the last attempt failed, in one vocabulary.
--   return_reason_raw varchar: For `reverse`: reason of the return as the source writes it for the whole parcel.
--   quality_check varchar: For `reverse`: kind of check at the door, as the source writes it.
--   currency_code varchar: ISO 4217 currency of the cost.
--   cost_amount decimal(18,4): What the merchant paid for the parcel; of the row that currency_code is of.
--   delivery_attempt_count bigint: Times that it went out for delivery, as a source counts them.
--   pickup_attempt_count bigint: Times that somebody went out to pick it up, as a source counts them.
--   shipment_count bigint: Rows of core.shipments that tell of it; 0 where only scans do.
--   event_count bigint: Scans of it.
--   is_rto boolean: A parcel to the customer that went back undelivered, or is on its way back: by its outcome, or by an RTO status, scan or date with no delivery after it.
--   is_cross_border boolean: Origin and destination are in different countries; empty where they are unknown.
--   is_orphan boolean: The order is unknown or not loaded.
--   promised_date date: Date promised to the customer.
--   shipped_date date: The merchant's local date of shipping, as a source states it.
--   booked_at timestamp: When the parcel was booked with the carrier (UTC).
--   shipped_at timestamp: When the carrier took it (UTC), else its first scan of a pickup.
--   delivered_at timestamp: When it was delivered (UTC), for `reverse` when it was back at the warehouse; else its first such scan.
--   rto_marked_at timestamp: When an undelivered parcel was ordered back (UTC), else its first RTO scan.
--   rto_delivered_at timestamp: When an undelivered parcel was back at the warehouse (UTC), else its first such scan.
--   first_event_at timestamp: First scan (UTC).
--   last_event_at timestamp: Last scan (UTC).
-- checks:
--   not_null: parcel_id
--   unique: merchant_id, parcel_id
--   assert somebody_tells_of_it: shipment_count + event_count >= 1
--   assert rto_is_its_outcome: is_rto = coalesce(outcome = 'returned_to_origin' and coalesce(direction, '') <> 'reverse', false)
--   assert known_orders_are_loaded: is_orphan or order_id is not null
--   assert first_scan_is_not_after_last: first_event_at <= last_event_at

with
orders as (
    select merchant_id, order_id
    from core.orders
),

parcel_tellings as (
    select merchant_id, told_by, telling_id, parcel_id, order_id, direction
    from core.parcel_tellings
),

shipments as (
    select
        merchant_id,
        shipment_id,
        reference_number,
        carrier,
        service,
        nullif(trim(awb), '') as awb,
        rto_awb,
        payment_mode,
        origin_country,
        origin_zone,
        destination_country,
        destination_zone,
        status,
        case when outcome not in ('in_transit', 'unknown') then outcome end as ended,
        case when outcome = 'in_transit' then outcome end as travelling,
        problem,
        return_reason_raw,
        quality_check,
        currency_code,
        cost_amount,
        delivery_attempt_count,
        pickup_attempt_count,
        is_cross_border,
        promised_date,
        shipped_date,
        booked_at,
        shipped_at,
        delivered_at,
        rto_marked_at,
        rto_delivered_at,
        observed_at,
        last_changed_at
    from core.shipments
),

parcel_scans as (
    select
        merchant_id,
        scans_id,
        awb,
        reference_number,
        carrier,
        status,
        case
            when status in ('delivered', 'arrived_at_warehouse', 'exchange_delivered') then 'delivered'
            when status in ('lost', 'damaged', 'cancelled') then status
        end as ended,
        problem,
        event_count,
        status_at,
        shipped_at,
        delivered_at,
        last_delivered_at,
        rto_marked_at,
        last_rto_at,
        rto_delivered_at,
        first_event_at,
        last_event_at,
        cast(status_at as varchar) || ' ' || scans_id as precedence
    from core.parcel_scans
),

-- Numbers are quicker to compare, column by column, than what they are made from.
placed_rows as (
    select
        parcel_tellings.merchant_id,
        parcel_tellings.parcel_id,
        parcel_tellings.order_id,
        parcel_tellings.direction,
        shipments.shipment_id,
        row_number() over (
            partition by parcel_tellings.merchant_id, parcel_tellings.parcel_id
            order by
                shipments.observed_at desc nulls last,
                shipments.last_changed_at desc nulls last,
                shipments.shipment_id asc
        ) as place
    from parcel_tellings
    inner join shipments
        on
            parcel_tellings.merchant_id = shipments.merchant_id
            and parcel_tellings.telling_id = shipments.shipment_id
            and parcel_tellings.told_by = 'shipment'
),

by_rows as (
    select
        placed_rows.merchant_id,
        placed_rows.parcel_id,
        max(placed_rows.order_id) as order_id,
        max(placed_rows.direction) as direction,
        count(*) as shipment_count,
        arg_min(shipments.reference_number, placed_rows.place) as reference_number,
        arg_min(shipments.carrier, placed_rows.place) as carrier,
        arg_min(shipments.service, placed_rows.place) as service,
        arg_min(shipments.awb, placed_rows.place) as awb,
        arg_min(shipments.rto_awb, placed_rows.place) as rto_awb,
        arg_min(shipments.payment_mode, placed_rows.place) as payment_mode,
        arg_min(shipments.origin_country, placed_rows.place) as origin_country,
        arg_min(shipments.origin_zone, placed_rows.place) as origin_zone,
        arg_min(shipments.destination_country, placed_rows.place) as destination_country,
        arg_min(shipments.destination_zone, placed_rows.place) as destination_zone,
        arg_min(shipments.status, placed_rows.place) as status,
        max(case when shipments.status is not null then shipments.observed_at end) as status_at,
        arg_min(shipments.ended, placed_rows.place) as ended,
        max(case when shipments.ended is not null then shipments.observed_at end) as ended_at,
        max(shipments.travelling) as travelling,
        arg_min(shipments.problem, placed_rows.place) as problem,
        arg_min(shipments.return_reason_raw, placed_rows.place) as return_reason_raw,
        arg_min(shipments.quality_check, placed_rows.place) as quality_check,
        arg_min(
            case when shipments.cost_amount is not null then coalesce(shipments.currency_code, '') end,
            placed_rows.place
        ) as currency_code,
        arg_min(shipments.cost_amount, placed_rows.place) as cost_amount,
        arg_min(shipments.delivery_attempt_count, placed_rows.place) as delivery_attempt_count,
        arg_min(shipments.pickup_attempt_count, placed_rows.place) as pickup_attempt_count,
        arg_min(shipments.is_cross_border, placed_rows.place) as is_cross_border,
        arg_min(shipments.promised_date, placed_rows.place) as promised_date,
        arg_min(shipments.shipped_date, placed_rows.place) as shipped_date,
        arg_min(shipments.booked_at, placed_rows.place) as booked_at,
        arg_min(shipments.shipped_at, placed_rows.place) as shipped_at,
        arg_min(shipments.delivered_at, placed_rows.place) as delivered_at,
        arg_min(shipments.rto_marked_at, placed_rows.place) as rto_marked_at,
        arg_min(shipments.rto_delivered_at, placed_rows.place) as rto_delivered_at
    from placed_rows
    inner join shipments
        on
            placed_rows.merchant_id = shipments.merchant_id
            and placed_rows.shipment_id = shipments.shipment_id
    group by placed_rows.merchant_id, placed_rows.parcel_id
),

by_scans as (
    select
        parcel_tellings.merchant_id,
        parcel_tellings.parcel_id,
        max(parcel_tellings.order_id) as order_id,
        max(parcel_tellings.direction) as direction,
        min(parcel_scans.awb) as awb,
        min(parcel_scans.reference_number) as reference_number,
        max(parcel_scans.carrier) as carrier,
        arg_max(parcel_scans.status, parcel_scans.precedence) as status,
        max(parcel_scans.status_at) as status_at,
        arg_max(parcel_scans.ended, parcel_scans.precedence) as ended,
        arg_max(parcel_scans.problem, parcel_scans.precedence) as problem,
        cast(sum(parcel_scans.event_count) as bigint) as event_count,
        min(parcel_scans.shipped_at) as shipped_at,
        min(parcel_scans.delivered_at) as delivered_at,
        max(parcel_scans.last_delivered_at) as last_delivered_at,
        min(parcel_scans.rto_marked_at) as rto_marked_at,
        max(parcel_scans.last_rto_at) as last_rto_at,
        min(parcel_scans.rto_delivered_at) as rto_delivered_at,
        min(parcel_scans.first_event_at) as first_event_at,
        max(parcel_scans.last_event_at) as last_event_at
    from parcel_tellings
    inner join parcel_scans
        on
            parcel_tellings.merchant_id = parcel_scans.merchant_id
            and parcel_tellings.telling_id = parcel_scans.scans_id
            and parcel_tellings.told_by = 'scans'
    group by parcel_tellings.merchant_id, parcel_tellings.parcel_id
),

united as (
    select
        coalesce(by_rows.merchant_id, by_scans.merchant_id) as merchant_id,
        coalesce(by_rows.parcel_id, by_scans.parcel_id) as parcel_id,
        coalesce(by_rows.order_id, by_scans.order_id) as order_id,
        coalesce(by_rows.reference_number, by_scans.reference_number) as reference_number,
        coalesce(by_rows.direction, by_scans.direction) as direction,
        coalesce(by_rows.carrier, by_scans.carrier) as carrier,
        by_rows.service,
        coalesce(by_rows.awb, by_scans.awb) as awb,
        by_rows.rto_awb,
        by_rows.payment_mode,
        by_rows.origin_country,
        by_rows.origin_zone,
        by_rows.destination_country,
        by_rows.destination_zone,
        case
            when by_scans.status_at <= by_rows.status_at then by_rows.status
            else coalesce(by_scans.status, by_rows.status)
        end as status,
        case
            when by_scans.status_at <= by_rows.ended_at then by_rows.ended
            else coalesce(by_scans.ended, by_rows.ended)
        end as ended,
        by_rows.travelling,
        coalesce(by_rows.problem, by_scans.problem) as problem,
        by_rows.return_reason_raw,
        by_rows.quality_check,
        nullif(by_rows.currency_code, '') as currency_code,
        by_rows.cost_amount,
        by_rows.delivery_attempt_count,
        by_rows.pickup_attempt_count,
        coalesce(by_rows.shipment_count, 0) as shipment_count,
        coalesce(by_scans.event_count, 0) as event_count,
        coalesce(
            by_rows.is_cross_border,
            lower(trim(by_rows.origin_country)) <> lower(trim(by_rows.destination_country))
        ) as is_cross_border,
        by_rows.promised_date,
        by_rows.shipped_date,
        by_rows.booked_at,
        coalesce(by_rows.shipped_at, by_scans.shipped_at) as shipped_at,
        coalesce(by_rows.delivered_at, by_scans.delivered_at) as delivered_at,
        coalesce(by_rows.rto_marked_at, by_scans.rto_marked_at) as rto_marked_at,
        coalesce(by_rows.rto_delivered_at, by_scans.rto_delivered_at) as rto_delivered_at,
        -- greatest() passes over what is empty.
        greatest(by_rows.delivered_at, by_scans.last_delivered_at) as last_delivered_at,
        greatest(by_rows.rto_marked_at, by_rows.rto_delivered_at, by_scans.last_rto_at) as last_rto_at,
        by_scans.first_event_at,
        by_scans.last_event_at
    from by_rows
    full join by_scans
        on by_rows.merchant_id = by_scans.merchant_id and by_rows.parcel_id = by_scans.parcel_id
),

judged as (
    select
        united.*,
        orders.order_id is null as is_orphan,
        coalesce(united.direction, '') <> 'reverse'
        and coalesce(
            case
                when united.ended = 'returned_to_origin' then coalesce(united.status <> 'delivered', true)
                when united.last_delivered_at is not null and united.last_rto_at is not null
                    then united.last_delivered_at < united.last_rto_at
                when united.status like 'rto%' then true
                when united.status = 'delivered' or united.ended = 'delivered' then false
                else united.last_delivered_at is null and united.last_rto_at is not null
            end,
            false
        ) as is_rto
    from united
    left join orders on united.merchant_id = orders.merchant_id and united.order_id = orders.order_id
)

select
    merchant_id,
    parcel_id,
    order_id,
    reference_number,
    direction,
    carrier,
    service,
    awb,
    rto_awb,
    payment_mode,
    origin_country,
    origin_zone,
    destination_country,
    destination_zone,
    -- A scan without direction was read as one to the customer.
    case
        when direction = 'reverse' and status = 'delivered' then 'arrived_at_warehouse'
        else status
    end as status,
    case
        when is_rto then 'returned_to_origin'
        when ended is not null and (ended <> 'returned_to_origin' or direction = 'reverse') then ended
        when last_delivered_at is not null or status = 'delivered' then 'delivered'
        when travelling is not null or event_count > 0 then 'in_transit'
        else 'unknown'
    end as outcome,
    problem,
    return_reason_raw,
    quality_check,
    currency_code,
    cost_amount,
    delivery_attempt_count,
    pickup_attempt_count,
    shipment_count,
    event_count,
    is_rto,
    is_cross_border,
    is_orphan,
    promised_date,
    shipped_date,
    booked_at,
    shipped_at,
    delivered_at,
    rto_marked_at,
    rto_delivered_at,
    first_event_at,
    last_event_at
from judged
