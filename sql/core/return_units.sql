-- description: Which units of every return line count as returned: those of requests that were not rejected or cancelled, that no other source told already, matched to a loaded order, and never more than the order's eligible units; what goes beyond is excess, earlier requests first.
-- grain: return line
-- key: merchant_id, return_line_id
-- load: merge
-- case: return_line_id
-- month: requested_date
-- columns:
--   merchant_id
--   return_line_id varchar: Id of the request line.
--   order_id varchar: Order that the goods came from: as the request states it, else found by core.return_line_matches.
--   product_id varchar: Product number: of the request, else of the order's line with that SKU or line id, else the SKU; `0` is an item that was added by hand.
--   order_week date: Monday of the local week in which the order was placed; empty for an orphan.
--   placed_date date: The merchant's local date of the order; empty for an orphan.
--   requested_date date: The merchant's local date of the request.
--   known_date date: Day on which the return is first known: of the request, or of its first event where that is earlier, else the local day on which the goods were back.
--   age_days bigint: Days from the order to known_date, 0 where that is earlier; empty where either date is missing.
--   requested_quantity bigint: Units asked to be returned.
--   returned_quantity bigint: Units that count as returned.
--   excess_returned_quantity bigint: Units of a counted request beyond what the order shipped and what did not come back undelivered (RTO).
--   is_orphan boolean: The order is not loaded.
--   is_twin boolean: Another source's line stands for it, see core.return_line_twins.
--   is_counted boolean: Takes part in rates: neither rejected nor cancelled nor a twin, and the order is loaded.
-- checks:
--   not_null: return_line_id
--   unique: merchant_id, return_line_id
--   assert counted_units_add_up: returned_quantity + excess_returned_quantity = case when is_counted then requested_quantity else 0 end
--   assert twins_do_not_count: not (is_twin and is_counted)
--   assert units_are_not_negative: returned_quantity >= 0 and excess_returned_quantity >= 0

with
return_lines as (
    select
        merchant_id,
        return_line_id,
        nullif(nullif(product_id, ''), '0') as product_id,
        nullif(sku, '') as sku,
        status,
        quantity,
        requested_date,
        received_at
    from core.return_lines
),

merchants as (
    select merchant_id, timezone
    from core.merchants
),

-- A later file may tell the approval alone; the request stands in the events.
first_requests as (
    select merchant_id, return_line_id, min(changed_at) as requested_at
    from core.return_status_events
    where to_status = 'pending' and changed_after is null
    group by merchant_id, return_line_id
),

return_line_matches as (
    select merchant_id, return_line_id, order_id, order_line_id
    from core.return_line_matches
),

return_line_twins as (
    select merchant_id, return_line_id
    from core.return_line_twins
),

orders as (
    select merchant_id, order_id, placed_date, order_week, eligible_quantity
    from core.order_units
),

order_lines as (
    select merchant_id, order_id, order_line_id, product_id, sku
    from core.order_lines
),

matched_lines as (
    select
        return_lines.merchant_id,
        return_lines.return_line_id,
        return_line_matches.order_id,
        return_line_matches.order_line_id,
        return_lines.product_id,
        return_lines.sku,
        return_lines.status,
        return_lines.quantity,
        return_lines.requested_date,
        -- Some sources tell of goods only when they are back.
        coalesce(
            least(
                return_lines.requested_date,
                cast(
                    timezone(
                        coalesce(merchants.timezone, 'UTC'), timezone('UTC', first_requests.requested_at)
                    ) as date
                )
            ),
            cast(
                timezone(
                    coalesce(merchants.timezone, 'UTC'), timezone('UTC', return_lines.received_at)
                ) as date
            )
        ) as known_date,
        return_line_twins.return_line_id is not null as is_twin
    from return_lines
    left join return_line_matches
        on
            return_lines.merchant_id = return_line_matches.merchant_id
            and return_lines.return_line_id = return_line_matches.return_line_id
    left join return_line_twins
        on
            return_lines.merchant_id = return_line_twins.merchant_id
            and return_lines.return_line_id = return_line_twins.return_line_id
    left join first_requests
        on
            return_lines.merchant_id = first_requests.merchant_id
            and return_lines.return_line_id = first_requests.return_line_id
    left join merchants on return_lines.merchant_id = merchants.merchant_id
),

