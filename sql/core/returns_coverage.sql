-- description: From when to when each merchant's returns are known. A merchant without a row has no returns source; rates of that merchant are unknown, not zero.
-- grain: merchant whose files brought return lines
-- key: merchant_id
-- load: replace
-- columns:
--   merchant_id
--   horizon_days bigint: Days after the order within which returns are expected; older orders count as fully developed. The one place of this constant.
--   returns_from_date date: First day with return requests, or with goods that came back without one, where orders begin more than 28 days earlier, so that returns of the older orders are partly unknown; empty where the returns cover every order.
--   data_through_date date: Last local day that the returns are known for: the day of the newest file that brought return lines, or the newest day seen in any order or return where that is earlier (a file may be older than its stated age).
--   data_through_at timestamp: Age of the newest file that brought return lines (UTC).
-- checks:
--   not_null: merchant_id
--   not_null: data_through_date
--   unique: merchant_id
--   assert through_is_not_before_from: data_through_date >= returns_from_date

with
files as (
    select merchant_id, file_id, as_of
    from raw.files
    where merged_at is not null
),

merchants as (
    select merchant_id, timezone
    from core.merchants
),

staged_return_lines as (
    select distinct merchant_id, file_id
    from staging.return_lines
),

orders as (
    select merchant_id, placed_date
    from core.orders
),

return_lines as (
    select merchant_id, requested_date, received_at
    from core.return_lines
),

return_files as (
    select files.merchant_id, max(files.as_of) as data_through_at
    from files
    inner join staged_return_lines
        on files.merchant_id = staged_return_lines.merchant_id and files.file_id = staged_return_lines.file_id
    group by files.merchant_id
),

order_dates as (
    select merchant_id, min(placed_date) as first_placed_date, max(placed_date) as last_placed_date
    from orders
    group by merchant_id
),

-- Some sources tell of goods only when they are back.
dated_return_lines as (
    select
        return_lines.merchant_id,
        coalesce(
            return_lines.requested_date,
            cast(
                timezone(
                    coalesce(merchants.timezone, 'UTC'), timezone('UTC', return_lines.received_at)
                ) as date
            )
        ) as known_date
    from return_lines
    left join merchants on return_lines.merchant_id = merchants.merchant_id
),

return_dates as (
    select merchant_id, min(known_date) as first_known_date, max(known_date) as last_known_date
    from dated_return_lines
    group by merchant_id
),

local_days as (
    select
        return_files.merchant_id,
        return_files.data_through_at,
        cast(
            timezone(
                coalesce(merchants.timezone, 'UTC'),
                timezone('UTC', return_files.data_through_at)
            ) as date
        ) as file_date
    from return_files
    left join merchants on return_files.merchant_id = merchants.merchant_id
)

select
    local_days.merchant_id,
    cast(90 as bigint) as horizon_days,
    case
        when return_dates.first_known_date - order_dates.first_placed_date > 28
            then return_dates.first_known_date
    end as returns_from_date,
    least(
        local_days.file_date,
        greatest(order_dates.last_placed_date, return_dates.last_known_date)
    ) as data_through_date,
    local_days.data_through_at
from local_days
left join order_dates on local_days.merchant_id = order_dates.merchant_id
left join return_dates on local_days.merchant_id = return_dates.merchant_id
