-- description: Units ordered, shipped and come back undelivered (RTO) of every order line, with product, variant, supplier and dates of shipping and delivery: the order's units of core.order_units laid on its lines, so that both add up to the same. In a partly shipped order the units in parcels and those that came back as returns went out first, then lines in order.
-- grain: line of a loaded order; besides a line `-` for shipped units that no line holds
-- key: merchant_id, order_id, order_line_id
-- load: merge
-- case: order_id
-- month: placed_date
-- columns:
--   merchant_id
--   order_id varchar: Order number, unique within the merchant.
--   order_line_id varchar: Line within the order; `-` holds shipped units that stand on no line.
--   product_id varchar: Product number; the SKU where the source has no product number; `0` is an item that was added by hand, or that no line names.
--   variant_id varchar: Variant of core.order_line_products; the SKU where no variant is known; `-` where the product has none or nothing is known.
--   sku varchar: Stock keeping unit; empty where the source has none.
--   product_name varchar: Product name as it stood on the order.
--   category varchar: Category of the product's page on the day of the order, levels joined by ` > `; `none` where unknown.
--   supplier varchar: Supplier of the unit that was sold; `none` where unknown.
--   brand varchar: Brand; `none` where unknown.
--   fulfilment_type varchar: Who ships it: `own` or `drop_ship`; `none` where unknown.
--   carrier varchar: Carrier of the line's parcels that arrived or are on their way, else of the order's; of several the first by name.
--   ordered_quantity bigint: Units of the line; of `-` the order's units that no line holds.
--   shipped_quantity bigint: Units shipped; over an order they add up to those of core.order_units.
--   rto_quantity bigint: Shipped units that came back undelivered; over an order they add up to those of core.order_units. Those that core.order_line_rto proves first, last those that are in other parcels or came back as returns.
--   eligible_quantity bigint: Shipped units that can come back as returns: shipped less RTO.
--   placed_date date: The merchant's local date on which the order was placed.
--   order_week date: Monday of the local week in which the order was placed.
--   shipped_date date: The merchant's local date of shipping: of the line's first parcel that did not come back undelivered, else of the order's, else as the order states it.
--   delivered_date date: The merchant's local date of the first delivery of the line's parcels, where they are known, else of the order's.
-- checks:
--   not_null: order_id
--   not_null: order_line_id
--   not_null: product_id
--   not_null: variant_id
--   not_null: placed_date
--   unique: merchant_id, order_id, order_line_id
--   assert rto_was_shipped: rto_quantity between 0 and shipped_quantity
--   assert eligible_is_what_is_left: eligible_quantity = shipped_quantity - rto_quantity
--   assert lines_ship_what_was_ordered: order_line_id = '-' or shipped_quantity <= ordered_quantity

with
order_units as (
    select merchant_id, order_id, placed_date, order_week, ordered_quantity, shipped_quantity, rto_quantity
    from core.order_units
),

orders as (
    select merchant_id, order_id, shipped_date
    from core.orders
),

-- Read twice and wide: kept, it would take more memory than computing it again.
order_lines as not materialized (
    select
        merchant_id,
        order_id,
        order_line_id,
        coalesce(nullif(product_id, ''), nullif(sku, ''), '0') as product_id,
        nullif(sku, '') as sku,
        product_name,
        coalesce(quantity, 0) as quantity
    from core.order_lines
),

order_line_products as (
    select
        merchant_id,
        order_id,
        order_line_id,
        -- A product whose page names no variant of the order's SKU says nothing of the variant.
        case when variant_id <> '-' or matched_by = 'sku' then variant_id end as variant_id,
        nullif(trim(category_path), '') as category,
        nullif(trim(supplier), '') as supplier,
        nullif(trim(brand), '') as brand,
        fulfilment_type
    from core.order_line_products
),

order_line_rto as (
    select merchant_id, order_id, order_line_id, rto_quantity
    from core.order_line_rto
),

return_units as (
    select merchant_id, return_line_id, order_id, returned_quantity
    from core.return_units
    where is_counted
),

return_line_matches as (
    select merchant_id, return_line_id, order_line_id
    from core.return_line_matches
    where order_line_id is not null
),

-- A line without parcels of its own has those of its order.
line_parcels as not materialized (
    select
        merchant_id,
        order_id,
        order_line_id,
        packed_quantity,
        arriving_quantity,
        carrier,
        shipped_date,
        delivered_date,
        is_on_its_way
    from core.line_parcels
),

