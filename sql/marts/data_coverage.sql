-- description: What was loaded for each merchant: files, records and staged rows by source and entity, and the days that they cover. A file that feeds several entities is counted under each; never add records over entities.
-- grain: merchant x source x entity that the source's files feed
-- key: merchant_id, source, entity
-- load: replace
-- columns:
--   merchant_id
--   source varchar: Source that the files were recognised as.
--   entity varchar: Entity that the files feed; `none` for files of which no row was staged.
--   file_count bigint: Files loaded.
--   record_count bigint: Records counted in those files, independently of the loader.
--   loaded_count bigint: Records of those files that were loaded.
--   quarantined_count bigint: Records of those files that went to quarantine as a whole.
--   quarantined_cell_count bigint: Single cells of those files that went to quarantine while their record stayed.
--   row_count bigint: Rows staged for the entity, versions of one thing in several files among them.
--   first_date date: First day among those rows (the merchant's local date, UTC where only a time is known); empty where the entity has no date.
--   last_date date: Last day among those rows.
--   data_through_at timestamp: Age of the newest file (UTC).
-- checks:
--   not_null: source
--   not_null: entity
--   unique: merchant_id, source, entity
--   assert records_add_up: record_count = loaded_count + quarantined_count
--   assert dates_are_in_order: first_date <= last_date

with
files as (
    select
        merchant_id,
        file_id,
        source,
        record_count,
        loaded_count,
        quarantined_count,
        quarantined_cell_count,
        as_of
    from raw.files
    where merged_at is not null
),

staged as (
    select
        merchant_id,
        file_id,
        'orders' as entity,
        count(*) as row_count,
        min(placed_date) as first_date,
        max(placed_date) as last_date
    from staging.orders
    group by merchant_id, file_id
    union all
    select
        merchant_id,
        file_id,
        'order_lines',
        count(*),
        min(ordered_date),
        max(ordered_date)
    from staging.order_lines
    group by merchant_id, file_id
    union all
    select
        merchant_id,
        file_id,
        'products',
        count(*),
        cast(null as date),
        cast(null as date)
    from staging.products
    group by merchant_id, file_id
    union all
    select
        merchant_id,
        file_id,
        'shipments',
        count(*),
        min(shipped_date),
        max(shipped_date)
    from staging.shipments
    group by merchant_id, file_id
    union all
    select
        merchant_id,
        file_id,
        'shipment_lines',
        count(*),
        cast(null as date),
        cast(null as date)
    from staging.shipment_lines
    group by merchant_id, file_id
    union all
    select
        merchant_id,
        file_id,
        'stock_levels',
        count(*),
        min(cast(observed_at as date)),
        max(cast(observed_at as date))
    from staging.stock_levels
    group by merchant_id, file_id
    union all
    select
        merchant_id,
        file_id,
        'tracking_events',
        count(*),
        min(cast(happened_at as date)),
        max(cast(happened_at as date))
    from staging.tracking_events
    group by merchant_id, file_id
    union all
    select
        merchant_id,
        file_id,
        'return_lines',
        count(*),
        min(requested_date),
        max(requested_date)
    from staging.return_lines
    group by merchant_id, file_id
    union all
    select
        merchant_id,
        file_id,
        'return_status_events',
        count(*),
        min(cast(changed_at as date)),
        max(cast(changed_at as date))
    from staging.return_status_events
    group by merchant_id, file_id
    union all
    select
        merchant_id,
        file_id,
        'inspections',
        count(*),
        min(cast(inspected_at as date)),
        max(cast(inspected_at as date))
    from staging.inspections
    group by merchant_id, file_id
    union all
    select
        merchant_id,
        file_id,
        'refunds',
        count(*),
        min(refunded_date),
        max(refunded_date)
    from staging.refunds
    group by merchant_id, file_id
    union all
    select
        merchant_id,
        file_id,
        'policies',
        count(*),
        min(valid_from),
        max(valid_from)
    from staging.policies
    group by merchant_id, file_id
    union all
    select
        merchant_id,
        file_id,
        'store_traffic',
        count(*),
        min(traffic_date),
        max(traffic_date)
    from staging.store_traffic
    group by merchant_id, file_id
    union all
    select
        merchant_id,
        file_id,
        'support_contacts',
        count(*),
        min(cast(contacted_at as date)),
        max(cast(contacted_at as date))
    from staging.support_contacts
    group by merchant_id, file_id
)

select
    files.merchant_id,
    files.source,
    coalesce(staged.entity, 'none') as entity,
    count(*) as file_count,
    cast(sum(files.record_count) as bigint) as record_count,
    cast(sum(files.loaded_count) as bigint) as loaded_count,
    cast(sum(files.quarantined_count) as bigint) as quarantined_count,
    cast(sum(files.quarantined_cell_count) as bigint) as quarantined_cell_count,
    cast(coalesce(sum(staged.row_count), 0) as bigint) as row_count,
    min(staged.first_date) as first_date,
    max(staged.last_date) as last_date,
    max(files.as_of) as data_through_at
from files
left join staged on files.merchant_id = staged.merchant_id and files.file_id = staged.file_id
group by files.merchant_id, files.source, coalesce(staged.entity, 'none')
