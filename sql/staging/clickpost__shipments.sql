-- description: Parcels of a ClickPost report, forward and reverse: one version per row, told by the time up to which
--   ClickPost had seen the parcel. Of rows of one parcel and time the last updated one. Amounts are taken to be in the
--   merchant's currency, because the report names none.
-- grain: record of the report that tells a parcel as it was at a time
-- key: file_id, record_number
-- load: merge
-- entity: shipments
-- columns:
--   merchant_id
--   file_id
--   record_number
--   line_number
--   shipment_id
--   order_id
--   reference_number
--   direction
--   carrier
--   service
--   awb
--   rto_awb
--   payment_mode
--   origin_country
--   origin_zone
--   destination_country
--   destination_zone
--   status_raw
--   status
--   outcome
--   problem_raw
--   problem
--   return_reason_raw
--   quality_check
--   currency_code
--   cost_amount
--   weight
--   charged_weight
--   delivery_attempt_count
--   pickup_attempt_count
--   is_cross_border
--   ordered_date
--   promised_date
--   shipped_date
--   booked_at
--   shipped_at
--   delivered_at
--   rto_marked_at
--   rto_delivered_at
--   observed_at
--   attributes
-- checks:
--   not_null: shipment_id
--   not_null: direction
--   assert only_reverse_parcels_arrive_at_the_warehouse: status <> 'arrived_at_warehouse' or direction = 'reverse'
with records as (
    select
        merchant_id,
        file_id,
        record_number,
        line_number,
        awb,
        rto_awb,
        order_id,
        reference_number,
        direction,
        direction_evidence,
        status_raw,
        status,
        problem_raw,
        problem,
        return_reason_raw,
        items_quantity,
        cost_amount,
        weight,
        charged_weight,
        delivery_attempt_count,
        pickup_attempt_count
    from changed.staging_clickpost__parcel_records
),

merchants as (
    select merchant_id, timezone, currency_code
    from core.merchants
),

times as (
    select
        file_id,
        record_number,
        case when has_order_time then order_date - interval '5 hours 30 minutes' end as ordered_at,
        cast(order_date as date) as ordered_date,
        cast(
            coalesce(
                expected_date_of_delivery_max,
                edd_sent_over_oc_api,
                expected_delivery_date_by_courier_partner,
                expected_date_of_delivery_min
            ) as date
        ) as promised_date,
        created_at - interval '5 hours 30 minutes' as booked_at,
        pickup_date - interval '5 hours 30 minutes' as shipped_at,
        delivery_date - interval '5 hours 30 minutes' as delivered_at,
        rto_mark_date - interval '5 hours 30 minutes' as rto_marked_at,
        rto_delivery_date - interval '5 hours 30 minutes' as rto_delivered_at,
        latest_timestamp - interval '5 hours 30 minutes' as latest_at,
        updated_at - interval '5 hours 30 minutes' as updated_at,
        greatest(
            created_at,
            pickup_date,
            latest_timestamp,
            delivery_date,
            updated_at,
            out_for_delivery_1st_attempt,
            out_for_delivery_2nd_attempt,
            out_for_delivery_3rd_attempt,
            out_for_delivery_4th_attempt,
            out_for_delivery_5th_attempt,
            timestamp_of_last_failed_delivery,
            rto_mark_date,
            rto_intransit_timestamp,
            rto_delivery_date,
            out_for_pickup_1st_attempt,
            out_for_pickup_2nd_attempt,
            out_for_pickup_3rd_attempt,
            destination_hub_in_scan_time,
            origin_hub_in_timestamp,
            origin_hub_out_timestamp
        ) - interval '5 hours 30 minutes' as newest_at
    from changed.staging_clickpost__record_times
),

joined as (
    select
        records.*,
        times.* exclude (file_id, record_number),
        merchants.timezone,
        merchants.currency_code,
        coalesce(times.latest_at, times.updated_at, times.newest_at) as observed_at
    from records
    left join times using (file_id, record_number)
    inner join merchants using (merchant_id)
),

