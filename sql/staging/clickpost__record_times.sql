-- description: Times of a ClickPost report as written (India time), one column each; a date alone is that day's first
--   moment. Steps that follow read it while the files are staged; nothing keeps it.
-- grain: record of the report
-- key: file_id, record_number
-- load: transient
-- columns:
--   merchant_id
--   file_id
--   record_number
--   line_number
--   order_date timestamp: Order Date, as written.
--   created_at timestamp: Created at, as written.
--   pickup_date timestamp: Pickup Date, as written.
--   latest_timestamp timestamp: Latest Timestamp, as written.
--   delivery_date timestamp: Delivery Date, as written.
--   updated_at timestamp: Updated at, as written.
--   expected_delivery_date_by_courier_partner timestamp: Expected delivery date by Courier Partner, as written.
--   expected_date_of_delivery_min timestamp: Expected Date of Delivery (Min), as written.
--   expected_date_of_delivery_max timestamp: Expected Date of Delivery (Max), as written.
--   edd_sent_over_oc_api timestamp: EDD sent over OC API, as written.
--   out_for_delivery_1st_attempt timestamp: Out For Delivery 1st Attempt, as written.
--   out_for_delivery_2nd_attempt timestamp: Out For Delivery 2nd Attempt, as written.
--   out_for_delivery_3rd_attempt timestamp: Out For Delivery 3rd Attempt, as written.
--   out_for_delivery_4th_attempt timestamp: Out For Delivery 4th Attempt, as written.
--   out_for_delivery_5th_attempt timestamp: Out For Delivery 5th Attempt, as written.
--   timestamp_of_last_failed_delivery timestamp: TimeStamp Of Last Failed Delivery, as written.
--   rto_mark_date timestamp: RTO Mark Date, as written.
--   rto_intransit_timestamp timestamp: RTO Intransit Timestamp, as written.
--   rto_delivery_date timestamp: RTO Delivery Date, as written.
--   out_for_pickup_1st_attempt timestamp: Out For Pickup 1st Attempt, as written.
--   out_for_pickup_2nd_attempt timestamp: Out For Pickup 2nd Attempt, as written.
--   out_for_pickup_3rd_attempt timestamp: Out For Pickup 3rd Attempt, as written.
--   destination_hub_in_scan_time timestamp: Destination Hub In Scan Time, as written.
--   origin_hub_in_timestamp timestamp: Origin Hub In Timestamp, as written.
--   origin_hub_out_timestamp timestamp: Origin Hub Out Timestamp, as written.
--   has_order_time boolean: Order Date holds a time of day, not only a date.
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
        order_date as cell_order_date,
        created_at as cell_created_at,
        pickup_date as cell_pickup_date,
        latest_timestamp as cell_latest_timestamp,
        delivery_date as cell_delivery_date,
        updated_at as cell_updated_at,
        expected_delivery_date_by_courier_partner as cell_expected_delivery_date_by_courier_partner,
        expected_date_of_delivery_min as cell_expected_date_of_delivery_min,
        expected_date_of_delivery_max as cell_expected_date_of_delivery_max,
        edd_sent_over_oc_api as cell_edd_sent_over_oc_api,
        out_for_delivery_1st_attempt as cell_out_for_delivery_1st_attempt,
        out_for_delivery_2nd_attempt as cell_out_for_delivery_2nd_attempt,
        out_for_delivery_3rd_attempt as cell_out_for_delivery_3rd_attempt,
        out_for_delivery_4th_attempt as cell_out_for_delivery_4th_attempt,
        out_for_delivery_5th_attempt as cell_out_for_delivery_5th_attempt,
        timestamp_of_last_failed_delivery as cell_timestamp_of_last_failed_delivery,
        rto_mark_date as cell_rto_mark_date,
        rto_intransit_timestamp as cell_rto_intransit_timestamp,
        rto_delivery_date as cell_rto_delivery_date,
        out_for_pickup_1st_attempt as cell_out_for_pickup_1st_attempt,
        out_for_pickup_2nd_attempt as cell_out_for_pickup_2nd_attempt,
        out_for_pickup_3rd_attempt as cell_out_for_pickup_3rd_attempt,
        destination_hub_in_scan_time as cell_destination_hub_in_scan_time,
        origin_hub_in_timestamp as cell_origin_hub_in_timestamp,
        origin_hub_out_timestamp as cell_origin_hub_out_timestamp
    from changed.clickpost__report
),

