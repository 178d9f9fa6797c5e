-- description: Times of a ClickPost report, one row per filled cell, as written (India time) and in UTC.
-- grain: filled time cell of a record
-- key: file_id, record_number, time_column
-- load: merge
-- columns:
--   merchant_id
--   file_id
--   record_number
--   line_number
--   time_column varchar: Column of the report, in snake case.
--   has_time boolean: The cell holds a time of day, not only a date.
--   written_at timestamp: The time as written: India time, or that day's first moment.
--   happened_at
-- rejects:
--   order_date_readable (order_date): YYYY-MM-DD HH:MM:SS, or day, month and four-digit year in the file's order with HH:MM, or nothing | correct the time and load the file again
--   created_at_readable (created_at): YYYY-MM-DD HH:MM:SS, or day, month and four-digit year in the file's order with HH:MM, or nothing | correct the time and load the file again
--   pickup_date_readable (pickup_date): YYYY-MM-DD HH:MM:SS, or day, month and four-digit year in the file's order with HH:MM, or nothing | correct the time and load the file again
--   latest_timestamp_readable (latest_timestamp): YYYY-MM-DD HH:MM:SS, or day, month and four-digit year in the file's order with HH:MM, or nothing | correct the time and load the file again
--   delivery_date_readable (delivery_date): YYYY-MM-DD HH:MM:SS, or day, month and four-digit year in the file's order with HH:MM, or nothing | correct the time and load the file again
--   updated_at_readable (updated_at): YYYY-MM-DD HH:MM:SS, or day, month and four-digit year in the file's order with HH:MM, or nothing | correct the time and load the file again
--   expected_delivery_date_by_courier_partner_readable (expected_delivery_date_by_courier_partner): YYYY-MM-DD HH:MM:SS, or day, month and four-digit year in the file's order with HH:MM, or nothing | correct the time and load the file again
--   expected_date_of_delivery_min_readable (expected_date_of_delivery_min): YYYY-MM-DD HH:MM:SS, or day, month and four-digit year in the file's order with HH:MM, or nothing | correct the time and load the file again
--   expected_date_of_delivery_max_readable (expected_date_of_delivery_max): YYYY-MM-DD HH:MM:SS, or day, month and four-digit year in the file's order with HH:MM, or nothing | correct the time and load the file again
--   edd_sent_over_oc_api_readable (edd_sent_over_oc_api): YYYY-MM-DD HH:MM:SS, or day, month and four-digit year in the file's order with HH:MM, or nothing | correct the time and load the file again
--   out_for_delivery_1st_attempt_readable (out_for_delivery_1st_attempt): YYYY-MM-DD HH:MM:SS, or day, month and four-digit year in the file's order with HH:MM, or nothing | correct the time and load the file again
--   out_for_delivery_2nd_attempt_readable (out_for_delivery_2nd_attempt): YYYY-MM-DD HH:MM:SS, or day, month and four-digit year in the file's order with HH:MM, or nothing | correct the time and load the file again
--   out_for_delivery_3rd_attempt_readable (out_for_delivery_3rd_attempt): YYYY-MM-DD HH:MM:SS, or day, month and four-digit year in the file's order with HH:MM, or nothing | correct the time and load the file again
--   out_for_delivery_4th_attempt_readable (out_for_delivery_4th_attempt): YYYY-MM-DD HH:MM:SS, or day, month and four-digit year in the file's order with HH:MM, or nothing | correct the time and load the file again
--   out_for_delivery_5th_attempt_readable (out_for_delivery_5th_attempt): YYYY-MM-DD HH:MM:SS, or day, month and four-digit year in the file's order with HH:MM, or nothing | correct the time and load the file again
--   timestamp_of_last_failed_delivery_readable (timestamp_of_last_failed_delivery): YYYY-MM-DD HH:MM:SS, or day, month and four-digit year in the file's order with HH:MM, or nothing | correct the time and load the file again
--   rto_mark_date_readable (rto_mark_date): YYYY-MM-DD HH:MM:SS, or day, month and four-digit year in the file's order with HH:MM, or nothing | correct the time and load the file again
--   rto_intransit_timestamp_readable (rto_intransit_timestamp): YYYY-MM-DD HH:MM:SS, or day, month and four-digit year in the file's order with HH:MM, or nothing | correct the time and load the file again
--   rto_delivery_date_readable (rto_delivery_date): YYYY-MM-DD HH:MM:SS, or day, month and four-digit year in the file's order with HH:MM, or nothing | correct the time and load the file again
--   out_for_pickup_1st_attempt_readable (out_for_pickup_1st_attempt): YYYY-MM-DD HH:MM:SS, or day, month and four-digit year in the file's order with HH:MM, or nothing | correct the time and load the file again
--   out_for_pickup_2nd_attempt_readable (out_for_pickup_2nd_attempt): YYYY-MM-DD HH:MM:SS, or day, month and four-digit year in the file's order with HH:MM, or nothing | correct the time and load the file again
--   out_for_pickup_3rd_attempt_readable (out_for_pickup_3rd_attempt): YYYY-MM-DD HH:MM:SS, or day, month and four-digit year in the file's order with HH:MM, or nothing | correct the time and load the file again
--   destination_hub_in_scan_time_readable (destination_hub_in_scan_time): YYYY-MM-DD HH:MM:SS, or day, month and four-digit year in the file's order with HH:MM, or nothing | correct the time and load the file again
--   origin_hub_in_timestamp_readable (origin_hub_in_timestamp): YYYY-MM-DD HH:MM:SS, or day, month and four-digit year in the file's order with HH:MM, or nothing | correct the time and load the file again
--   origin_hub_out_timestamp_readable (origin_hub_out_timestamp): YYYY-MM-DD HH:MM:SS, or day, month and four-digit year in the file's order with HH:MM, or nothing | correct the time and load the file again
-- checks:
--   not_null: written_at
with records as (
    select merchant_id, file_id, record_number, line_number
    from changed.staging_clickpost__parcel_records
),