returned_of_line as (
    select
        return_units.merchant_id,
        return_units.order_id,
        return_line_matches.order_line_id,
        sum(return_units.returned_quantity) as returned_quantity
    from return_units
    inner join return_line_matches
        on
            return_units.merchant_id = return_line_matches.merchant_id
            and return_units.return_line_id = return_line_matches.return_line_id
    group by return_units.merchant_id, return_units.order_id, return_line_matches.order_line_id
),

quantities as (
    select merchant_id, order_id, sum(quantity) as line_quantity
    from order_lines
    group by merchant_id, order_id
),

-- Lines that go the way of their whole order are most; the others are counted out line by line.
counted_orders as (
    select
        order_units.merchant_id,
        order_units.order_id,
        order_units.placed_date,
        order_units.order_week,
        order_units.ordered_quantity,
        order_units.shipped_quantity,
        order_units.rto_quantity,
        coalesce(quantities.line_quantity, 0) as line_quantity,
        order_units.shipped_quantity > 0
        and order_units.shipped_quantity < coalesce(quantities.line_quantity, 0) as is_partly_shipped,
        order_units.rto_quantity between 1 and order_units.shipped_quantity - 1 as is_partly_rto,
        order_parcels.carrier,
        coalesce(order_parcels.shipped_date, orders.shipped_date) as shipped_date,
        order_parcels.delivered_date,
        orders.shipped_date as stated_shipped_date
    from order_units
    inner join orders
        on order_units.merchant_id = orders.merchant_id and order_units.order_id = orders.order_id
    left join quantities
        on order_units.merchant_id = quantities.merchant_id and order_units.order_id = quantities.order_id
    left join line_parcels as order_parcels
        on
            order_units.merchant_id = order_parcels.merchant_id
            and order_units.order_id = order_parcels.order_id
            and order_parcels.order_line_id = '-'
),

lines_and_rest as not materialized (
    select merchant_id, order_id, order_line_id, product_id, sku, product_name, quantity
    from order_lines
    union all
    select
        merchant_id,
        order_id,
        '-' as order_line_id,
        '0' as product_id,
        cast(null as varchar) as sku,
        cast(null as varchar) as product_name,
        cast(greatest(ordered_quantity - line_quantity, 0) as bigint) as quantity
    from counted_orders
    where shipped_quantity > line_quantity
),

parted_lines as (
    select
        lines_and_rest.merchant_id,
        lines_and_rest.order_id,
        lines_and_rest.order_line_id,
        counted_orders.shipped_quantity as order_shipped_quantity,
        counted_orders.rto_quantity as order_rto_quantity,
        counted_orders.is_partly_shipped,
        case
            when lines_and_rest.order_line_id = '-'
                then counted_orders.shipped_quantity - counted_orders.line_quantity
            else lines_and_rest.quantity
        end as quantity,
        coalesce(order_line_rto.rto_quantity, 0) as proven_rto_quantity,
        -- greatest() passes over what is empty.
        greatest(line_parcels.arriving_quantity, returned_of_line.returned_quantity, 0) as arrived_quantity,
        least(
            lines_and_rest.quantity,
            greatest(line_parcels.packed_quantity, returned_of_line.returned_quantity, 0)
        ) as proven_quantity
    from lines_and_rest
    inner join counted_orders
        on
            lines_and_rest.merchant_id = counted_orders.merchant_id
            and lines_and_rest.order_id = counted_orders.order_id
    left join order_line_rto
        on
            lines_and_rest.merchant_id = order_line_rto.merchant_id
            and lines_and_rest.order_id = order_line_rto.order_id
            and lines_and_rest.order_line_id = order_line_rto.order_line_id
    left join line_parcels
        on
            lines_and_rest.merchant_id = line_parcels.merchant_id
            and lines_and_rest.order_id = line_parcels.order_id
            and lines_and_rest.order_line_id = line_parcels.order_line_id
    left join returned_of_line
        on
            lines_and_rest.merchant_id = returned_of_line.merchant_id
            and lines_and_rest.order_id = returned_of_line.order_id
            and lines_and_rest.order_line_id = returned_of_line.order_line_id
    where counted_orders.is_partly_shipped or counted_orders.is_partly_rto
),

-- Ids that are numbers stand in their order: shorter ones first.
shipping_queue as (
    select
        *,
        sum(proven_quantity) over (partition by merchant_id, order_id) as all_proven_quantity,
        sum(proven_quantity) over line_order - proven_quantity as proven_before,
        sum(quantity - proven_quantity) over line_order - (quantity - proven_quantity) as unproven_before
    from parted_lines
    window line_order as (
        partition by merchant_id, order_id
        order by length(order_line_id) asc, order_line_id asc
        rows between unbounded preceding and current row
    )
),

