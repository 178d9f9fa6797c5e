-- description: Returns that the reverse parcels of a ClickPost report bring back: one per SKU. Parcels that went back to
--   their origin are no returns and are not here, nor are the forward parcels of an exchange. The reference is the
--   row's, unless it is the order's number: then the waybill. Where the report does not say how many of a SKU come back,
--   one is counted, and the attributes say so.
-- grain: SKU in a row of the report that is a version of a reverse parcel
-- key: file_id, record_number, return_line_id
-- load: merge
-- entity: return_lines
-- columns:
--   merchant_id
--   file_id
--   record_number
--   line_number
--   return_line_id
--   return_id
--   order_id
--   sku
--   product_name
--   reason_raw
--   reason_list
--   requested_resolution
--   status_raw
--   status
--   awb
--   quantity
--   requested_date
--   requested_at
--   updated_at
--   received_at
--   observed_at
--   attributes
-- checks:
--   not_null: return_line_id
--   not_null: awb
with shipments as (
    select
        merchant_id,
        file_id,
        record_number,
        line_number,
        shipment_id,
        order_id,
        reference_number,
        payment_mode,
        status_raw,
        status,
        return_reason_raw,
        quality_check,
        booked_at,
        delivered_at,
        observed_at
    from changed.staging_clickpost__shipments
    where direction = 'reverse'
),

lines as (
    select file_id, record_number, sku, product_name, return_reason_raw, quantity
    from changed.staging_clickpost__shipment_lines
),

updates as (
    select file_id, record_number, updated_at - interval '5 hours 30 minutes' as updated_at
    from changed.staging_clickpost__record_times
),

merchants as (
    select merchant_id, timezone
    from core.merchants
),

named as (
    select
        shipments.*,
        updates.updated_at,
        merchants.timezone,
        lines.sku,
        lines.product_name,
        coalesce(lines.return_reason_raw, shipments.return_reason_raw) as reason_raw,
        case when lines.quantity > 0 then lines.quantity end as told_quantity,
        case
            when shipments.reference_number is distinct from shipments.order_id
                then coalesce(shipments.reference_number, shipments.shipment_id)
            else shipments.shipment_id
        end as return_id
    from shipments
    left join lines using (file_id, record_number)
    left join updates using (file_id, record_number)
    inner join merchants using (merchant_id)
)

select
    merchant_id,
    file_id,
    record_number,
    line_number,
    return_id || '/' || coalesce(sku, '1') as return_line_id,
    return_id,
    order_id,
    sku,
    product_name,
    reason_raw,
    'clickpost' as reason_list,
    case
        when lower(payment_mode) = 'exchange' then payment_mode
        when status in ('exchange_pickup', 'exchange_in_transit', 'exchange_delivered') then 'exchange'
    end as requested_resolution,
    status_raw,
    case
        when status in ('arrived_at_warehouse', 'exchange_delivered') then 'received'
        when status is null and delivered_at is not null then 'received'
        when status = 'cancelled' then 'cancelled'
        when status = 'return_requested' then 'pending'
        when status = 'return_rejected' then 'rejected'
        when status in ('expired', 'other') or starts_with(status, 'rto_') then 'other'
        when status is not null then 'authorized'
    end as status,
    shipment_id as awb,
    coalesce(told_quantity, 1) as quantity,
    cast(timezone(timezone, timezone('UTC', booked_at)) as date) as requested_date,
    booked_at as requested_at,
    updated_at,
    delivered_at as received_at,
    observed_at,
    case
        when told_quantity is null or quality_check is not null
            then json_merge_patch(
                json('{}'),
                json_object(
                    'QC Type', quality_check,
                    'quantity_evidence', if(told_quantity is null, 'not told: counted as one', null)
                )
            )
    end as attributes,
    cast(null as varchar) as rejected_rule
from named
