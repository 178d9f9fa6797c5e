-- description: Scans that the times of a ClickPost report tell, and the latest status at its time. A scan is named by
--   its column, the latest status by its own words where no column tells the same step at the same time; place and
--   remark are known of the latest only.
-- grain: step of a parcel and its time; of several rows of a report that tell it, the one that saw the parcel last
-- key: file_id, shipment_id, happened_at, code_raw
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
-- checks:
--   not_null: shipment_id
--   not_null: happened_at
--   not_null: code_raw
with records as (
    select
        merchant_id,
        file_id,
        record_number,
        line_number,
        awb,
        order_id,
        reference_number,
        direction,
        status_raw,
        status,
        problem_list,
        problem_raw,
        problem
    from changed.staging_clickpost__parcel_records
),

times as (
    select file_id, record_number, time_column, happened_at
    from changed.staging_clickpost__record_times
),

shipments as (
    select file_id, record_number, outcome, observed_at
    from changed.staging_clickpost__shipments
),

report as (
    select
        file_id,
        record_number,
        nullif(trim(courier_partner), '') as carrier,
        nullif(trim(current_location), '') as place,
        nullif(trim(latest_remark), '') as latest_remark,
        nullif(trim(remark_of_last_failed_delivery), '') as failure_remark
    from changed.clickpost__report
),

-- What a column's time means; the order decides which name a step has that two columns tell.
steps as (
    select *
    from (
        values
        ('created_at', 1, 'Created at', 'order_placed'),
        ('pickup_date', 2, 'Pickup Date', 'picked_up'),
        ('timestamp_of_last_failed_delivery', 3, 'TimeStamp Of Last Failed Delivery', 'failed_delivery'),
        ('out_for_delivery_1st_attempt', 4, 'Out For Delivery 1st Attempt', 'out_for_delivery'),
        ('out_for_delivery_2nd_attempt', 5, 'Out For Delivery 2nd Attempt', 'out_for_delivery'),
        ('out_for_delivery_3rd_attempt', 6, 'Out For Delivery 3rd Attempt', 'out_for_delivery'),
        ('out_for_delivery_4th_attempt', 7, 'Out For Delivery 4th Attempt', 'out_for_delivery'),
        ('out_for_delivery_5th_attempt', 8, 'Out For Delivery 5th Attempt', 'out_for_delivery'),
        ('out_for_pickup_1st_attempt', 9, 'Out For Pickup 1st Attempt', 'out_for_pickup'),
        ('out_for_pickup_2nd_attempt', 10, 'Out For Pickup 2nd Attempt', 'out_for_pickup'),
        ('out_for_pickup_3rd_attempt', 11, 'Out For Pickup 3rd Attempt', 'out_for_pickup'),
        ('rto_mark_date', 12, 'RTO Mark Date', 'rto_requested'),
        ('rto_intransit_timestamp', 13, 'RTO Intransit Timestamp', 'rto_in_transit'),
        ('rto_delivery_date', 14, 'RTO Delivery Date', 'rto_delivered'),
        ('delivery_date', 15, 'Delivery Date', 'delivered'),
        ('destination_hub_in_scan_time', 16, 'Destination Hub In Scan Time', 'destination_hub_in'),
        ('origin_hub_in_timestamp', 17, 'Origin Hub In Timestamp', 'in_transit'),
        ('origin_hub_out_timestamp', 18, 'Origin Hub Out Timestamp', 'in_transit'),
        ('latest_timestamp', 19, null, null)
    ) as known (time_column, rank, code_raw, code)
),

pickups as (
    select file_id, record_number, min(happened_at) as picked_up_at
    from times
    where time_column = 'pickup_date'
    group by file_id, record_number
),

-- A reverse parcel's delivery is its arrival; before it was picked up, what failed was the pickup. A parcel that went
-- back to its origin was delivered there.
told as (
    select
        records.*,
        times.happened_at,
        steps.rank,
        coalesce(steps.code_raw, records.status_raw) as told_code,
        case
            when steps.rank = 19 then records.status
            when steps.code = 'delivered' and shipments.outcome = 'returned_to_origin' then 'rto_delivered'
            when records.direction = 'forward' then steps.code
            when steps.code = 'delivered' then 'arrived_at_warehouse'
            when steps.code = 'failed_delivery' and coalesce(times.happened_at < pickups.picked_up_at, true)
                then 'pickup_failed'
            else steps.code
        end as step_code,
        shipments.observed_at
    from times
    inner join steps using (time_column)
    inner join records using (file_id, record_number)
    left join shipments using (file_id, record_number)
    left join pickups using (file_id, record_number)
    where steps.rank <> 19 or records.status_raw is not null
),

-- The time of the last failure is known of the last failure only: an earlier attempt has no reason.
united as (
    select
        file_id,
        record_number,
        happened_at,
        step_code,
        any_value(merchant_id) as merchant_id,
        any_value(line_number) as line_number,
        any_value(awb) as awb,
        any_value(order_id) as order_id,
        any_value(reference_number) as reference_number,
        any_value(direction) as direction,
        any_value(observed_at) as observed_at,
        arg_min(told_code, rank) as code_raw,
        bool_or(rank = 19) as is_latest,
        bool_or(rank = 3 or (rank = 19 and step_code in ('failed_delivery', 'pickup_failed'))) as is_failure,
        any_value(problem_list) as problem_list,
        any_value(problem_raw) as problem_raw,
        any_value(problem) as problem
    from told
    group by file_id, record_number, happened_at, step_code
)

select
    united.merchant_id,
    united.file_id,
    united.record_number,
    united.line_number,
    united.awb as shipment_id,
    united.awb,
    united.order_id,
    united.reference_number,
    report.carrier,
    united.direction,
    united.happened_at,
    united.code_raw,
    united.step_code as code,
    case when united.is_failure then united.problem_list end as problem_list,
    case when united.is_failure then united.problem_raw end as problem_raw,
    case when united.is_failure then united.problem end as problem,
    case when united.is_latest then report.place end as place,
    case
        when united.is_failure then coalesce(report.failure_remark, if(united.is_latest, report.latest_remark, null))
        when united.is_latest then report.latest_remark
    end as remark,
    cast(null as varchar) as rejected_rule
from united
inner join report using (file_id, record_number)
qualify row_number() over (
    partition by united.file_id, united.awb, united.happened_at, united.code_raw
    order by united.observed_at desc nulls last, united.record_number desc
) = 1