shipped_lines as (
    select
        *,
        case
            when not is_partly_shipped then quantity
            else
                least(greatest(order_shipped_quantity - proven_before, 0), proven_quantity)
                + least(
                    greatest(order_shipped_quantity - all_proven_quantity - unproven_before, 0),
                    quantity - proven_quantity
                )
        end as shipped_quantity
    from shipping_queue
),

rto_tiers as (
    select
        *,
        greatest(least(proven_rto_quantity, shipped_quantity - arrived_quantity), 0) as first_quantity,
        least(shipped_quantity, arrived_quantity) as last_quantity
    from shipped_lines
),

rto_queue as (
    select
        *,
        shipped_quantity - first_quantity - last_quantity as next_quantity,
        sum(first_quantity) over (partition by merchant_id, order_id) as all_first_quantity,
        sum(shipped_quantity - last_quantity) over (partition by merchant_id, order_id)
            as all_but_last_quantity,
        sum(first_quantity) over line_order - first_quantity as first_before,
        sum(shipped_quantity - first_quantity - last_quantity) over line_order
        - (shipped_quantity - first_quantity - last_quantity) as next_before,
        sum(last_quantity) over line_order - last_quantity as last_before
    from rto_tiers
    window line_order as (
        partition by merchant_id, order_id
        order by length(order_line_id) asc, order_line_id asc
        rows between unbounded preceding and current row
    )
),

counted_lines as (
    select
        merchant_id,
        order_id,
        order_line_id,
        shipped_quantity,
        least(greatest(order_rto_quantity - first_before, 0), first_quantity)
        + least(greatest(order_rto_quantity - all_first_quantity - next_before, 0), next_quantity)
        + least(greatest(order_rto_quantity - all_but_last_quantity - last_before, 0), last_quantity)
            as rto_quantity
    from rto_queue
),

united as (
    select
        lines_and_rest.*,
        counted_orders.placed_date,
        counted_orders.order_week,
        counted_orders.carrier,
        counted_orders.shipped_date,
        counted_orders.delivered_date,
        counted_orders.stated_shipped_date,
        case
            when counted_lines.order_id is not null then counted_lines.shipped_quantity
            when counted_orders.shipped_quantity = 0 then 0
            when lines_and_rest.order_line_id = '-'
                then counted_orders.shipped_quantity - counted_orders.line_quantity
            else lines_and_rest.quantity
        end as shipped_quantity,
        case
            when counted_orders.rto_quantity = 0 then 0
            when counted_orders.rto_quantity < counted_orders.shipped_quantity then counted_lines.rto_quantity
        end as part_rto_quantity
    from lines_and_rest
    inner join counted_orders
        on
            lines_and_rest.merchant_id = counted_orders.merchant_id
            and lines_and_rest.order_id = counted_orders.order_id
    left join counted_lines
        on
            lines_and_rest.merchant_id = counted_lines.merchant_id
            and lines_and_rest.order_id = counted_lines.order_id
            and lines_and_rest.order_line_id = counted_lines.order_line_id
)

select
    united.merchant_id,
    united.order_id,
    united.order_line_id,
    united.product_id,
    coalesce(order_line_products.variant_id, united.sku, '-') as variant_id,
    united.sku,
    united.product_name,
    coalesce(order_line_products.category, 'none') as category,
    coalesce(order_line_products.supplier, 'none') as supplier,
    coalesce(order_line_products.brand, 'none') as brand,
    coalesce(order_line_products.fulfilment_type, 'none') as fulfilment_type,
    case when line_parcels.order_id is null then united.carrier else line_parcels.carrier end as carrier,
    united.quantity as ordered_quantity,
    cast(united.shipped_quantity as bigint) as shipped_quantity,
    cast(coalesce(united.part_rto_quantity, united.shipped_quantity) as bigint) as rto_quantity,
    cast(
        united.shipped_quantity - coalesce(united.part_rto_quantity, united.shipped_quantity) as bigint
    ) as eligible_quantity,
    united.placed_date,
    united.order_week,
    case
        when line_parcels.order_id is null then united.shipped_date
        else coalesce(line_parcels.shipped_date, united.stated_shipped_date)
    end as shipped_date,
    case
        when line_parcels.order_id is null then united.delivered_date
        else line_parcels.delivered_date
    end as delivered_date
from united
left join order_line_products
    on
        united.merchant_id = order_line_products.merchant_id
        and united.order_id = order_line_products.order_id
        and united.order_line_id = order_line_products.order_line_id
left join line_parcels
    on
        united.merchant_id = line_parcels.merchant_id
        and united.order_id = line_parcels.order_id
        and united.order_line_id = line_parcels.order_line_id
        and line_parcels.is_on_its_way
