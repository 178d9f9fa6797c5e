-- description: The counted units of every return line laid on order lines: first on the line that it names, then on other lines of the product, earlier requests first; items that the order does not have on its lines in order. No line gets back more than its eligible units; what goes beyond is excess.
-- grain: return line that counts x order line
-- key: merchant_id, return_line_id, order_line_id
-- load: merge
-- case: return_line_id
-- columns:
--   merchant_id
--   return_line_id varchar: Id of the request line.
--   order_id varchar: Order that the goods came from.
--   order_line_id varchar: Line of core.line_units; `-` where the order has none.
--   reason_class varchar: Class of the reason stated, of core.return_reasons.
--   known_date date: Day on which the return is first known; empty where no source tells one.
--   returned_quantity bigint: Units that count as returned; over the lines of an order at most its eligible units.
--   excess_returned_quantity bigint: Units of the request beyond those, on the first line that it fits. Returned and excess units of a request add up to its requested units.
--   is_before_start boolean: Known before the goods were delivered, or shipped, or ordered, where nothing later is known; empty without a day. Rates count it on that day.
-- checks:
--   not_null: return_line_id
--   not_null: order_line_id
--   not_null: reason_class
--   unique: merchant_id, return_line_id, order_line_id
--   assert units_are_not_negative: returned_quantity >= 0 and excess_returned_quantity >= 0
--   assert only_rows_with_units: returned_quantity + excess_returned_quantity > 0

with
line_units as (
    select
        merchant_id,
        order_id,
        order_line_id,
        product_id,
        eligible_quantity,
        coalesce(delivered_date, shipped_date, placed_date) as start_date
    from core.line_units
),

return_units as (
    select
        merchant_id,
        return_line_id,
        order_id,
        product_id,
        known_date,
        requested_quantity,
        returned_quantity
    from core.return_units
    where is_counted
),

return_line_matches as (
    select merchant_id, return_line_id, order_line_id
    from core.return_line_matches
),

return_reasons as (
    select merchant_id, return_line_id, reason_class
    from core.return_reasons
),

returned_orders as (
    select distinct merchant_id, order_id
    from return_units
),

-- Ids that are numbers stand in their order: shorter ones first.
numbered_lines as (
    select
        line_units.*,
        row_number() over (
            partition by line_units.merchant_id, line_units.order_id
            order by length(line_units.order_line_id) asc, line_units.order_line_id asc
        ) as line_number
    from line_units
    inner join returned_orders
        on
            line_units.merchant_id = returned_orders.merchant_id
            and line_units.order_id = returned_orders.order_id
),

first_lines_of_product as (
    select merchant_id, order_id, product_id, min(line_number) as line_number
    from numbered_lines
    group by merchant_id, order_id, product_id
),

-- The line that the request names, else the first of its product; an item that the order does not have has none.
requests as (
    select
        return_units.merchant_id,
        return_units.return_line_id,
        return_units.order_id,
        return_units.known_date,
        return_units.requested_quantity,
        return_units.returned_quantity,
        coalesce(named_lines.product_id, return_units.product_id) as product_id,
        coalesce(named_lines.line_number, first_lines_of_product.line_number) as line_number
    from return_units
    left join return_line_matches
        on
            return_units.merchant_id = return_line_matches.merchant_id
            and return_units.return_line_id = return_line_matches.return_line_id
    left join numbered_lines as named_lines
        on
            return_units.merchant_id = named_lines.merchant_id
            and return_units.order_id = named_lines.order_id
            and return_line_matches.order_line_id = named_lines.order_line_id
    left join first_lines_of_product
        on
            return_units.merchant_id = first_lines_of_product.merchant_id
            and return_units.order_id = first_lines_of_product.order_id
            and return_units.product_id = first_lines_of_product.product_id
),

