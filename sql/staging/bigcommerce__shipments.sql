-- description: Parcels of a BigCommerce shipments export, typed. The export names no carrier and does not tell how a
--   parcel ended.
-- grain: record of the export
-- key: file_id, record_number
-- load: merge
-- entity: shipments
-- columns:
--   merchant_id
--   file_id
--   record_number
--   line_number
--   shipment_id
--   order_id
--   direction
--   service
--   awb
--   destination_country
--   destination_zone
--   outcome
--   ordered_date
--   shipped_date
--   attributes
-- rejects:
--   shipment_id_missing (shipment_id): a shipment number in every record | give the record its Shipment ID and load the file again
--   shipment_repeated (shipment_id): each shipment once in a file; the last one is kept | export without joining files by hand
--   order_id_number (order_id): the whole number of the parcel's order | give the record its Order ID and load the file again
--   date_shipped_readable (date_shipped): a day such as Mar 16th 2026, or nothing | correct the date and load the file again
--   order_date_readable (order_date): a day such as Mar 16th 2026, or nothing | correct the date and load the file again
-- checks:
--   not_null: shipment_id
--   not_null: order_id
--   unique: file_id, shipment_id
with shipments as (
    select
        merchant_id,
        file_id,
        record_number,
        line_number,
        trim(shipment_id) as shipment_id,
        nullif(trim(date_shipped), '') as date_shipped,
        trim(order_id) as order_id,
        nullif(trim(order_date), '') as order_date,
        nullif(trim(tracking_no), '') as awb,
        nullif(trim(shipping_method), '') as service,
        nullif(trim(shipping_state), '') as shipping_state,
        nullif(shipping_zip, '') as shipping_zip,
        nullif(trim(shipping_country), '') as shipping_country,
        attributes
    from changed.bigcommerce__shipments
),

repeated as (
    select file_id, shipment_id, max(record_number) as kept_record_number
    from shipments
    group by file_id, shipment_id
    having count(*) > 1
),

-- The ordinal ending goes, then the month's English name makes the day certain.
typed as (
    select
        shipments.*,
        repeated.kept_record_number,
        case
            when regexp_full_match(shipments.order_id, '\d{1,18}')
                then cast(cast(shipments.order_id as bigint) as varchar)
        end as order_number,
        try_strptime(
            regexp_replace(shipments.date_shipped, '(\d)(st|nd|rd|th)\b,?', '\1', 'i'),
            ['%b %d %Y', '%B %d %Y', '%Y-%m-%d']
        ) as shipped,
        try_strptime(
            regexp_replace(shipments.order_date, '(\d)(st|nd|rd|th)\b,?', '\1', 'i'),
            ['%b %d %Y', '%B %d %Y', '%Y-%m-%d']
        ) as ordered
    from shipments
    left join repeated using (file_id, shipment_id)
)

select
    merchant_id,
    file_id,
    record_number,
    line_number,
    shipment_id,
    order_number as order_id,
    'forward' as direction,
    service,
    awb,
    shipping_country as destination_country,
    coalesce(shipping_zip, shipping_state) as destination_zone,
    'unknown' as outcome,
    cast(ordered as date) as ordered_date,
    cast(shipped as date) as shipped_date,
    case
        when shipping_state is null then attributes
        else json_merge_patch(coalesce(attributes, json('{}')), json_object('shipping_state', shipping_state))
    end as attributes,
    case
        when coalesce(shipment_id, '') = '' then 'shipment_id_missing'
        when record_number < kept_record_number then 'shipment_repeated'
        when order_number is null then 'order_id_number'
        when date_shipped is not null
            and (shipped between timestamp '1990-01-01' and timestamp '2200-01-01') is distinct from true
            then 'date_shipped_readable'
        when order_date is not null
            and (ordered between timestamp '1990-01-01' and timestamp '2200-01-01') is distinct from true
            then 'order_date_readable'
    end as rejected_rule
from typed
