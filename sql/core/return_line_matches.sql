-- description: The order that every return line belongs to: the one it names, else the one whose parcel it names, else an earlier purchase of the item by the same customer; a line for which none exists is an orphan, with the reason.
-- grain: return line
-- key: merchant_id, return_line_id
-- load: merge
-- case: return_line_id
-- month: requested_date
-- columns:
--   merchant_id
--   return_line_id varchar: Id of the request line.
--   order_id varchar: Order that the goods came from: as stated, else found; empty for an orphan that names none.
--   order_line_id varchar: Line of that order: as stated, else the order's first line with the SKU, else with the product, else the only line where the request names no item; empty where it has none.
--   match_kind varchar: `stated`: the request names a loaded order; `forward_parcel`, `reverse_parcel`: it names the waybill of a parcel to the customer, or back, of which just one loaded order is known; `customer_item`: the customer bought at least so many units of the item earlier; `customer_item_short`: the customer bought fewer units earlier; `orphan_unknown_order`: the order named is not loaded; `orphan_no_customer`, `orphan_no_item`: no order, and no customer or no item to look for; `orphan_no_earlier_line`: the customer never bought the item before.
--   requested_quantity bigint: Units asked to be returned on this line.
--   item_requested_quantity bigint: Units of the item that the whole request asks to return; empty where an order or its parcel is named.
--   earlier_quantity bigint: Units of the item that the customer bought before the request, over all orders that were not cancelled, declined or left incomplete; empty where an order or its parcel is named or nothing could be looked for.
--   largest_earlier_quantity bigint: Units on the largest single one of these lines.
--   is_orphan boolean: No loaded order was named or found.
--   requested_date date: The merchant's local date of the request.
-- checks:
--   not_null: return_line_id
--   not_null: match_kind
--   unique: merchant_id, return_line_id
--   assert a_match_has_an_order: is_orphan or order_id is not null
--   assert orphans_are_named: is_orphan = (match_kind in ('orphan_unknown_order', 'orphan_no_customer', 'orphan_no_item', 'orphan_no_earlier_line'))
--   assert covered_by_earlier_units: match_kind <> 'customer_item' or earlier_quantity >= item_requested_quantity

with
return_lines as (
    select
        merchant_id,
        return_line_id,
        coalesce(return_id, return_line_id) as request_id,
        order_id,
        order_line_id,
        customer_id,
        coalesce(nullif(product_id, ''), nullif(sku, '')) as item_id,
        lower(nullif(trim(sku), '')) as sku_key,
        lower(nullif(trim(awb), '')) as awb_key,
        lower(nullif(trim(forward_awb), '')) as forward_awb_key,
        quantity,
        requested_date,
        requested_at
    from core.return_lines
),

orders as (
    select merchant_id, order_id, customer_id, status, placed_date, placed_at
    from core.orders
),

parcels as (
    select merchant_id, lower(awb) as awb_key, coalesce(direction, 'forward') as direction, order_id
    from core.parcels
    where awb is not null and not is_orphan
),

order_lines as (
    select
        merchant_id,
        order_id,
        order_line_id,
        coalesce(nullif(product_id, ''), nullif(sku, '')) as item_id,
        lower(nullif(trim(sku), '')) as sku_key,
        quantity
    from core.order_lines
),

-- A waybill that was used for several orders names none of them.
orders_of_awb as (
    select merchant_id, awb_key, direction, min(order_id) as order_id
    from parcels
    group by merchant_id, awb_key, direction
    having min(order_id) = max(order_id)
),

named as (
    select
        return_lines.merchant_id,
        return_lines.return_line_id,
        return_lines.request_id,
        return_lines.order_id,
        return_lines.order_line_id,
        return_lines.customer_id,
        return_lines.item_id,
        return_lines.sku_key,
        return_lines.quantity,
        return_lines.requested_date,
        return_lines.requested_at,
        coalesce(orders.order_id, forward_parcels.order_id, reverse_parcels.order_id) as named_order_id,
        case
            when orders.order_id is not null then 'stated'
            when forward_parcels.order_id is not null then 'forward_parcel'
            when reverse_parcels.order_id is not null then 'reverse_parcel'
        end as named_kind
    from return_lines
    left join orders
        on return_lines.merchant_id = orders.merchant_id and return_lines.order_id = orders.order_id
    left join orders_of_awb as forward_parcels
        on
            return_lines.merchant_id = forward_parcels.merchant_id
            and return_lines.forward_awb_key = forward_parcels.awb_key
            and forward_parcels.direction = 'forward'
    left join orders_of_awb as reverse_parcels
        on
            return_lines.merchant_id = reverse_parcels.merchant_id
            and return_lines.awb_key = reverse_parcels.awb_key
            and reverse_parcels.direction = 'reverse'
),

-- What one request asks back of one item is compared as a whole: it may stand on several lines.
requested_items as (
    select
        merchant_id,
        request_id,
        customer_id,
        item_id,
        cast(sum(quantity) as bigint) as item_requested_quantity,
        min(requested_date) as requested_date,
        min(requested_at) as requested_at
    from named
    where
        named_order_id is null
        and order_id is null
        and customer_id is not null
        and item_id is not null
    group by merchant_id, request_id, customer_id, item_id
),

