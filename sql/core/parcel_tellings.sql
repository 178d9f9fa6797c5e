-- description: Which parcel each row of core.shipments and each row of core.parcel_scans tells of. One waybill, direction and order is one parcel; a row that names no order or direction joins the only one that the waybill has; carriers reuse waybills, so two orders of one waybill are two parcels, and a row without order then stays by itself.
-- grain: row of core.shipments or of core.parcel_scans
-- key: merchant_id, told_by, telling_id
-- load: merge
-- case: told_by, telling_id
-- month: told_date
-- columns:
--   merchant_id
--   told_by varchar: `shipment` or `scans`: the table that the row stands in.
--   telling_id varchar: shipment_id of core.shipments, or scans_id of core.parcel_scans.
--   parcel_id varchar: Parcel of core.parcels: direction, order and waybill, joined by `:`; without a waybill the shipment's number.
--   shipment_id
--   awb_key varchar: Waybill in lower case, trimmed; empty where the row has none.
--   order_id varchar: Order of the parcel: as stated, else a reference number that is a loaded order, else that of the other rows.
--   reference_number
--   direction varchar: Direction of the parcel: as stated, else that of the other rows.
--   is_waybill_numbered boolean: The source numbers its parcels by waybill, as aggregators do; shops have numbers of their own.
--   told_date date: Date of shipping as the row states it; of scans, of the first (UTC).
-- checks:
--   not_null: telling_id
--   not_null: parcel_id
--   unique: merchant_id, told_by, telling_id

with
orders as (
    select merchant_id, order_id
    from core.orders
),

shipments as (
    select
        merchant_id,
        shipment_id,
        lower(nullif(trim(awb), '')) as awb_key,
        nullif(trim(order_id), '') as order_id,
        nullif(trim(reference_number), '') as reference_number,
        direction,
        shipped_date
    from core.shipments
),

parcel_scans as (
    select
        merchant_id,
        scans_id,
        shipment_id,
        awb,
        awb_key,
        order_id,
        reference_number,
        direction,
        cast(first_event_at as date) as first_event_date
    from core.parcel_scans
),

-- Scans whose parcel number is a shipment's tell of that shipment, unless they name another order.
numbered_scans as (
    select
        parcel_scans.merchant_id,
        parcel_scans.scans_id,
        parcel_scans.shipment_id,
        parcel_scans.first_event_date,
        coalesce(parcel_scans.order_id, shipments.order_id) as order_id,
        coalesce(parcel_scans.reference_number, shipments.reference_number) as reference_number,
        coalesce(shipments.direction, parcel_scans.direction) as direction,
        case
            when shipments.shipment_id is null then parcel_scans.awb_key
            when parcel_scans.awb is null then shipments.awb_key
            else coalesce(shipments.awb_key, parcel_scans.awb_key)
        end as awb_key
    from parcel_scans
    left join shipments
        on
            parcel_scans.merchant_id = shipments.merchant_id
            and parcel_scans.shipment_id = shipments.shipment_id
            and coalesce(parcel_scans.order_id = shipments.order_id, true)
),

tellings as (
    select
        merchant_id,
        'shipment' as told_by,
        shipment_id as telling_id,
        shipment_id,
        awb_key,
        order_id,
        reference_number,
        direction,
        shipped_date as told_date
    from shipments
    union all
    select
        merchant_id,
        'scans' as told_by,
        scans_id as telling_id,
        shipment_id,
        awb_key,
        order_id,
        reference_number,
        direction,
        first_event_date as told_date
    from numbered_scans
),

referenced as (
    select
        tellings.merchant_id,
        tellings.told_by,
        tellings.telling_id,
        tellings.shipment_id,
        tellings.awb_key,
        tellings.reference_number,
        tellings.told_date,
        coalesce(tellings.order_id, orders.order_id) as order_id,
        tellings.direction,
        coalesce(tellings.awb_key, 'SHIPMENT ' || tellings.shipment_id) as parcel_key
    from tellings
    left join orders
        on
            tellings.merchant_id = orders.merchant_id
            and tellings.reference_number = orders.order_id
            and tellings.order_id is null
),

directions_of_key as (
    select
        merchant_id,
        parcel_key,
        case when min(direction) = max(direction) then min(direction) end as only_direction
    from referenced
    group by merchant_id, parcel_key
),

directed as (
    select
        referenced.merchant_id,
        referenced.told_by,
        referenced.telling_id,
        referenced.shipment_id,
        referenced.awb_key,
        referenced.reference_number,
        referenced.told_date,
        referenced.parcel_key,
        referenced.order_id,
        coalesce(referenced.direction, directions_of_key.only_direction, '') as direction
    from referenced
    inner join directions_of_key
        on
            referenced.merchant_id = directions_of_key.merchant_id
            and referenced.parcel_key = directions_of_key.parcel_key
),

orders_of_key as (
    select
        merchant_id,
        parcel_key,
        direction,
        case when min(order_id) = max(order_id) then min(order_id) end as only_order_id
    from directed
    group by merchant_id, parcel_key, direction
),

placed as (
    select
        directed.merchant_id,
        directed.told_by,
        directed.telling_id,
        directed.shipment_id,
        directed.awb_key,
        directed.reference_number,
        directed.told_date,
        directed.parcel_key,
        coalesce(directed.order_id, orders_of_key.only_order_id) as order_id,
        directed.direction
    from directed
    inner join orders_of_key
        on
            directed.merchant_id = orders_of_key.merchant_id
            and directed.parcel_key = orders_of_key.parcel_key
            and directed.direction = orders_of_key.direction
)

select
    merchant_id,
    told_by,
    telling_id,
    direction || ':' || coalesce(order_id, '') || ':' || parcel_key as parcel_id,
    shipment_id,
    awb_key,
    order_id,
    reference_number,
    nullif(direction, '') as direction,
    coalesce(lower(trim(shipment_id)) = awb_key, false) as is_waybill_numbered,
    told_date
from placed
