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
    select *
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
        (1, 'Created at', 'order_placed'),
        (2, 'Pickup Date', 'picked_up'),
        (3, 'TimeStamp Of Last Failed Delivery', 'failed_delivery'),
        (4, 'Out For Delivery 1st Attempt', 'out_for_delivery'),
        (5, 'Out For Delivery 2nd Attempt', 'out_for_delivery'),
        (6, 'Out For Delivery 3rd Attempt', 'out_for_delivery'),
        (7, 'Out For Delivery 4th Attempt', 'out_for_delivery'),
        (8, 'Out For Delivery 5th Attempt', 'out_for_delivery'),
        (9, 'Out For Pickup 1st Attempt', 'out_for_pickup'),
        (10, 'Out For Pickup 2nd Attempt', 'out_for_pickup'),
        (11, 'Out For Pickup 3rd Attempt', 'out_for_pickup'),
        (12, 'RTO Mark Date', 'rto_requested'),
        (13, 'RTO Intransit Timestamp', 'rto_in_transit'),
        (14, 'RTO Delivery Date', 'rto_delivered'),
        (15, 'Delivery Date', 'delivered'),
        (16, 'Destination Hub In Scan Time', 'destination_hub_in'),
        (17, 'Origin Hub In Timestamp', 'in_transit'),
        (18, 'Origin Hub Out Timestamp', 'in_transit'),
        (19, null, null)
    ) as known (rank, code_raw, code)
),

parcels as (
    select
        records.file_id,
        records.record_number,
        records.direction,
        records.status_raw,
        records.status,
        shipments.outcome,
        times.pickup_date,
        unnest(range(1, 20)) as rank,
        unnest([
            times.created_at,
            times.pickup_date,
            times.timestamp_of_last_failed_delivery,
            times.out_for_delivery_1st_attempt,
            times.out_for_delivery_2nd_attempt,
            times.out_for_delivery_3rd_attempt,
            times.out_for_delivery_4th_attempt,
            times.out_for_delivery_5th_attempt,
            times.out_for_pickup_1st_attempt,
            times.out_for_pickup_2nd_attempt,
            times.out_for_pickup_3rd_attempt,
            times.rto_mark_date,
            times.rto_intransit_timestamp,
            times.rto_delivery_date,
            times.delivery_date,
            times.destination_hub_in_scan_time,
            times.origin_hub_in_timestamp,
            times.origin_hub_out_timestamp,
            times.latest_timestamp
        ]) as written_at
    from records
    inner join times using (file_id, record_number)
    left join shipments using (file_id, record_number)
),

-- A reverse parcel's delivery is its arrival; before it was picked up, what failed was the pickup. A parcel that went
-- back to its origin was delivered there.
told as (
    select
        parcels.file_id,
        parcels.record_number,
        parcels.written_at,
        parcels.rank,
        case
            when parcels.rank = 19 then parcels.status
            when steps.code = 'delivered' and parcels.outcome = 'returned_to_origin' then 'rto_delivered'
            when parcels.direction = 'forward' then steps.code
            when steps.code = 'delivered' then 'arrived_at_warehouse'
            when steps.code = 'failed_delivery' and coalesce(parcels.written_at < parcels.pickup_date, true)
                then 'pickup_failed'
            else steps.code
        end as step_code
    from parcels
    inner join steps on parcels.rank = steps.rank
    where parcels.written_at is not null and (parcels.rank <> 19 or parcels.status_raw is not null)
),

-- The time of the last failure is known of the last failure only: an earlier attempt has no reason.
united as (
    select
        file_id,
        record_number,
        written_at,
        step_code,
        min(rank) as first_rank,
        bool_or(rank = 19) as is_latest,
        bool_or(rank = 3 or (rank = 19 and step_code in ('failed_delivery', 'pickup_failed'))) as is_failure
    from told
    group by file_id, record_number, written_at, step_code
),

-- Only rows of a parcel that stands several times in the file, or whose status is named as a step is, can tell a step
-- that another row tells too.
repeated as (
    select file_id, awb
    from records
    group by file_id, awb
    having count(*) > 1
),

compared as (
    select
        records.file_id,
        records.record_number,
        records.awb,
        records.status_raw,
        shipments.observed_at
    from records
    left join shipments using (file_id, record_number)
    left join repeated on records.file_id = repeated.file_id and records.awb = repeated.awb
    where repeated.awb is not null or records.status_raw in (select steps.code_raw from steps)
),

beaten as (
    select united.file_id, united.record_number, united.first_rank
    from united
    inner join compared using (file_id, record_number)
    inner join steps on united.first_rank = steps.rank
    qualify row_number() over (
        partition by
            united.file_id, compared.awb, united.written_at, coalesce(steps.code_raw, compared.status_raw)
        order by compared.observed_at desc nulls last, united.record_number desc
    ) > 1
)

select
    records.merchant_id,
    records.file_id,
    records.record_number,
    records.line_number,
    records.awb as shipment_id,
    records.awb,
    records.order_id,
    records.reference_number,
    report.carrier,
    records.direction,
    united.written_at - interval '5 hours 30 minutes' as happened_at,
    coalesce(steps.code_raw, records.status_raw) as code_raw,
    united.step_code as code,
    case when united.is_failure then records.problem_list end as problem_list,
    case when united.is_failure then records.problem_raw end as problem_raw,
    case when united.is_failure then records.problem end as problem,
    case when united.is_latest then report.place end as place,
    case
        when united.is_failure then coalesce(report.failure_remark, if(united.is_latest, report.latest_remark, null))
        when united.is_latest then report.latest_remark
    end as remark,
    cast(null as varchar) as rejected_rule
from united
inner join steps on united.first_rank = steps.rank
inner join records using (file_id, record_number)
inner join report using (file_id, record_number)
left join beaten using (file_id, record_number, first_rank)
where beaten.first_rank is null
