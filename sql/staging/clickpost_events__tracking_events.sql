-- description: Scans of parcels from ClickPost's JSON: track-order and updated-order answers, and webhooks. Scans of one
--   parcel with the same time and code in one record are one row, their remarks beside each other.
-- grain: parcel, time and code within a record
-- key: file_id, record_number, shipment_id, happened_at, code_raw
-- load: merge
-- entity: tracking_events
-- columns:
--   merchant_id
--   file_id
--   record_number
--   line_number
--   shipment_id
--   awb
--   order_id
--   reference_number
--   carrier
--   direction
--   happened_at
--   code_raw
--   code
--   problem_list
--   problem_raw
--   problem
--   place
--   remark
--   attributes
-- rejects:
--   waybill_missing (waybill): the parcel's waybill; only return requests (codes 101, 102) have none | ask for the parcel by its waybill and load the answer
--   nothing_known (scans): a scan or a latest status | remove the parcel, or ask for it again once the carrier knows it
--   timestamp_readable (timestamp): YYYY-MM-DD HH:MM:SS, with a fraction, Z or an offset behind it if known | correct the time and load the file again
--   scan_timestamp_readable (scans): YYYY-MM-DD HH:MM:SS in every scan, with a fraction, Z or an offset behind it if known | correct the scan's time and load the file again
--   status_missing (clickpost_status_code): a status code, or its name | add the code and load the file again
--   scan_status_missing (scans): a status code or its name in every scan | add the code and load the file again
-- checks:
--   not_null: shipment_id
--   not_null: happened_at
with records as (
    select
        *,
        nullif(trim(waybill), '') as awb,
        shape = 'webhook' and (
            coalesce(trim(clickpost_status_code), '') in ('101', '102')
            or coalesce(notification_event_id, '') in ('11', '22', '23')
        ) as is_return_request,
        coalesce(
            from_json(
                scans,
                '[{"clickpost_status_code":"VARCHAR","clickpost_status_description":"VARCHAR","status":"VARCHAR",'
                || '"location":"VARCHAR","remark":"VARCHAR","timestamp":"VARCHAR","tracking_id":"VARCHAR",'
                || '"checkpoint_id":"VARCHAR"}]'
            ),
            []
        ) as scan_list
    from changed.clickpost__events
    where shape <> 'returns_delta'
),

parcels as (
    select
        *,
        list_transform(scan_list, lambda scan: trim(scan.clickpost_status_code)) as scan_codes,
        trim(clickpost_status_code) as own_code,
        trim(latest_status_code) as latest_code
    from records
    where not (is_return_request and awb is null)
),

status_codes as (
    select code_key, direction, status
    from core.parcel_status_codes
    where code_list = 'clickpost'
),

problem_codes as (
    select code_list, code_key, problem
    from core.parcel_problem_codes
),

-- A carrier's own word decides; without it, codes that only one direction has.
directed as (
    select
        *,
        case
            when lower(is_rvp) = 'true' then 'reverse'
            when lower(is_rvp) = 'false' then 'forward'
            when has_forward_sign and not has_reverse_sign then 'forward'
            when has_reverse_sign and not has_forward_sign then 'reverse'
        end as direction
    from (
        select
            *,
            list_has_any(
                list_append(list_append(scan_codes, own_code), latest_code),
                ['11', '12', '13', '14', '15', '21', '26', '27']
            )
            or coalesce(ndr_code, ndr_description) is not null as has_forward_sign,
            list_has_any(
                list_append(list_append(scan_codes, own_code), latest_code),
                ['30', '31', '32', '101', '102']
            )
            or coalesce(npr_code, npr_description) is not null as has_reverse_sign
        from parcels
    ) as signs
),

numbered_scans as (
    select *, unnest(scan_list) as scan, unnest(range(1, len(scan_list) + 1)) as position
    from directed
),

-- What is known of the parcel apart from its scans counts as an event where it tells of another code.
events as (
    select
        * exclude (scan),
        'scan' as kind,
        trim(scan.clickpost_status_code) as code_number,
        trim(scan.clickpost_status_description) as code_name,
        scan.status as event_status,
        scan.location as event_location,
        scan.remark as event_remark,
        trim(scan.timestamp) as event_time,
        scan.tracking_id,
        scan.checkpoint_id
    from numbered_scans
    union all by name
    select
        *,
        0 as position,
        'own' as kind,
        own_code as code_number,
        trim(clickpost_status_description) as code_name,
        status as event_status,
        location as event_location,
        remark as event_remark,
        trim(timestamp) as event_time
    from directed
    where shape <> 'track_order'
        or len(scan_list) = 0
        or (own_code is not null and not list_contains(scan_codes, own_code))
    union all by name
    select
        *,
        -1 as position,
        'latest' as kind,
        latest_code as code_number,
        trim(latest_status_description) as code_name,
        latest_location as event_location,
        latest_remark as event_remark,
        trim(latest_timestamp) as event_time
    from directed
    where latest_code <> own_code and latest_timestamp is not null
),

