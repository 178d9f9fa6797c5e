-- description: Return lines of Amazon's FBA returns report, one a unit. The report tells when the unit came back; when the
--   return was asked for is not in it.
-- grain: returned unit of a file, undelivered parcels left out
-- key: file_id, record_number
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
--   product_id
--   sku
--   product_name
--   reason_raw
--   reason_list
--   comment
--   status_raw
--   status
--   inspection_result
--   quantity
--   received_at
--   attributes
-- checks:
--   not_null: return_line_id
with units as (
    select
        merchant_id,
        file_id,
        record_number,
        line_number,
        unit_id,
        order_id,
        product_id,
        sku,
        product_name,
        reason_raw,
        comment,
        disposition,
        status_raw,
        lower(status_raw) as status_key,
        quantity,
        received_at,
        attributes
    from changed.staging_amazon_fba__returned_units
    where not is_undelivered
)

-- Whatever Amazon did with the unit, it had it in hands.
select
    merchant_id,
    file_id,
    record_number,
    line_number,
    unit_id as return_line_id,
    unit_id as return_id,
    order_id,
    product_id,
    sku,
    product_name,
    reason_raw,
    'amazon' as reason_list,
    comment,
    status_raw,
    case
        when status_key in (
            'unit returned to inventory', 'immediate_donation', 'repackaged successfully', 'pending repackaging',
            'reimbursed'
        ) then 'received'
        when status_key is not null then 'other'
    end as status,
    disposition as inspection_result,
    quantity,
    received_at,
    attributes,
    cast(null as varchar) as rejected_rule
from units
