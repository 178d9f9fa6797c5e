-- description: Return lines of Amazon's report of seller-fulfilled returns, typed.
-- grain: record of the report: an item of a return authorisation
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
--   resolution
--   status_raw
--   status
--   awb
--   label_payer
--   currency_code
--   quantity
--   requested_date
--   requested_at
--   received_at
--   attributes
-- rejects:
--   order_id_missing (order_id): an order number in every record | download the report again
--   return_request_date_readable (return_request_date): a date such as 14-Jul-2025 or 2025-07-14 | write the date in one of these forms and load the file again
--   return_delivery_date_readable (return_delivery_date): a date such as 14-Jul-2025 or 2025-07-14, or nothing | write the date in one of these forms and load the file again
--   order_date_readable (order_date): a date such as 14-Jul-2025 or 2025-07-14, or nothing | write the date in one of these forms and load the file again
--   return_quantity_whole (return_quantity): a whole number of 1 or more | correct the quantity and load the file again
--   label_cost_number (label_cost): a number of 0 or more such as 4.14, or nothing | correct the number and load the file again
--   refunded_amount_number (refunded_amount): a number of 0 or more such as 21.38, or nothing | correct the number and load the file again
-- checks:
--   not_null: return_line_id
--   not_null: order_id
--   not_null: requested_date
with returns as (
    select
        merchant_id,
        file_id,
        record_number,
        line_number,
        trim(order_id) as order_id,
        coalesce(trim(amazon_rma_id), trim(merchant_rma_id)) as return_id,
        trim(merchant_rma_id) as merchant_rma_id,
        trim(order_item_id) as order_item_id,
        trim(asin) as product_id,
        trim(merchant_sku) as sku,
        trim(item_name) as product_name,
        trim(return_reason) as reason_raw,
        trim(resolution) as resolution,
        trim(return_request_status) as status_raw,
        lower(replace(trim(return_request_status), ' ', '')) as status_key,
        trim(tracking_id) as awb,
        trim(label_to_be_paid_by) as label_payer,
        trim(label_cost) as label_cost,
        trim(refunded_amount) as refunded_amount,
        upper(trim(currency_code)) as currency_code,
        trim(return_quantity) as quantity_text,
        trim(return_request_date) as date_requested,
        trim(return_delivery_date) as date_received,
        trim(order_date) as date_ordered,
        attributes
    from changed.amazon__fbm_returns
),

merchants as (
    select merchant_id, timezone
    from core.merchants
),

statuses as (
    select *
    from (
        values
        ('approved', 'authorized'),
        ('authorized', 'authorized'),
        ('pending', 'pending'),
        ('pendingapproval', 'pending'),
        ('pendingamazonaction', 'pending'),
        ('pendingselleraction', 'pending'),
        ('completed', 'closed'),
        ('closed', 'closed'),
        ('denied', 'rejected'),
        ('declined', 'rejected'),
        ('rejected', 'rejected'),
        ('cancelled', 'cancelled'),
        ('canceled', 'cancelled')
    ) as known (status_key, status)
),

-- The month as a word, or the year in front, makes a day certain; a time is certain with its offset.
days as (
    select
        *,
        try_strptime(columns('^date_(.+)$'), ['%d-%b-%Y', '%Y-%m-%d']) as '\1_day',
        case
            when regexp_full_match(
                columns('^date_(.+)$'), '\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d+)? ?(Z|[+-]\d{2}:?\d{2})'
            )
                then timezone('UTC', try_cast(replace(columns('^date_(.+)$'), ' ', '') as timestamptz))
        end as '\1_at'
    from returns
),

typed as (
    select
        days.*,
        merchants.timezone,
        statuses.status,
        try_cast(days.label_cost as decimal(18, 4)) as label_cost_amount,
        try_cast(days.refunded_amount as decimal(18, 4)) as refund_amount,
        case
            when regexp_full_match(days.quantity_text, '0*[1-9]\d{0,8}') then cast(days.quantity_text as bigint)
        end as quantity,
        coalesce(timezone(merchants.timezone, timezone('UTC', days.requested_at)), days.requested_day) as requested_local,
        coalesce(days.received_at, timezone('UTC', timezone(merchants.timezone, days.received_day))) as received_from,
        coalesce(days.ordered_at, days.ordered_day) as ordered_local,
        dense_rank() over (
            partition by days.file_id, days.order_id, days.return_id, coalesce(days.sku, days.product_id)
            order by days.order_item_id
        ) as item_rank
    from days
    inner join merchants using (merchant_id)
    left join statuses using (status_key)
)

select
    merchant_id,
    file_id,
    record_number,
    line_number,
    concat_ws(
        '/',
        coalesce(return_id, order_id),
        coalesce(sku, product_id),
        case when item_rank > 1 then cast(item_rank as varchar) end
    ) as return_line_id,
    return_id,
    order_id,
    product_id,
    sku,
    product_name,
    reason_raw,
    'amazon' as reason_list,
    resolution,
    status_raw,
    case when status_raw is not null then coalesce(status, 'other') end as status,
    awb,
    label_payer,
    currency_code,
    quantity,
    cast(requested_local as date) as requested_date,
    requested_at,
    case
        when received_day is not null and cast(received_day as date) = cast(requested_local as date)
            then greatest(received_from, requested_at)
        else received_from
    end as received_at,
    case
        when coalesce(label_cost, order_item_id, merchant_rma_id) is null then attributes
        else json_merge_patch(
            coalesce(attributes, json('{}')),
            json_object('Label cost', label_cost, 'Order Item ID', order_item_id, 'Merchant RMA ID', merchant_rma_id)
        )
    end as attributes,
    case
        when order_id is null then 'order_id_missing'
        when (requested_local between timestamp '1990-01-01' and timestamp '2200-01-01') is distinct from true
            then 'return_request_date_readable'
        when date_received is not null
            and (received_from between timestamp '1990-01-01' and timestamp '2200-01-01') is distinct from true
            then 'return_delivery_date_readable'
        when date_ordered is not null
            and (ordered_local between timestamp '1990-01-01' and timestamp '2200-01-01') is distinct from true
            then 'order_date_readable'
        when quantity is null then 'return_quantity_whole'
        when label_cost is not null and coalesce(label_cost_amount, -1) < 0 then 'label_cost_number'
        when refunded_amount is not null and coalesce(refund_amount, -1) < 0 then 'refunded_amount_number'
    end as rejected_rule
from typed