lines_of_returned_orders as (
    select
        order_lines.merchant_id,
        order_lines.order_id,
        order_lines.order_line_id,
        order_lines.sku,
        coalesce(nullif(order_lines.product_id, ''), nullif(order_lines.sku, ''), '0') as product_id
    from order_lines
    where exists (
        select 1
        from matched_lines
        where
            matched_lines.product_id is null
            and matched_lines.merchant_id = order_lines.merchant_id
            and matched_lines.order_id = order_lines.order_id
    )
),

products_by_sku as (
    select merchant_id, order_id, sku, min(product_id) as product_id
    from lines_of_returned_orders
    where sku <> ''
    group by merchant_id, order_id, sku
),

judged as (
    select
        matched_lines.merchant_id,
        matched_lines.return_line_id,
        matched_lines.order_id,
        matched_lines.requested_date,
        matched_lines.known_date,
        matched_lines.quantity as requested_quantity,
        orders.order_week,
        orders.placed_date,
        orders.eligible_quantity,
        coalesce(
            matched_lines.product_id,
            products_by_sku.product_id,
            lines_of_returned_orders.product_id,
            matched_lines.sku,
            '0'
        ) as product_id,
        orders.order_id is null as is_orphan,
        matched_lines.is_twin,
        orders.order_id is not null
        and not matched_lines.is_twin
        and coalesce(matched_lines.status not in ('rejected', 'cancelled'), true) as is_counted
    from matched_lines
    left join orders
        on matched_lines.merchant_id = orders.merchant_id and matched_lines.order_id = orders.order_id
    left join products_by_sku
        on
            matched_lines.merchant_id = products_by_sku.merchant_id
            and matched_lines.order_id = products_by_sku.order_id
            and matched_lines.sku = products_by_sku.sku
    left join lines_of_returned_orders
        on
            matched_lines.merchant_id = lines_of_returned_orders.merchant_id
            and matched_lines.order_id = lines_of_returned_orders.order_id
            and matched_lines.order_line_id = lines_of_returned_orders.order_line_id
),

queued as (
    select
        merchant_id,
        return_line_id,
        order_id,
        product_id,
        order_week,
        placed_date,
        requested_date,
        known_date,
        requested_quantity,
        is_orphan,
        is_twin,
        is_counted,
        case
            when is_counted
                then
                    eligible_quantity - coalesce(
                        sum(case when is_counted then requested_quantity else 0 end) over (
                            partition by merchant_id, order_id
                            order by known_date asc nulls last, return_line_id asc
                            rows between unbounded preceding and 1 preceding
                        ),
                        0
                    )
            else 0
        end as open_quantity
    from judged
),

counted as (
    select
        merchant_id,
        return_line_id,
        order_id,
        product_id,
        order_week,
        placed_date,
        requested_date,
        known_date,
        requested_quantity,
        is_orphan,
        is_twin,
        is_counted,
        cast(greatest(least(requested_quantity, open_quantity), 0) as bigint) as returned_quantity
    from queued
)

select
    merchant_id,
    return_line_id,
    order_id,
    product_id,
    order_week,
    placed_date,
    requested_date,
    known_date,
    case
        when known_date >= placed_date then known_date - placed_date
        when known_date < placed_date then 0
    end as age_days,
    requested_quantity,
    returned_quantity,
    case when is_counted then requested_quantity - returned_quantity else 0 end as excess_returned_quantity,
    is_orphan,
    is_twin,
    is_counted
from counted