-- First the requests of each line, in their order.
first_queue as (
    select
        requests.*,
        numbered_lines.order_line_id,
        numbered_lines.eligible_quantity
        - coalesce(
            sum(requests.returned_quantity) over (
                partition by requests.merchant_id, requests.order_id, requests.line_number
                order by requests.known_date asc nulls last, requests.return_line_id asc
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) as open_quantity
    from requests
    left join numbered_lines
        on
            requests.merchant_id = numbered_lines.merchant_id
            and requests.order_id = numbered_lines.order_id
            and requests.line_number = numbered_lines.line_number
),

first_laid as (
    select
        merchant_id,
        return_line_id,
        order_id,
        product_id,
        known_date,
        requested_quantity,
        returned_quantity,
        line_number,
        order_line_id,
        -- least() passes over what is empty.
        case when line_number is null then 0 else greatest(least(returned_quantity, open_quantity), 0) end
            as laid_quantity
    from first_queue
),

-- What is left over and the room that is left stand beside each other in two queues; where they overlap units are
-- laid. Lines of one product are one room, for items that the order does not have the whole order is.
left_over as (
    select
        merchant_id,
        return_line_id,
        order_id,
        case when line_number is null then '' else product_id end as room_id,
        line_number is null as is_unknown_item,
        returned_quantity - laid_quantity as left_quantity,
        sum(returned_quantity - laid_quantity) over (
            partition by merchant_id, order_id, case when line_number is null then '' else product_id end
            order by known_date asc nulls last, return_line_id asc
            rows between unbounded preceding and current row
        ) as left_until
    from first_laid
    where returned_quantity > laid_quantity
),

taken_first as (
    select merchant_id, order_id, order_line_id, sum(laid_quantity) as laid_quantity
    from first_laid
    where laid_quantity > 0
    group by merchant_id, order_id, order_line_id
),

room_of_products as (
    select
        numbered_lines.merchant_id,
        numbered_lines.order_id,
        numbered_lines.order_line_id,
        numbered_lines.product_id,
        numbered_lines.line_number,
        numbered_lines.eligible_quantity - coalesce(taken_first.laid_quantity, 0) as room_quantity,
        sum(numbered_lines.eligible_quantity - coalesce(taken_first.laid_quantity, 0)) over (
            partition by numbered_lines.merchant_id, numbered_lines.order_id, numbered_lines.product_id
            order by numbered_lines.line_number asc
            rows between unbounded preceding and current row
        ) as room_until
    from numbered_lines
    left join taken_first
        on
            numbered_lines.merchant_id = taken_first.merchant_id
            and numbered_lines.order_id = taken_first.order_id
            and numbered_lines.order_line_id = taken_first.order_line_id
),

second_laid as (
    select
        left_over.merchant_id,
        left_over.return_line_id,
        left_over.order_id,
        room_of_products.order_line_id,
        least(left_over.left_until, room_of_products.room_until)
        - greatest(
            left_over.left_until - left_over.left_quantity,
            room_of_products.room_until - room_of_products.room_quantity
        ) as laid_quantity
    from left_over
    inner join room_of_products
        on
            left_over.merchant_id = room_of_products.merchant_id
            and left_over.order_id = room_of_products.order_id
            and left_over.room_id = room_of_products.product_id
            and room_of_products.room_until - room_of_products.room_quantity < left_over.left_until
            and left_over.left_until - left_over.left_quantity < room_of_products.room_until
    where not left_over.is_unknown_item
),

taken_second as (
    select merchant_id, order_id, order_line_id, sum(laid_quantity) as laid_quantity
    from second_laid
    group by merchant_id, order_id, order_line_id
),

room_of_orders as (
    select
        room_of_products.merchant_id,
        room_of_products.order_id,
        room_of_products.order_line_id,
        room_of_products.room_quantity - coalesce(taken_second.laid_quantity, 0) as room_quantity,
        sum(room_of_products.room_quantity - coalesce(taken_second.laid_quantity, 0)) over (
            partition by room_of_products.merchant_id, room_of_products.order_id
            order by room_of_products.line_number asc
            rows between unbounded preceding and current row
        ) as room_until
    from room_of_products
    left join taken_second
        on
            room_of_products.merchant_id = taken_second.merchant_id
            and room_of_products.order_id = taken_second.order_id
            and room_of_products.order_line_id = taken_second.order_line_id
),

third_laid as (
    select
        left_over.merchant_id,
        left_over.return_line_id,
        left_over.order_id,
        room_of_orders.order_line_id,
        least(left_over.left_until, room_of_orders.room_until)
        - greatest(
            left_over.left_until - left_over.left_quantity,
            room_of_orders.room_until - room_of_orders.room_quantity
        ) as laid_quantity
    from left_over
    inner join room_of_orders
        on
            left_over.merchant_id = room_of_orders.merchant_id
            and left_over.order_id = room_of_orders.order_id
            and room_of_orders.room_until - room_of_orders.room_quantity < left_over.left_until
            and left_over.left_until - left_over.left_quantity < room_of_orders.room_until
    where left_over.is_unknown_item
),

laid as (
    select merchant_id, return_line_id, order_id, order_line_id, laid_quantity
    from first_laid
    where laid_quantity > 0
    union all
    select merchant_id, return_line_id, order_id, order_line_id, laid_quantity
    from second_laid
    union all
    select merchant_id, return_line_id, order_id, order_line_id, laid_quantity
    from third_laid
),

laid_of_requests as (
    select merchant_id, return_line_id, sum(laid_quantity) as laid_quantity
    from laid
    group by merchant_id, return_line_id
),

laid_and_excess as (
    select
        merchant_id,
        return_line_id,
        order_id,
        order_line_id,
        laid_quantity as returned_quantity,
        0 as excess_returned_quantity
    from laid
    union all
    select
        first_laid.merchant_id,
        first_laid.return_line_id,
        first_laid.order_id,
        coalesce(first_laid.order_line_id, first_lines.order_line_id, '-') as order_line_id,
        0 as returned_quantity,
        first_laid.requested_quantity - coalesce(laid_of_requests.laid_quantity, 0)
            as excess_returned_quantity
    from first_laid
    left join laid_of_requests
        on
            first_laid.merchant_id = laid_of_requests.merchant_id
            and first_laid.return_line_id = laid_of_requests.return_line_id
    left join numbered_lines as first_lines
        on
            first_laid.merchant_id = first_lines.merchant_id
            and first_laid.order_id = first_lines.order_id
            and first_lines.line_number = 1
    where first_laid.requested_quantity > coalesce(laid_of_requests.laid_quantity, 0)
),

summed as (
    select
        merchant_id,
        return_line_id,
        order_id,
        order_line_id,
        sum(returned_quantity) as returned_quantity,
        sum(excess_returned_quantity) as excess_returned_quantity
    from laid_and_excess
    group by merchant_id, return_line_id, order_id, order_line_id
)

select
    summed.merchant_id,
    summed.return_line_id,
    summed.order_id,
    summed.order_line_id,
    coalesce(return_reasons.reason_class, 'unclear') as reason_class,
    return_units.known_date,
    cast(summed.returned_quantity as bigint) as returned_quantity,
    cast(summed.excess_returned_quantity as bigint) as excess_returned_quantity,
    return_units.known_date < numbered_lines.start_date as is_before_start
from summed
inner join return_units
    on summed.merchant_id = return_units.merchant_id and summed.return_line_id = return_units.return_line_id
left join return_reasons
    on
        summed.merchant_id = return_reasons.merchant_id
        and summed.return_line_id = return_reasons.return_line_id
left join numbered_lines
    on
        summed.merchant_id = numbered_lines.merchant_id
        and summed.order_id = numbered_lines.order_id
        and summed.order_line_id = numbered_lines.order_line_id