newest as (
    select *
    from joined
    qualify row_number() over (
        partition by file_id, awb, observed_at
        order by updated_at desc nulls last, record_number desc
    ) = 1
),

ended as (
    select
        *,
        case
            when status = 'rto_delivered' then 'returned_to_origin'
            when status in ('delivered', 'arrived_at_warehouse', 'exchange_delivered') then 'delivered'
            when status in ('lost', 'damaged', 'cancelled') then status
            when rto_delivered_at is not null then 'returned_to_origin'
            when status is null and delivered_at is not null then 'delivered'
            when coalesce(status, 'other') in ('other', 'expired') then 'unknown'
            else 'in_transit'
        end as outcome
    from newest
),

-- The latest time dates the latest status; what went back to its origin was never delivered.
-- Written down before the join below: at 2.8 million records both in one pipeline did not fit into 1.8 GB.
dated as materialized (
    select
        *,
        case
            when outcome = 'returned_to_origin' then null
            else coalesce(
                delivered_at,
                case when status in ('delivered', 'arrived_at_warehouse', 'exchange_delivered') then latest_at end
            )
        end as known_delivered_at,
        case
            when outcome = 'returned_to_origin'
                then coalesce(
                    rto_delivered_at, delivered_at, case when status = 'rto_delivered' then latest_at end
                )
            else rto_delivered_at
        end as known_rto_delivered_at
    from ended
),

report as (
    select
        file_id,
        record_number,
        nullif(trim(courier_partner), '') as carrier,
        nullif(trim(mode_of_shipment), '') as service,
        nullif(trim(payment_mode), '') as payment_mode,
        nullif(trim(pickup_country), '') as origin_country,
        coalesce(
            nullif(trim(pickup_pincode), ''), nullif(trim(pickup_state), ''), nullif(trim(pickup_district), '')
        ) as origin_zone,
        nullif(trim(drop_country), '') as destination_country,
        coalesce(nullif(trim(drop_pincode), ''), nullif(trim(drop_state), ''), nullif(trim(drop_district), ''))
            as destination_zone,
        nullif(trim(qc_type), '') as quality_check,
        cod_value,
        nullif(trim(items), '') as items,
        attributes
    from changed.clickpost__report
)

select
    dated.merchant_id,
    dated.file_id,
    dated.record_number,
    dated.line_number,
    dated.awb as shipment_id,
    dated.order_id,
    dated.reference_number,
    dated.direction,
    report.carrier,
    report.service,
    dated.awb,
    dated.rto_awb,
    report.payment_mode,
    report.origin_country,
    report.origin_zone,
    report.destination_country,
    report.destination_zone,
    dated.status_raw,
    dated.status,
    dated.outcome,
    dated.problem_raw,
    dated.problem,
    dated.return_reason_raw,
    report.quality_check,
    case when dated.cost_amount is not null then dated.currency_code end as currency_code,
    dated.cost_amount,
    dated.weight,
    dated.charged_weight,
    dated.delivery_attempt_count,
    dated.pickup_attempt_count,
    case
        when (length(report.origin_country) > 3) = (length(report.destination_country) > 3)
            then lower(report.origin_country) <> lower(report.destination_country)
    end as is_cross_border,
    coalesce(
        cast(timezone(dated.timezone, timezone('UTC', dated.ordered_at)) as date), dated.ordered_date
    ) as ordered_date,
    dated.promised_date,
    cast(timezone(dated.timezone, timezone('UTC', dated.shipped_at)) as date) as shipped_date,
    dated.booked_at,
    dated.shipped_at,
    dated.known_delivered_at as delivered_at,
    dated.rto_marked_at,
    dated.known_rto_delivered_at as rto_delivered_at,
    dated.observed_at,
    json_merge_patch(
        json('{}'),
        coalesce(report.attributes, json('{}')),
        json_object(
            'direction_evidence', dated.direction_evidence,
            'Items', report.items,
            'Items Quantity', dated.items_quantity,
            'COD Value', report.cod_value
        )
    ) as attributes,
    cast(null as varchar) as rejected_rule
from dated
inner join report using (file_id, record_number)
