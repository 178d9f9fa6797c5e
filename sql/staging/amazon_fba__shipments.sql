-- description: Parcels that Amazon could not deliver, as its FBA returns report tells: they came back and are
--   no returns.
-- grain: undelivered unit of a file
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
--   status_raw
--   status
--   outcome
--   problem_raw
--   problem
--   rto_delivered_at
--   attributes
-- checks:
--   not_null: shipment_id
--   not_null: order_id
with units as (
    select
        merchant_id,
        file_id,
        record_number,
        line_number,
        unit_id,
        order_id,
        reason_raw,
        disposition,
        status_raw,
        received_at,
        attributes
    from changed.staging_amazon_fba__returned_units
    where is_undelivered
)

select
    merchant_id,
    file_id,
    record_number,
    line_number,
    unit_id as shipment_id,
    order_id,
    'forward' as direction,
    status_raw,
    'rto_delivered' as status,
    'returned_to_origin' as outcome,
    reason_raw as problem_raw,
    case upper(reason_raw)
        when 'UNDELIVERABLE_REFUSED' then 'refused'
        when 'UNDELIVERABLE_INSUFFICIENT_ADDRESS' then 'address'
        when 'UNDELIVERABLE_FAILED_DELIVERY_ATTEMPTS' then 'max_attempts'
        when 'UNDELIVERABLE_CARRIER_MISS_SORTED' then 'misrouted'
        else 'other'
    end as problem,
    received_at as rto_delivered_at,
    case
        when disposition is null then attributes
        else json_merge_patch(coalesce(attributes, json('{}')), json_object('detailed-disposition', disposition))
    end as attributes,
    cast(null as varchar) as rejected_rule
from units
