-- description: Each source of a merchant in one row: through which day it tells, how old its newest file is, what it brought, what was set aside, and whether it is late: its newest day lies more than 7 days behind the newest day of the merchant's other sources.
-- grain: merchant x source
-- key: merchant_id, source
-- load: replace
-- columns:
--   merchant_id
--   source varchar: Source that the files were recognised as.
--   entities varchar: Entities that it brought rows of, in alphabetical order, joined by a comma; `none` where every row was set aside.
--   file_count bigint: Files loaded.
--   record_count bigint: Records counted in those files, independently of the loader.
--   loaded_count bigint: Records that were loaded.
--   quarantined_count bigint: Records that went to quarantine as a whole.
--   quarantined_cell_count bigint: Single cells that went to quarantine while their record stayed.
--   quarantined_share double: Records set aside as a whole / records; empty without records.
--   days_behind bigint: Days by which data_through_date lies behind the newest of the merchant's sources that move; 0 for the newest itself; empty for sources that do not move.
--   is_moving boolean: It tells of things that happen (orders, parcels, returns, refunds, traffic, contacts); policies, products and stock are loaded when they change, and are never late.
--   is_late boolean: More than 7 days behind.
--   data_through_date date: Last day that it tells of: its newest dated row, at most the day of its newest file; the day of that file where its rows have no date.
--   newest_file_at timestamp: Age of its newest file (UTC).
-- checks:
--   not_null: source
--   not_null: data_through_date
--   unique: merchant_id, source
--   assert records_add_up: record_count = loaded_count + quarantined_count
--   assert share_is_a_share: quarantined_share between 0 and 1
--   assert late_is_more_than_a_week: is_late = coalesce(days_behind > 7, false)
with
files as (
    select
        merchant_id,
        source,
        record_count,
        loaded_count,
        quarantined_count,
        quarantined_cell_count,
        as_of
    from raw.files
    where merged_at is not null
),

merchants as (
    select merchant_id, coalesce(timezone, 'UTC') as timezone
    from core.merchants
),

data_coverage as (
    select merchant_id, source, entity, last_date
    from marts.data_coverage
),

file_totals as (
    select
        merchant_id,
        source,
        count(*) as file_count,
        cast(sum(record_count) as bigint) as record_count,
        cast(sum(loaded_count) as bigint) as loaded_count,
        cast(sum(quarantined_count) as bigint) as quarantined_count,
        cast(sum(quarantined_cell_count) as bigint) as quarantined_cell_count,
        max(as_of) as newest_file_at
    from files
    group by merchant_id, source
),

entity_totals as (
    select
        merchant_id,
        source,
        string_agg(entity, ', ' order by entity asc) as entities,
        bool_or(entity not in ('policies', 'products', 'stock_levels', 'none')) as is_moving,
        max(case when entity not in ('policies', 'products') then last_date end) as last_date
    from data_coverage
    group by merchant_id, source
),

local_files as (
    select
        file_totals.merchant_id,
        file_totals.source,
        cast(
            timezone(
                coalesce(merchants.timezone, 'UTC'), timezone('UTC', file_totals.newest_file_at)
            ) as date
        ) as file_date
    from file_totals
    left join merchants on file_totals.merchant_id = merchants.merchant_id
),

dated as (
    select
        local_files.merchant_id,
        local_files.source,
        coalesce(entity_totals.entities, 'none') as entities,
        coalesce(entity_totals.is_moving, false) as is_moving,
        least(local_files.file_date, coalesce(entity_totals.last_date, local_files.file_date))
            as data_through_date
    from local_files
    left join entity_totals
        on
            local_files.merchant_id = entity_totals.merchant_id
            and local_files.source = entity_totals.source
),

newest as (
    select merchant_id, max(data_through_date) as data_through_date
    from dated
    where is_moving
    group by merchant_id
),

behind as (
    select
        dated.merchant_id,
        dated.source,
        dated.entities,
        dated.is_moving,
        dated.data_through_date,
        case when dated.is_moving then newest.data_through_date - dated.data_through_date end as days_behind
    from dated
    left join newest on dated.merchant_id = newest.merchant_id
)

select
    file_totals.merchant_id,
    file_totals.source,
    behind.entities,
    file_totals.file_count,
    file_totals.record_count,
    file_totals.loaded_count,
    file_totals.quarantined_count,
    file_totals.quarantined_cell_count,
    case
        when file_totals.record_count > 0 then file_totals.quarantined_count / file_totals.record_count
    end as quarantined_share,
    behind.days_behind,
    behind.is_moving,
    coalesce(behind.days_behind > 7, false) as is_late,
    behind.data_through_date,
    file_totals.newest_file_at
from file_totals
inner join behind
    on file_totals.merchant_id = behind.merchant_id and file_totals.source = behind.source
