-- description: Each item that a ClickPost return request or an entry of the returns delta tells of, with the status
--   that it tells and when. Return lines and their changes of status are made from these.
-- grain: item of a return in a record
-- key: file_id, record_number, return_line_id
-- load: merge
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
--   requested_resolution
--   status_raw
--   status
--   awb
--   forward_awb
--   quantity
--   requested_at
--   happened_at timestamp: When the return had this status (UTC).
--   attributes
-- rejects:
--   return_unnamed (return_reference_number): a return reference, a waybill or the forward parcel's reference | load the answer of the returns delta, which names it
--   timestamp_readable (timestamp): YYYY-MM-DD HH:MM:SS, with a fraction, Z or an offset behind it if known | correct the time and load the file again
--   request_timestamp_readable (return_request_timestamp): YYYY-MM-DD HH:MM:SS, with a fraction, Z or an offset behind it if known, or nothing | correct the time and load the file again
--   quantity_whole (item_info): a whole number of 1 or more for every item | correct the quantity and load the file again
with records as (
    select
        *,
        coalesce(
            nullif(trim(return_reference_number), ''),
            nullif(trim(reference_number), ''),
            nullif(trim(waybill), ''),
            nullif(trim(forward_reference_number), ''),
            nullif(trim(forward_awb), '')
        ) as return_id,
        coalesce(
            from_json(
                item_info,
                '[{"sku":"VARCHAR","quantity":"VARCHAR","return_reason":"VARCHAR","refund_mode":"VARCHAR",'
                || '"description":"VARCHAR","return_sub_reason":"VARCHAR"}]'
            ),
            [{
                'sku': null, 'quantity': '1', 'return_reason': null, 'refund_mode': null,
                'description': null, 'return_sub_reason': null
            }]
        ) as items
    from changed.clickpost__events
    where shape = 'returns_delta'
        or (
            shape = 'webhook'
            and (
                coalesce(trim(clickpost_status_code), '') in ('101', '102')
                or coalesce(notification_event_id, '') in ('11', '22', '23')
            )
        )
),

statuses as (
    select *
    from (
        values
        ('returnorderplaced', 'pending'),
        ('returnrequested', 'pending'),
        ('orderplaced', 'pending'),
        ('requested', 'pending'),
        ('placed', 'pending'),
        ('pending', 'pending'),
        ('returnrequestapproved', 'authorized'),
        ('returnapproved', 'authorized'),
        ('approved', 'authorized'),
        ('returnrequestrejected', 'rejected'),
        ('returnrejected', 'rejected'),
        ('rejected', 'rejected'),
        ('returncancelled', 'cancelled'),
        ('cancelled', 'cancelled'),
        ('canceled', 'cancelled'),
        ('received', 'received'),
        ('delivered', 'received'),
        ('refunded', 'refunded'),
        ('closed', 'closed'),
        ('completed', 'closed')
    ) as known (status_key, status)
),

-- Naive times are Indian; those of the returns delta have their mark of UTC.
timed as (
    select
        *,
        case
            when regexp_full_match(trim(timestamp), '\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?')
                then try_cast(trim(timestamp) as timestamp) - interval 330 minutes
            when regexp_full_match(
                trim(timestamp), '\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)'
            )
                then timezone('UTC', try_cast(upper(trim(timestamp)) as timestamptz))
        end as told_at,
        case
            when regexp_full_match(trim(return_request_timestamp), '\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?')
                then try_cast(trim(return_request_timestamp) as timestamp) - interval 330 minutes
            when regexp_full_match(
                trim(return_request_timestamp),
                '\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)'
            )
                then timezone('UTC', try_cast(upper(trim(return_request_timestamp)) as timestamptz))
        end as asked_at,
        case
            when shape = 'returns_delta' then null
            when trim(clickpost_status_code) = '101' or notification_event_id = '11' then 'pending'
            when trim(clickpost_status_code) = '102' or notification_event_id = '22' then 'authorized'
            when notification_event_id = '23' then 'rejected'
        end as status_of_code,
        coalesce(nullif(trim(status), ''), nullif(trim(clickpost_status_description), '')) as status_raw
    from records
),

itemised as (
    select *, unnest(items) as item, unnest(range(1, len(items) + 1)) as position
    from timed
),

-- The second entry of one SKU in a return is a line of its own.
named as (
    select
        *,
        coalesce(nullif(trim(item.sku), ''), '1') as sku_or_one,
        row_number() over (
            partition by file_id, record_number, coalesce(nullif(trim(item.sku), ''), '1')
            order by position
        ) as entry
    from itemised
)

select
    named.merchant_id,
    named.file_id,
    named.record_number,
    named.line_number,
    named.return_id || '/' || named.sku_or_one || if(named.entry > 1, '/' || named.entry, '') as return_line_id,
    named.return_id,
    nullif(trim(named.forward_order_id), '') as order_id,
    nullif(trim(named.item.sku), '') as sku,
    nullif(trim(named.item.description), '') as product_name,
    nullif(trim(named.item.return_reason), '') as reason_raw,
    coalesce(nullif(trim(named.item.refund_mode), ''), nullif(trim(named.refund_mode), '')) as requested_resolution,
    named.status_raw,
    coalesce(named.status_of_code, statuses.status, 'other') as status,
    nullif(trim(named.waybill), '') as awb,
    nullif(trim(named.forward_awb), '') as forward_awb,
    case
        when regexp_full_match(trim(named.item.quantity), '0*[1-9]\d{0,8}(\.0+)?')
            then cast(cast(trim(named.item.quantity) as decimal(18, 4)) as bigint)
    end as quantity,
    coalesce(
        named.asked_at,
        if(coalesce(named.status_of_code, statuses.status) = 'pending', named.told_at, null)
    ) as requested_at,
    coalesce(named.told_at, named.asked_at) as happened_at,
    nullif(
        json_merge_patch(
            coalesce(named.attributes, json('{}')),
            json_object(
                'forward_reference_number', named.forward_reference_number,
                'return_tracking_id', named.return_tracking_id,
                'self_shipped', named.self_shipped,
                'return_sub_reason', nullif(trim(named.item.return_sub_reason), ''),
                'request_source', named.source,
                'account_code', named.account_code,
                'is_quantity_assumed', if(named.item_info is null, 'true', null)
            )
        ),
        json('{}')
    ) as attributes,
    case
        when named.return_id is null then 'return_unnamed'
        when named.timestamp is not null and named.told_at is null then 'timestamp_readable'
        when named.return_request_timestamp is not null and named.asked_at is null then 'request_timestamp_readable'
        when coalesce(named.told_at, named.asked_at) is null then 'timestamp_readable'
        when quantity is null then 'quantity_whole'
    end as rejected_rule
from named
left join statuses
    on statuses.status_key = regexp_replace(lower(named.status_raw), '[^a-z0-9]', '', 'g')
