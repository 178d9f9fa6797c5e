-- description: The days and months in which a return line counts, by the clocks that return rates of different systems run on, with its units as they ask and as keeprate counts them. A clock without a date is empty, never guessed.
-- grain: return line
-- key: merchant_id, return_line_id
-- load: merge
-- case: return_line_id
-- month: requested_date
-- columns:
--   merchant_id
--   return_line_id varchar: Id of the request line.
--   order_id varchar: Order that the goods came from, stated or found; it may not be loaded.
--   order_month date: First day of the local month of the order; empty for an orphan.
--   shipped_month date: First day of the local month in which the order's first parcel left; empty where it is not known.
--   requested_date date: The merchant's local date of the request.
--   known_date date: Day on which the return is first known, as core.return_units says.
--   processed_date date: Local day on which it was settled: money went back, else exchange or repair was done, else the goods were received; empty where nothing of it is dated.
--   requested_quantity bigint: Units asked to be returned.
--   returned_quantity bigint: Units that keeprate counts as returned: those of core.line_returns.
--   is_refused boolean: Rejected or cancelled.
--   is_orphan boolean: The order is not loaded.
--   is_twin boolean: Another line tells of the same goods and counts in its stead.
-- checks:
--   not_null: return_line_id
--   unique: merchant_id, return_line_id
--   assert only_orphans_lack_a_month: (order_month is null) = is_orphan
--   assert what_does_not_count_has_no_units: returned_quantity = 0 or not (is_refused or is_orphan or is_twin)
--   assert counted_units_were_requested: returned_quantity between 0 and requested_quantity

with
return_units as (
    select
        merchant_id,
        return_line_id,
        order_id,
        placed_date,
        requested_date,
        known_date,
        requested_quantity,
        is_orphan,
        is_twin
    from core.return_units
),

line_returns as (
    select merchant_id, return_line_id, cast(sum(returned_quantity) as bigint) as returned_quantity
    from core.line_returns
    group by merchant_id, return_line_id
),

return_lines as (
    select merchant_id, return_line_id, status
    from core.return_lines
),

return_matches as (
    select merchant_id, return_line_id, refunded_date
    from core.return_matches
),

return_lifecycle as (
    select merchant_id, return_line_id, refunded_at, resolved_at, received_at
    from core.return_lifecycle
),

order_clocks as (
    select merchant_id, order_id, shipped_month
    from core.order_clocks
),

merchants as (
    select merchant_id, coalesce(timezone, 'UTC') as timezone
    from core.merchants
)

select
    return_units.merchant_id,
    return_units.return_line_id,
    return_units.order_id,
    cast(date_trunc('month', return_units.placed_date) as date) as order_month,
    order_clocks.shipped_month,
    return_units.requested_date,
    return_units.known_date,
    coalesce(
        -- The day of the money where a refund is matched: its moment may stand for the end of that day.
        return_matches.refunded_date,
        cast(
            timezone(
                coalesce(merchants.timezone, 'UTC'),
                timezone(
                    'UTC',
                    coalesce(
                        return_lifecycle.refunded_at,
                        return_lifecycle.resolved_at,
                        return_lifecycle.received_at
                    )
                )
            ) as date
        )
    ) as processed_date,
    return_units.requested_quantity,
    coalesce(line_returns.returned_quantity, 0) as returned_quantity,
    coalesce(return_lines.status in ('rejected', 'cancelled'), false) as is_refused,
    return_units.is_orphan,
    return_units.is_twin
from return_units
inner join return_lines
    on
        return_units.merchant_id = return_lines.merchant_id
        and return_units.return_line_id = return_lines.return_line_id
left join line_returns
    on
        return_units.merchant_id = line_returns.merchant_id
        and return_units.return_line_id = line_returns.return_line_id
left join return_matches
    on
        return_units.merchant_id = return_matches.merchant_id
        and return_units.return_line_id = return_matches.return_line_id
left join return_lifecycle
    on
        return_units.merchant_id = return_lifecycle.merchant_id
        and return_units.return_line_id = return_lifecycle.return_line_id
left join order_clocks
    on return_units.merchant_id = order_clocks.merchant_id and return_units.order_id = order_clocks.order_id
left join merchants on return_units.merchant_id = merchants.merchant_id