timed as (
    select
        *,
        coalesce(nullif(code_number, ''), nullif(code_name, '')) as code_raw,
        case
            when regexp_full_match(event_time, '\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?')
                then try_cast(event_time as timestamp) - interval 330 minutes
            when regexp_full_match(event_time, '\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)')
                then timezone('UTC', try_cast(upper(event_time) as timestamptz))
        end as happened_at
    from events
),

-- The reason of a failure belongs to the event that tells it: a webhook's own, of scans the last failed one.
blamed as (
    select
        *,
        case
            when kind = 'latest' or coalesce(code_number, '') = '8' then null
            when coalesce(ndr_code, ndr_description) is not null
                and (kind = 'own' or (code_number = '9' and is_last_of_code))
                then 'ndr'
            when coalesce(npr_code, npr_description) is not null
                and (kind = 'own' or (code_number = '3' and is_last_of_code))
                then 'npr'
        end as problem_list
    from (
        select
            *,
            row_number() over (
                partition by file_id, record_number, code_number
                order by happened_at desc, position asc
            ) = 1 as is_last_of_code
        from timed
    ) as ranked
),

judged as (
    select
        blamed.*,
        coalesce(by_number.status, by_name.status, 'other') as code,
        case
            when blamed.problem_list = 'ndr' then coalesce(blamed.ndr_code, blamed.ndr_description)
            when blamed.problem_list = 'npr' then coalesce(blamed.npr_code, blamed.npr_description)
        end as problem_raw,
        case
            when blamed.problem_list is not null
                then coalesce(problem_by_number.problem, problem_by_name.problem, 'other')
        end as problem,
        case
            when blamed.awb is null then 'waybill_missing'
            when coalesce(blamed.code_raw, blamed.event_time) is null then 'nothing_known'
            when blamed.kind = 'scan' and blamed.happened_at is null then 'scan_timestamp_readable'
            when blamed.happened_at is null then 'timestamp_readable'
            when blamed.kind = 'scan' and blamed.code_raw is null then 'scan_status_missing'
            when blamed.code_raw is null then 'status_missing'
        end as rejected_rule
    from blamed
    left join status_codes as by_number
        on blamed.code_number = by_number.code_key and by_number.direction = coalesce(blamed.direction, 'forward')
    left join status_codes as by_name
        on by_name.code_key = regexp_replace(lower(blamed.code_name), '[^a-z0-9]', '', 'g')
        and by_name.direction = coalesce(blamed.direction, 'forward')
    left join problem_codes as problem_by_number
        on problem_by_number.code_list = 'clickpost_' || blamed.problem_list
        and problem_by_number.code_key = if(blamed.problem_list = 'ndr', blamed.ndr_code, blamed.npr_code)
    left join problem_codes as problem_by_name
        on problem_by_name.code_list = 'clickpost_' || blamed.problem_list
        and problem_by_name.code_key = regexp_replace(
            lower(if(blamed.problem_list = 'ndr', blamed.ndr_description, blamed.npr_description)), '[^a-z0-9]', '', 'g'
        )
)

select
    merchant_id,
    file_id,
    record_number,
    line_number,
    awb as shipment_id,
    awb,
    nullif(trim(any_value(order_id)), '') as order_id,
    nullif(trim(any_value(reference_number)), '') as reference_number,
    any_value(coalesce(cp_name, nullif(cp_id, '-1'))) as carrier,
    any_value(direction) as direction,
    happened_at,
    code_raw,
    arg_min(code, position) as code,
    arg_min(problem_list, position) as problem_list,
    arg_min(problem_raw, position) as problem_raw,
    arg_min(problem, position) as problem,
    arg_min(nullif(trim(event_location), ''), position) as place,
    string_agg(distinct nullif(trim(event_remark), ''), ' / ' order by nullif(trim(event_remark), '')) as remark,
    nullif(
        json_merge_patch(
            coalesce(any_value(attributes), json('{}')),
            json_object(
                'carrier_status', arg_min(nullif(trim(event_status), ''), position),
                'tracking_id', arg_min(tracking_id, position),
                'checkpoint_id', arg_min(checkpoint_id, position),
                'notification_event_id', any_value(notification_event_id),
                'account_code', any_value(account_code),
                'courier_partner_edd', any_value(courier_partner_edd),
                'created_at', any_value(created_at),
                'updated_at', any_value(updated_at)
            )
        ),
        json('{}')
    ) as attributes,
    rejected_rule
from judged
group by merchant_id, file_id, record_number, line_number, awb, happened_at, code_raw, rejected_rule