-- Nearly every cell is written in one of these two ways. The general way, which costs more, takes the rest.
read as (
    select
        *,
        case
            when columns('^cell_(.+)$') is null then null
            when regexp_full_match(columns('^cell_(.+)$'), '\d{4}-\d\d-\d\d \d\d:\d\d:\d\d')
                then try_strptime(columns('^cell_(.+)$'), '%Y-%m-%d %H:%M:%S')
            when regexp_full_match(columns('^cell_(.+)$'), '\d{4}-\d\d-\d\d')
                then try_strptime(columns('^cell_(.+)$'), '%Y-%m-%d')
        end as 'read_\1'
    from cells
),

plain as (
    select
        *,
        case
            when columns('^read_(.+)$') between timestamp '1990-01-01' and timestamp '2200-01-01'
                then columns('^read_(.+)$')
        end as 'plain_\1'
    from read
),

odd as (
    select
        file_id,
        record_number,
        columns('^plain_'),
        contains(cell_order_date, ':') as has_order_time,
        case
            when
                (plain_order_date is null and cell_order_date is not null)
                or (plain_created_at is null and cell_created_at is not null)
                or (plain_pickup_date is null and cell_pickup_date is not null)
                or (plain_latest_timestamp is null and cell_latest_timestamp is not null)
                or (plain_delivery_date is null and cell_delivery_date is not null)
                or (plain_updated_at is null and cell_updated_at is not null)
                or (
                    plain_expected_delivery_date_by_courier_partner is null
                    and cell_expected_delivery_date_by_courier_partner is not null
                )
                or (
                    plain_expected_date_of_delivery_min is null
                    and cell_expected_date_of_delivery_min is not null
                )
                or (
                    plain_expected_date_of_delivery_max is null
                    and cell_expected_date_of_delivery_max is not null
                )
                or (plain_edd_sent_over_oc_api is null and cell_edd_sent_over_oc_api is not null)
                or (
                    plain_out_for_delivery_1st_attempt is null
                    and cell_out_for_delivery_1st_attempt is not null
                )
                or (
                    plain_out_for_delivery_2nd_attempt is null
                    and cell_out_for_delivery_2nd_attempt is not null
                )
                or (
                    plain_out_for_delivery_3rd_attempt is null
                    and cell_out_for_delivery_3rd_attempt is not null
                )
                or (
                    plain_out_for_delivery_4th_attempt is null
                    and cell_out_for_delivery_4th_attempt is not null
                )
                or (
                    plain_out_for_delivery_5th_attempt is null
                    and cell_out_for_delivery_5th_attempt is not null
                )
                or (
                    plain_timestamp_of_last_failed_delivery is null
                    and cell_timestamp_of_last_failed_delivery is not null
                )
                or (plain_rto_mark_date is null and cell_rto_mark_date is not null)
                or (plain_rto_intransit_timestamp is null and cell_rto_intransit_timestamp is not null)
                or (plain_rto_delivery_date is null and cell_rto_delivery_date is not null)
                or (
                    plain_out_for_pickup_1st_attempt is null
                    and cell_out_for_pickup_1st_attempt is not null
                )
                or (
                    plain_out_for_pickup_2nd_attempt is null
                    and cell_out_for_pickup_2nd_attempt is not null
                )
                or (
                    plain_out_for_pickup_3rd_attempt is null
                    and cell_out_for_pickup_3rd_attempt is not null
                )
                or (
                    plain_destination_hub_in_scan_time is null
                    and cell_destination_hub_in_scan_time is not null
                )
                or (plain_origin_hub_in_timestamp is null and cell_origin_hub_in_timestamp is not null)
                or (plain_origin_hub_out_timestamp is null and cell_origin_hub_out_timestamp is not null)
                then list_filter(
                    [
                        struct_pack(
                            name := 'order_date',
                            cell := if(plain_order_date is null, cell_order_date, null)
                        ),
                        struct_pack(
                            name := 'created_at',
                            cell := if(plain_created_at is null, cell_created_at, null)
                        ),
                        struct_pack(
                            name := 'pickup_date',
                            cell := if(plain_pickup_date is null, cell_pickup_date, null)
                        ),
                        struct_pack(
                            name := 'latest_timestamp',
                            cell := if(plain_latest_timestamp is null, cell_latest_timestamp, null)
                        ),
                        struct_pack(
                            name := 'delivery_date',
                            cell := if(plain_delivery_date is null, cell_delivery_date, null)
                        ),
                        struct_pack(
                            name := 'updated_at',
                            cell := if(plain_updated_at is null, cell_updated_at, null)
                        ),
                        struct_pack(
                            name := 'expected_delivery_date_by_courier_partner',
                            cell := if(
                                plain_expected_delivery_date_by_courier_partner is null,
                                cell_expected_delivery_date_by_courier_partner, null
                            )
                        ),
                        struct_pack(
                            name := 'expected_date_of_delivery_min',
                            cell := if(plain_expected_date_of_delivery_min is null, cell_expected_date_of_delivery_min, null)
                        ),
                        struct_pack(
                            name := 'expected_date_of_delivery_max',
                            cell := if(plain_expected_date_of_delivery_max is null, cell_expected_date_of_delivery_max, null)
                        ),
                        struct_pack(
                            name := 'edd_sent_over_oc_api',
                            cell := if(plain_edd_sent_over_oc_api is null, cell_edd_sent_over_oc_api, null)
                        ),
                        struct_pack(
                            name := 'out_for_delivery_1st_attempt',
                            cell := if(plain_out_for_delivery_1st_attempt is null, cell_out_for_delivery_1st_attempt, null)
                        ),
                        struct_pack(
                            name := 'out_for_delivery_2nd_attempt',
                            cell := if(plain_out_for_delivery_2nd_attempt is null, cell_out_for_delivery_2nd_attempt, null)
                        ),
                        struct_pack(
                            name := 'out_for_delivery_3rd_attempt',
                            cell := if(plain_out_for_delivery_3rd_attempt is null, cell_out_for_delivery_3rd_attempt, null)
                        ),
                        struct_pack(
                            name := 'out_for_delivery_4th_attempt',
                            cell := if(plain_out_for_delivery_4th_attempt is null, cell_out_for_delivery_4th_attempt, null)
                        ),
                        struct_pack(
                            name := 'out_for_delivery_5th_attempt',
                            cell := if(plain_out_for_delivery_5th_attempt is null, cell_out_for_delivery_5th_attempt, null)
                        ),
                        struct_pack(
                            name := 'timestamp_of_last_failed_delivery',
                            cell := if(
                                plain_timestamp_of_last_failed_delivery is null, cell_timestamp_of_last_failed_delivery, null
                            )
                        ),
                        struct_pack(
                            name := 'rto_mark_date',
                            cell := if(plain_rto_mark_date is null, cell_rto_mark_date, null)
                        ),
                        struct_pack(
                            name := 'rto_intransit_timestamp',
                            cell := if(plain_rto_intransit_timestamp is null, cell_rto_intransit_timestamp, null)
                        ),
                        struct_pack(
                            name := 'rto_delivery_date',
                            cell := if(plain_rto_delivery_date is null, cell_rto_delivery_date, null)
                        ),
                        struct_pack(
                            name := 'out_for_pickup_1st_attempt',
                            cell := if(plain_out_for_pickup_1st_attempt is null, cell_out_for_pickup_1st_attempt, null)
                        ),
                        struct_pack(
                            name := 'out_for_pickup_2nd_attempt',
                            cell := if(plain_out_for_pickup_2nd_attempt is null, cell_out_for_pickup_2nd_attempt, null)
                        ),
                        struct_pack(
                            name := 'out_for_pickup_3rd_attempt',
                            cell := if(plain_out_for_pickup_3rd_attempt is null, cell_out_for_pickup_3rd_attempt, null)
                        ),
                        struct_pack(
                            name := 'destination_hub_in_scan_time',
                            cell := if(plain_destination_hub_in_scan_time is null, cell_destination_hub_in_scan_time, null)
                        ),
                        struct_pack(
                            name := 'origin_hub_in_timestamp',
                            cell := if(plain_origin_hub_in_timestamp is null, cell_origin_hub_in_timestamp, null)
                        ),
                        struct_pack(
                            name := 'origin_hub_out_timestamp',
                            cell := if(plain_origin_hub_out_timestamp is null, cell_origin_hub_out_timestamp, null)
                        )
                    ],
                    lambda told: lower(trim(told.cell)) not in ('', '-', '0', 'na', 'n/a', 'nan', 'nat', 'none', 'null')
                )
        end as odd_cells
    from plain
),

