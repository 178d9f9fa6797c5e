-- description: Parcels from EasyPost's trackers.
-- grain: tracker in a file
-- key: file_id, record_number
-- load: merge
-- entity: shipments
-- columns:
--   merchant_id
--   file_id
--   record_number
--   line_number
--   shipment_id
--   reference_number
--   direction
--   carrier
--   service
--   awb
--   origin_country
--   origin_zone
--   destination_country
--   destination_zone
--   status_raw
--   status
--   outcome
--   problem_raw
--   problem
--   weight
--   is_cross_border
--   promised_date
--   shipped_date
--   shipped_at
--   delivered_at
--   observed_at
--   attributes
-- rejects:
--   tracker_unnamed (id): a tracker has an id | ask for the tracker again
--   updated_at_readable (updated_at): a time such as 2025-03-06T19:48:26Z | ask for the tracker again
--   weight_number (weight): a number of 0 or more, or nothing | correct the weight and load the file again
-- checks:
--   not_null: shipment_id
with trackers as (
    select
        *,
        nullif(trim(id), '') as tracker_id,
        case lower(is_return) when 'true' then 'reverse' when 'false' then 'forward' end as direction,
        lower(trim(status)) as status_key,
        lower(trim(status_detail)) as detail_key,
        case
            when regexp_full_match(
                trim(updated_at), '\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)'
            )
                then timezone('UTC', try_cast(upper(trim(updated_at)) as timestamptz))
        end as observed_at,
        try_cast(weight as decimal(18, 4)) as weight_number,
        coalesce(
            from_json(tracking_details, '[{"status":"VARCHAR","datetime":"VARCHAR"}]'),
            []
        ) as details
    from changed.easypost__trackers
),

merchants as (
    select merchant_id, timezone
    from core.merchants
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

-- The carrier has it from the first scan on that says more than that a label was made.
timed as (
    select
        *,
        list_min(
            list_transform(
                list_filter(
                    details,
                    lambda scan: scan.status in (
                        'in_transit', 'out_for_delivery', 'available_for_pickup', 'delivered', 'return_to_sender'
                    )
                ),
                lambda scan: timezone('UTC', try_cast(scan.datetime as timestamptz))
            )
        ) as shipped_at,
        list_max(
            list_transform(
                list_filter(details, lambda scan: scan.status = 'delivered'),
                lambda scan: timezone('UTC', try_cast(scan.datetime as timestamptz))
            )
        ) as last_delivered_at
    from trackers
)

select
    timed.merchant_id,
    timed.file_id,
    timed.record_number,
    timed.line_number,
    timed.tracker_id as shipment_id,
    timed.shipment_id as reference_number,
    timed.direction,
    timed.carrier,
    timed.service,
    nullif(trim(timed.tracking_code), '') as awb,
    timed.origin_country,
    timed.origin_zone,
    timed.destination_country,
    timed.destination_zone,
    timed.status as status_raw,
    case when timed.status is not null then coalesce(status_codes.status, 'other') end as status,
    case
        when timed.status_key = 'delivered' then 'delivered'
        when timed.status_key = 'return_to_sender' and coalesce(timed.direction, 'forward') = 'forward'
            then 'returned_to_origin'
        when timed.detail_key in ('lost', 'damaged') then timed.detail_key
        when timed.status_key = 'cancelled' then 'cancelled'
        when timed.status_key in ('pre_transit', 'in_transit', 'out_for_delivery', 'available_for_pickup')
            then 'in_transit'
        else 'unknown'
    end as outcome,
    case when problem_codes.problem is not null then timed.status_detail end as problem_raw,
    problem_codes.problem,
    timed.weight_number as weight,
    timed.origin_country <> timed.destination_country as is_cross_border,
    try_cast(left(trim(timed.est_delivery_date), 10) as date) as promised_date,
    cast(timezone(merchants.timezone, timezone('UTC', timed.shipped_at)) as date) as shipped_date,
    timed.shipped_at,
    case when timed.status_key = 'delivered' then timed.last_delivered_at end as delivered_at,
    timed.observed_at,
    json_merge_patch(
        coalesce(timed.attributes, json('{}')),
        json_object('status_detail', timed.status_detail, 'created_at', timed.created_at)
    ) as attributes,
    case
        when timed.tracker_id is null then 'tracker_unnamed'
        when timed.updated_at is not null and timed.observed_at is null then 'updated_at_readable'
        when timed.weight is not null and (timed.weight_number is null or timed.weight_number < 0) then 'weight_number'
    end as rejected_rule
from timed
inner join merchants using (merchant_id)
left join status_codes
    on status_codes.code_key = replace(timed.status_key, '_', '')
    and status_codes.direction = coalesce(timed.direction, 'forward')
left join problem_codes on problem_codes.code_key = replace(timed.detail_key, '_', '')
