-- description: Parcels in which goods of seller-fulfilled returns on Amazon travel back: one per Tracking ID of a file.
-- grain: tracking id of a file
-- key: file_id, shipment_id
-- load: merge
-- entity: shipments
-- columns:
--   merchant_id
--   file_id
--   record_number
--   line_number
--   shipment_id
--   order_id
--   reference_number
--   direction
--   carrier
--   awb
--   status
--   outcome
--   return_reason_raw
--   currency_code
--   cost_amount
--   ordered_date
--   delivered_at
-- checks:
--   not_null: shipment_id
--   unique: file_id, shipment_id
with return_lines as (
    select
        merchant_id,
        file_id,
        record_number,
        line_number,
        return_id,
        order_id,
        reason_raw,
        awb,
        currency_code,
        received_at
    from changed.staging_amazon_fbm__return_lines
    where awb is not null
),

labels as (
    select
        file_id,
        record_number,
        trim(return_carrier) as carrier,
        try_cast(trim(label_cost) as decimal(18, 4)) as cost_amount,
        cast(
            coalesce(
                try_strptime(trim(order_date), ['%d-%b-%Y', '%Y-%m-%d']),
                try_strptime(left(trim(order_date), 10), '%Y-%m-%d')
            ) as date
        ) as ordered_date
    from changed.amazon__fbm_returns
),

-- What the rows of one parcel disagree about is left empty.
parcels as (
    select
        return_lines.merchant_id,
        return_lines.file_id,
        return_lines.awb,
        min(return_lines.record_number) as record_number,
        min(return_lines.line_number) as line_number,
        if(count(distinct return_lines.order_id) = 1, min(return_lines.order_id), null) as order_id,
        if(count(distinct return_lines.return_id) = 1, min(return_lines.return_id), null) as reference_number,
        if(count(distinct return_lines.reason_raw) = 1, min(return_lines.reason_raw), null) as return_reason_raw,
        if(count(distinct return_lines.currency_code) = 1, min(return_lines.currency_code), null) as currency_code,
        arg_min(labels.carrier, return_lines.record_number) as carrier,
        max(labels.cost_amount) as cost_amount,
        min(labels.ordered_date) as ordered_date,
        max(return_lines.received_at) as delivered_at
    from return_lines
    inner join labels using (file_id, record_number)
    group by return_lines.merchant_id, return_lines.file_id, return_lines.awb
)

select
    merchant_id,
    file_id,
    record_number,
    line_number,
    awb as shipment_id,
    order_id,
    reference_number,
    'reverse' as direction,
    carrier,
    awb,
    if(delivered_at is null, null, 'arrived_at_warehouse') as status,
    if(delivered_at is null, 'unknown', 'delivered') as outcome,
    return_reason_raw,
    currency_code,
    cost_amount,
    ordered_date,
    delivered_at,
    cast(null as varchar) as rejected_rule
from parcels