purchases as (
    select
        orders.merchant_id,
        orders.customer_id,
        order_lines.item_id,
        orders.order_id,
        order_lines.order_line_id,
        order_lines.quantity,
        orders.placed_date,
        orders.placed_at
    from orders
    inner join order_lines
        on orders.merchant_id = order_lines.merchant_id and orders.order_id = order_lines.order_id
    where
        orders.customer_id is not null
        and order_lines.quantity > 0
        and coalesce(orders.status not in ('cancelled', 'declined', 'incomplete'), true)
),

earlier_purchases as (
    select
        requested_items.merchant_id,
        requested_items.request_id,
        requested_items.customer_id,
        requested_items.item_id,
        purchases.order_id,
        purchases.order_line_id,
        purchases.quantity,
        -- The latest line that holds all units, else the latest.
        row_number() over (
            partition by
                requested_items.merchant_id,
                requested_items.request_id,
                requested_items.customer_id,
                requested_items.item_id
            order by
                case when purchases.quantity >= requested_items.item_requested_quantity then 0 else 1 end asc,
                coalesce(purchases.placed_at, cast(purchases.placed_date as timestamp)) desc,
                purchases.order_id desc,
                purchases.order_line_id asc
        ) as choice_number
    from requested_items
    inner join purchases
        on
            requested_items.merchant_id = purchases.merchant_id
            and requested_items.customer_id = purchases.customer_id
            and requested_items.item_id = purchases.item_id
            and case
                when requested_items.requested_at is null or purchases.placed_at is null
                    then requested_items.requested_date >= purchases.placed_date
                else requested_items.requested_at >= purchases.placed_at
            end
),

found as (
    select
        merchant_id,
        request_id,
        customer_id,
        item_id,
        max(case when choice_number = 1 then order_id end) as order_id,
        max(case when choice_number = 1 then order_line_id end) as order_line_id,
        cast(sum(quantity) as bigint) as earlier_quantity,
        max(quantity) as largest_earlier_quantity
    from earlier_purchases
    group by merchant_id, request_id, customer_id, item_id
),

lines_with_item as (
    select merchant_id, order_id, item_id, min(order_line_id) as order_line_id
    from order_lines
    where item_id is not null
    group by merchant_id, order_id, item_id
),

lines_with_sku as (
    select merchant_id, order_id, sku_key, min(order_line_id) as order_line_id
    from order_lines
    where sku_key is not null
    group by merchant_id, order_id, sku_key
),

only_lines as (
    select merchant_id, order_id, min(order_line_id) as order_line_id
    from order_lines
    group by merchant_id, order_id
    having count(*) = 1
),

matched as (
    select
        named.merchant_id,
        named.return_line_id,
        coalesce(named.named_order_id, named.order_id, found.order_id) as order_id,
        coalesce(
            named.order_line_id,
            lines_with_sku.order_line_id,
            lines_with_item.order_line_id,
            only_lines.order_line_id,
            found.order_line_id
        ) as order_line_id,
        named.quantity as requested_quantity,
        requested_items.item_requested_quantity,
        found.earlier_quantity,
        found.largest_earlier_quantity,
        named.requested_date,
        case
            when named.named_kind is not null then named.named_kind
            when named.order_id is not null then 'orphan_unknown_order'
            when named.customer_id is null then 'orphan_no_customer'
            when named.item_id is null then 'orphan_no_item'
            when found.order_id is null then 'orphan_no_earlier_line'
            when found.earlier_quantity < requested_items.item_requested_quantity then 'customer_item_short'
            else 'customer_item'
        end as match_kind
    from named
    left join lines_with_sku
        on
            named.merchant_id = lines_with_sku.merchant_id
            and named.named_order_id = lines_with_sku.order_id
            and named.sku_key = lines_with_sku.sku_key
    left join lines_with_item
        on
            named.merchant_id = lines_with_item.merchant_id
            and named.named_order_id = lines_with_item.order_id
            and named.item_id = lines_with_item.item_id
    left join only_lines
        on
            named.merchant_id = only_lines.merchant_id
            and named.named_order_id = only_lines.order_id
            and named.item_id is null
    left join requested_items
        on
            named.merchant_id = requested_items.merchant_id
            and named.request_id = requested_items.request_id
            and named.customer_id = requested_items.customer_id
            and named.item_id = requested_items.item_id
            and named.named_order_id is null
            and named.order_id is null
    left join found
        on
            requested_items.merchant_id = found.merchant_id
            and requested_items.request_id = found.request_id
            and requested_items.customer_id = found.customer_id
            and requested_items.item_id = found.item_id
)

select
    merchant_id,
    return_line_id,
    order_id,
    order_line_id,
    match_kind,
    requested_quantity,
    item_requested_quantity,
    earlier_quantity,
    largest_earlier_quantity,
    match_kind like 'orphan%' as is_orphan,
    requested_date
from matched
