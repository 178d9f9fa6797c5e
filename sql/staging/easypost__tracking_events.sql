-- description: Scans of parcels from EasyPost's trackers. Scans of one tracker with the same time and status are one row,
--   their remarks beside each other.
-- grain: tracker, time and status within a file
-- key: file_id, record_number, happened_at, code_raw
-- load: merge
-- entity: tracking_events
-- columns:
--   merchant_id
--   file_id
--   record_number
--   line_number
--   shipment_id
--   awb
--   reference_number
--   carrier
--   direction
--   happened_at
--   code_raw
--   code
--   problem_raw
--   problem
--   place
--   remark
--   attributes
-- rejects:
--   scan_time_readable (tracking_details): a time such as 2025-02-06T19:48:26Z in every scan | ask for the tracker again
--   scan_status_missing (tracking_details): a status in every scan | ask for the tracker again
-- checks:
--   not_null: shipment_id
--   not_null: happened_at
with trackers as (
    select
        *,
        from_json(
            tracking_details,
            '[{"status":"VARCHAR","status_detail":"VARCHAR","datetime":"VARCHAR","message":"VARCHAR",'
            || '"description":"VARCHAR","source":"VARCHAR","carrier_code":"VARCHAR",'
            || '"tracking_location_city":"VARCHAR","tracking_location_state":"VARCHAR",'
            || '"tracking_location_country":"VARCHAR"}]'
        ) as details
    from changed.easypost__trackers
),

kept as (
    select file_id, record_number, shipment_id, awb, direction
    from changed.staging_easypost__shipments
),

status_codes as (
    select code_key, direction, status
    from core.parcel_status_codes
    where code_list = 'easypost'
),

problem_codes as (
    select code_key, problem
    from core.parcel_problem_codes
    where code_list = 'easypost'
),

scans as (
    select
        trackers.merchant_id,
        trackers.file_id,
        trackers.record_number,
        trackers.line_number,
        trackers.shipment_id as reference_number,
        trackers.carrier,
        kept.shipment_id,
        kept.awb,
        kept.direction,
        unnest(trackers.details) as scan,
        unnest(range(1, len(trackers.details) + 1)) as position
    from trackers
    inner join kept using (file_id, record_number)
),

told as (
    select
        * exclude (scan),
        nullif(trim(scan.status), '') as code_raw,
        scan.status_detail,
        trim(scan.datetime) as told_time,
        scan.source,
        nullif(scan.carrier_code, '') as carrier_code,
        nullif(
            concat_ws(', ', scan.tracking_location_city, scan.tracking_location_state, scan.tracking_location_country),
            ''
        ) as place,
        coalesce(nullif(trim(scan.message), ''), nullif(trim(scan.description), '')) as words
    from scans
),

judged as (
    select
        told.*,
        case
            when regexp_full_match(
                told.told_time, '\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)'
            )
                then timezone('UTC', try_cast(upper(told.told_time) as timestamptz))
        end as happened_at,
        coalesce(status_codes.status, 'other') as code,
        case when problem_codes.problem is not null then told.status_detail end as problem_raw,
        problem_codes.problem
    from told
    left join status_codes
        on status_codes.code_key = replace(lower(told.code_raw), '_', '')
        and status_codes.direction = coalesce(told.direction, 'forward')
    left join problem_codes
        on problem_codes.code_key = replace(lower(trim(told.status_detail)), '_', '')
),

ruled as (
    select
        *,
        case
            when happened_at is null then 'scan_time_readable'
            when code_raw is null then 'scan_status_missing'
        end as rejected_rule
    from judged
)

select
    merchant_id,
    file_id,
    record_number,
    line_number,
    shipment_id,
    any_value(awb) as awb,
    any_value(reference_number) as reference_number,
    any_value(carrier) as carrier,
    any_value(direction) as direction,
    happened_at,
    code_raw,
    arg_min(code, position) as code,
    arg_min(problem_raw, position) as problem_raw,
    arg_min(problem, position) as problem,
    arg_min(place, position) as place,
    string_agg(distinct words, ' / ' order by words) as remark,
    nullif(
        json_merge_patch(
            json('{}'),
            json_object(
                'status_detail', string_agg(distinct status_detail, ' / ' order by status_detail),
                'source', arg_min(source, position),
                'carrier_code', arg_min(carrier_code, position)
            )
        ),
        json('{}')
    ) as attributes,
    rejected_rule
from ruled
group by merchant_id, file_id, record_number, line_number, shipment_id, happened_at, code_raw, rejected_rule
