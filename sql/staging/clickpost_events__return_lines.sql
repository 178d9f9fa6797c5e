-- description: Return lines from ClickPost's return requests and returns delta: of the steps of a line in a file the
--   last tells what is so now, each kind of step the first time tells when it happened.
-- grain: return line in a file
-- key: file_id, return_line_id
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
--   forward_awb
--   quantity
--   requested_date
--   requested_at
--   updated_at
--   approved_at
--   received_at
--   resolved_at
--   observed_at
--   attributes
-- checks:
--   not_null: return_line_id
--   not_null: requested_date
with steps as (
    select *, row(happened_at, record_number) as recency
    from changed.staging_clickpost_events__return_steps
),

merchants as (
    select merchant_id, timezone
    from core.merchants
),

lines as (
    select
        merchant_id,
        file_id,
        return_line_id,
        max(recency) as newest,
        arg_max(record_number, recency) as record_number,
        arg_max(line_number, recency) as line_number,
        arg_max(return_id, recency) as return_id,
        arg_max(order_id, recency) as order_id,
        arg_max(sku, recency) as sku,
        arg_max(product_name, recency) as product_name,
        arg_max(reason_raw, recency) as reason_raw,
        arg_max(requested_resolution, recency) as requested_resolution,
        arg_max(status_raw, recency) as status_raw,
        arg_max(status, recency) as status,
        arg_max(awb, recency) as awb,
        arg_max(forward_awb, recency) as forward_awb,
        arg_max(quantity, recency) as quantity,
        arg_max(attributes, recency) as attributes,
        min(requested_at) as requested_at,
        min(happened_at) as first_at,
        max(happened_at) as updated_at,
        min(happened_at) filter (where status = 'authorized') as approved_at,
        min(happened_at) filter (where status = 'received') as received_at,
        min(happened_at) filter (where status in ('rejected', 'cancelled', 'refunded', 'closed')) as resolved_at
    from steps
    group by merchant_id, file_id, return_line_id
)

select
    lines.merchant_id,
    lines.file_id,
    lines.record_number,
    lines.line_number,
    lines.return_line_id,
    lines.return_id,
    lines.order_id,
    lines.sku,
    lines.product_name,
    lines.reason_raw,
    'clickpost' as reason_list,
    lines.requested_resolution,
    lines.status_raw,
    lines.status,
    lines.awb,
    lines.forward_awb,
    lines.quantity,
    cast(
        timezone(merchants.timezone, timezone('UTC', coalesce(lines.requested_at, lines.first_at))) as date
    ) as requested_date,
    lines.requested_at,
    lines.updated_at,
    lines.approved_at,
    lines.received_at,
    lines.resolved_at,
    lines.updated_at as observed_at,
    lines.attributes,
    cast(null as varchar) as rejected_rule
from lines
inner join merchants using (merchant_id)