texts as (
    select
        * exclude (odd_cells),
        list_transform(
            odd_cells,
            lambda told: struct_pack(
                name := told.name,
                text := translate(regexp_replace(trim(told.cell), '(:\d{2})\.\d{1,9}$', '\1'), '/.T', '-- ')
            )
        ) as odd_texts
    from odd
),

dated as (
    select
        records.*,
        texts.* exclude (file_id, record_number),
        files.date_format
    from texts
    inner join records using (file_id, record_number)
    left join files using (file_id)
),

times as (
    select
        *,
        list_transform(
            odd_texts,
            lambda told: struct_pack(
                name := told.name,
                written_at := case
                    when regexp_full_match(
                        told.text, '\d{4}-\d{1,2}-\d{1,2}(?: \d{1,2}:\d{2}(?::\d{2})?)?'
                    )
                        then try_strptime(told.text, ['%Y-%m-%d %H:%M:%S', '%Y-%m-%d %H:%M', '%Y-%m-%d'])
                    when not regexp_full_match(
                        told.text, '\d{1,2}-\d{1,2}-\d{4}(?: \d{1,2}:\d{2}(?::\d{2})?)?'
                    )
                        then null
                    when date_format = 'dmy'
                        then try_strptime(told.text, ['%d-%m-%Y %H:%M:%S', '%d-%m-%Y %H:%M', '%d-%m-%Y'])
                    when date_format = 'mdy'
                        then try_strptime(told.text, ['%m-%d-%Y %H:%M:%S', '%m-%d-%Y %H:%M', '%m-%d-%Y'])
                end
            )
        ) as odd_times
    from dated
),

