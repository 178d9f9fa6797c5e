-- description: Return request lines of a BigCommerce store, from the documented return-request CSV, typed.
-- grain: record of the file
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
--   customer_id
--   product_id
--   sku
--   product_name
--   product_options
--   reason_raw
--   reason_list
--   comment
--   staff_notes
--   requested_resolution
--   resolution
--   status_raw
--   status
--   inspection_result
--   awb
--   quantity
--   store_credit_amount
--   requested_date
--   requested_at
--   updated_at
--   approved_at
--   received_at
--   resolved_at
--   attributes
-- rejects:
--   return_id_missing (return_id): a return id in every record | give the record the Return ID of the control panel
--   order_id_missing (order_id): the number of the order that the goods came from | give the record its order number
--   quantity_whole (quantity): a whole number of 1 or more | correct the quantity and load the file again
--   store_credit_number (store_credit): a number such as 10.50, or nothing | write the amount without currency sign and load the file again
--   date_requested_iso (date_requested): YYYY-MM-DD, with HH:MM or HH:MM:SS behind it if known | write the date in this form and load the file again
--   date_updated_iso (date_updated): YYYY-MM-DD, with HH:MM or HH:MM:SS behind it if known, or nothing | write the date in this form and load the file again
--   date_approved_iso (date_approved): YYYY-MM-DD, with HH:MM or HH:MM:SS behind it if known, or nothing | write the date in this form and load the file again
--   date_received_iso (date_received): YYYY-MM-DD, with HH:MM or HH:MM:SS behind it if known, or nothing | write the date in this form and load the file again
--   date_resolved_iso (date_resolved): YYYY-MM-DD, with HH:MM or HH:MM:SS behind it if known, or nothing | write the date in this form and load the file again
-- checks:
--   not_null: return_line_id
--   not_null: order_id
--   not_null: requested_date
with requests as (
    select
        merchant_id,
        file_id,
        record_number,
        line_number,
        trim(return_id) as return_id,
        trim(order_id) as order_id,
        customer_id,
        trim(product_id) as product_id,
        trim(order_product_id) as order_product_id,
        product_name,
        product_options,
        trim(sku) as sku,
        quantity,
        reason,
        action,
        comments,
        staff_notes,
        trim(status) as status_raw,
        lower(trim(status)) as status_key,
        trim(date_requested) as date_requested,
        trim(date_updated) as date_updated,
        trim(date_approved) as date_approved,
        trim(date_received) as date_received,
        trim(date_resolved) as date_resolved,
        trim(store_credit) as store_credit,
        inspection_result,
        resolution,
        trim(awb) as awb,
        attributes
    from changed.bigcommerce__return_requests
),

merchants as (
    select merchant_id, timezone
    from core.merchants
),

statuses as (
    select *
    from (
        values
        ('1', 'pending'),
        ('2', 'received'),
        ('3', 'authorized'),
        ('4', 'repaired'),
        ('5', 'refunded'),
        ('6', 'rejected'),
        ('7', 'cancelled'),
        ('pending', 'pending'),
        ('open', 'pending'),
        ('received', 'received'),
        ('authorized', 'authorized'),
        ('authorised', 'authorized'),
        ('return authorized', 'authorized'),
        ('return authorised', 'authorized'),
        ('repaired', 'repaired'),
        ('item(s) repaired', 'repaired'),
        ('refunded', 'refunded'),
        ('item(s) refunded', 'refunded'),
        ('rejected', 'rejected'),
        ('request rejected', 'rejected'),
        ('cancelled', 'cancelled'),
        ('canceled', 'cancelled'),
        ('closed', 'closed')
    ) as known (status_key, status)
),

-- The merchant's wall clock; empty where the text is not of the documented form.
local_times as (
    select
        *,
        case
            when regexp_full_match(columns('^date_(.+)$'), '\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2})?)?')
                then try_cast(replace(columns('^date_(.+)$'), 'T', ' ') as timestamp)
        end as '\1_local'
    from requests
),

-- Here the zone's daylight saving counts: the file is written by people, on their clock.
universal_times as (
    select
        local_times.*,
        statuses.status,
        try_cast(local_times.store_credit as decimal(18, 4)) as store_credit_amount,
        case
            when regexp_full_match(trim(local_times.quantity), '0*[1-9]\d{0,8}')
                then cast(trim(local_times.quantity) as bigint)
        end as units,
        case
            when length(local_times.date_requested) > 10
                then timezone('UTC', timezone(merchants.timezone, local_times.requested_local))
        end as requested_at,
        timezone('UTC', timezone(merchants.timezone, local_times.updated_local)) as updated_at,
        timezone('UTC', timezone(merchants.timezone, local_times.approved_local)) as approved_from,
        timezone('UTC', timezone(merchants.timezone, local_times.received_local)) as received_from,
        timezone('UTC', timezone(merchants.timezone, local_times.resolved_local)) as resolved_from
    from local_times
    inner join merchants using (merchant_id)
    left join statuses using (status_key)
)

-- A step of which only the day is known, on the day of the request, did not come before the request.
select
    merchant_id,
    file_id,
    record_number,
    line_number,
    return_id as return_line_id,
    return_id,
    order_id,
    customer_id,
    product_id,
    sku,
    trim(product_name) as product_name,
    trim(product_options) as product_options,
    reason as reason_raw,
    'bigcommerce' as reason_list,
    comments as comment,
    staff_notes,
    action as requested_resolution,
    resolution,
    status_raw,
    case when status_raw is not null then coalesce(status, 'other') end as status,
    inspection_result,
    awb,
    units as quantity,
    store_credit_amount,
    cast(requested_local as date) as requested_date,
    requested_at,
    updated_at,
    case
        when length(date_approved) = 10 and cast(approved_local as date) = cast(requested_local as date)
            then greatest(approved_from, requested_at)
        else approved_from
    end as approved_at,
    case
        when length(date_received) = 10 and cast(received_local as date) = cast(requested_local as date)
            then greatest(received_from, requested_at)
        else received_from
    end as received_at,
    case
        when length(date_resolved) = 10 and cast(resolved_local as date) = cast(requested_local as date)
            then greatest(resolved_from, requested_at)
        else resolved_from
    end as resolved_at,
    case
        when order_product_id is null then attributes
        else json_merge_patch(coalesce(attributes, json('{}')), json_object('order_product_id', order_product_id))
    end as attributes,
    case
        when return_id is null then 'return_id_missing'
        when order_id is null then 'order_id_missing'
        when units is null then 'quantity_whole'
        when store_credit is not null and store_credit_amount is null then 'store_credit_number'
        when requested_local is null then 'date_requested_iso'
        when date_updated is not null and updated_local is null then 'date_updated_iso'
        when date_approved is not null and approved_local is null then 'date_approved_iso'
        when date_received is not null and received_local is null then 'date_received_iso'
        when date_resolved is not null and resolved_local is null then 'date_resolved_iso'
    end as rejected_rule
from universal_times