files as (
    select file_id, date_format
    from raw.files
),

cells as (
    select
        file_id,
        record_number,
        unnest([
            'order_date',
            'created_at',
            'pickup_date',
            'latest_timestamp',
            'delivery_date',
            'updated_at',
            'expected_delivery_date_by_courier_partner',
            'expected_date_of_delivery_min',
            'expected_date_of_delivery_max',
            'edd_sent_over_oc_api',
            'out_for_delivery_1st_attempt',
            'out_for_delivery_2nd_attempt',
            'out_for_delivery_3rd_attempt',
            'out_for_delivery_4th_attempt',
            'out_for_delivery_5th_attempt',
            'timestamp_of_last_failed_delivery',
            'rto_mark_date',
            'rto_intransit_timestamp',
            'rto_delivery_date',
            'out_for_pickup_1st_attempt',
            'out_for_pickup_2nd_attempt',
            'out_for_pickup_3rd_attempt',
            'destination_hub_in_scan_time',
            'origin_hub_in_timestamp',
            'origin_hub_out_timestamp'
        ]) as time_column,
        unnest([
            order_date,
            created_at,
            pickup_date,
            latest_timestamp,
            delivery_date,
            updated_at,
            expected_delivery_date_by_courier_partner,
            expected_date_of_delivery_min,
            expected_date_of_delivery_max,
            edd_sent_over_oc_api,
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
        ]) as cell
    from changed.clickpost__report
),

texts as (
    select
        records.merchant_id,
        records.file_id,
        records.record_number,
        records.line_number,
        cells.time_column,
        translate(regexp_replace(trim(cells.cell), '(:\d{2})\.\d{1,9}$', '\1'), '/.T', '-- ') as time_text,
        files.date_format
    from cells
    inner join records using (file_id, record_number)
    left join files on cells.file_id = files.file_id
    where lower(trim(cells.cell)) not in ('', '-', '0', 'na', 'n/a', 'nan', 'nat', 'none', 'null')
),

typed as (
    select
        *,
        case
            when regexp_full_match(time_text, '\d{4}-\d{1,2}-\d{1,2}(?: \d{1,2}:\d{2}(?::\d{2})?)?')
                then try_strptime(time_text, ['%Y-%m-%d %H:%M:%S', '%Y-%m-%d %H:%M', '%Y-%m-%d'])
            when regexp_full_match(time_text, '\d{1,2}-\d{1,2}-\d{4}(?: \d{1,2}:\d{2}(?::\d{2})?)?')
                then case date_format
                    when 'dmy' then try_strptime(time_text, ['%d-%m-%Y %H:%M:%S', '%d-%m-%Y %H:%M', '%d-%m-%Y'])
                    when 'mdy' then try_strptime(time_text, ['%m-%d-%Y %H:%M:%S', '%m-%d-%Y %H:%M', '%m-%d-%Y'])
                end
        end as written_at
    from texts
)

-- India knows no daylight saving: five and a half hours ahead all year.
select
    merchant_id,
    file_id,
    record_number,
    line_number,
    time_column,
    contains(time_text, ':') as has_time,
    written_at,
    written_at - interval '5 hours 30 minutes' as happened_at,
    case
        when written_at is null or written_at not between timestamp '1990-01-01' and timestamp '2200-01-01'
            then time_column || '_readable'
    end as rejected_rule
from typed