judged as (
    select
        *,
        map_from_entries(
            list_filter(
                odd_times,
                lambda told: told.written_at between timestamp '1990-01-01' and timestamp '2200-01-01'
            )
        ) as known_times
    from times
),

-- A row that is kept stands once without a rule, and once more for each cell that is not.
verdicts as (
    select
        *,
        unnest(
            case
                when len(odd_times) = cardinality(known_times) or odd_times is null then [null]
                else list_prepend(
                    null,
                    list_transform(
                        list_filter(odd_times, lambda told: not map_contains(known_times, told.name)),
                        lambda told: told.name || '_readable'
                    )
                )
            end
        ) as rejected_rule
    from judged
)

select
    merchant_id,
    file_id,
    record_number,
    line_number,
    coalesce(plain_order_date, known_times['order_date']) as order_date,
    coalesce(plain_created_at, known_times['created_at']) as created_at,
    coalesce(plain_pickup_date, known_times['pickup_date']) as pickup_date,
    coalesce(plain_latest_timestamp, known_times['latest_timestamp']) as latest_timestamp,
    coalesce(plain_delivery_date, known_times['delivery_date']) as delivery_date,
    coalesce(plain_updated_at, known_times['updated_at']) as updated_at,
    coalesce(plain_expected_delivery_date_by_courier_partner, known_times['expected_delivery_date_by_courier_partner'])
        as expected_delivery_date_by_courier_partner,
    coalesce(plain_expected_date_of_delivery_min, known_times['expected_date_of_delivery_min'])
        as expected_date_of_delivery_min,
    coalesce(plain_expected_date_of_delivery_max, known_times['expected_date_of_delivery_max'])
        as expected_date_of_delivery_max,
    coalesce(plain_edd_sent_over_oc_api, known_times['edd_sent_over_oc_api']) as edd_sent_over_oc_api,
    coalesce(plain_out_for_delivery_1st_attempt, known_times['out_for_delivery_1st_attempt'])
        as out_for_delivery_1st_attempt,
    coalesce(plain_out_for_delivery_2nd_attempt, known_times['out_for_delivery_2nd_attempt'])
        as out_for_delivery_2nd_attempt,
    coalesce(plain_out_for_delivery_3rd_attempt, known_times['out_for_delivery_3rd_attempt'])
        as out_for_delivery_3rd_attempt,
    coalesce(plain_out_for_delivery_4th_attempt, known_times['out_for_delivery_4th_attempt'])
        as out_for_delivery_4th_attempt,
    coalesce(plain_out_for_delivery_5th_attempt, known_times['out_for_delivery_5th_attempt'])
        as out_for_delivery_5th_attempt,
    coalesce(plain_timestamp_of_last_failed_delivery, known_times['timestamp_of_last_failed_delivery'])
        as timestamp_of_last_failed_delivery,
    coalesce(plain_rto_mark_date, known_times['rto_mark_date']) as rto_mark_date,
    coalesce(plain_rto_intransit_timestamp, known_times['rto_intransit_timestamp']) as rto_intransit_timestamp,
    coalesce(plain_rto_delivery_date, known_times['rto_delivery_date']) as rto_delivery_date,
    coalesce(plain_out_for_pickup_1st_attempt, known_times['out_for_pickup_1st_attempt'])
        as out_for_pickup_1st_attempt,
    coalesce(plain_out_for_pickup_2nd_attempt, known_times['out_for_pickup_2nd_attempt'])
        as out_for_pickup_2nd_attempt,
    coalesce(plain_out_for_pickup_3rd_attempt, known_times['out_for_pickup_3rd_attempt'])
        as out_for_pickup_3rd_attempt,
    coalesce(plain_destination_hub_in_scan_time, known_times['destination_hub_in_scan_time'])
        as destination_hub_in_scan_time,
    coalesce(plain_origin_hub_in_timestamp, known_times['origin_hub_in_timestamp']) as origin_hub_in_timestamp,
    coalesce(plain_origin_hub_out_timestamp, known_times['origin_hub_out_timestamp']) as origin_hub_out_timestamp,
    coalesce(has_order_time, false) as has_order_time,
    rejected_rule
from verdicts
