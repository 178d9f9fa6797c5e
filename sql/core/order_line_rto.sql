-- description: Units of each order line that went out in a parcel which came back undelivered (RTO) and did not go out again. Where every parcel of the order came back and the units of one are unknown, all units did.
-- grain: order line with an RTO unit
-- key: merchant_id, order_id, order_line_id
-- load: merge
-- case: order_id
-- columns:
--   merchant_id
--   order_id varchar: Order number, unique within the merchant.
--   order_line_id varchar: Line within the order.
--   rto_quantity bigint: Units of the line that never arrived: those in RTO parcels, at most what the line holds beyond the units in its other parcels.
-- checks:
--   not_null: order_id
--   not_null: order_line_id
--   unique: merchant_id, order_id, order_line_id
--   assert only_lines_with_rto: rto_quantity > 0

with
-- A parcel that was cancelled never left.
parcels as (
    select merchant_id, parcel_id, order_id, is_rto
    from core.parcels
    where order_id is not null and coalesce(direction, 'forward') = 'forward' and outcome <> 'cancelled'
),

parcel_lines as (
    select merchant_id, parcel_id, order_line_id, quantity
    from core.parcel_lines
),

order_lines as (
    select merchant_id, order_id, order_line_id, quantity
    from core.order_lines
),

rto_orders as (
    select distinct merchant_id, order_id
    from parcels
    where is_rto
),

unknown_parcels as (
    select
        parcels.merchant_id,
        parcels.order_id,
        parcels.parcel_id,
        parcels.is_rto,
        count(*) > count(parcel_lines.quantity) as is_unknown
    from rto_orders
    inner join parcels
        on rto_orders.merchant_id = parcels.merchant_id and rto_orders.order_id = parcels.order_id
    left join parcel_lines
        on parcels.merchant_id = parcel_lines.merchant_id and parcels.parcel_id = parcel_lines.parcel_id
    group by parcels.merchant_id, parcels.order_id, parcels.parcel_id, parcels.is_rto
),

judged as (
    select merchant_id, order_id, bool_and(is_rto) and bool_or(is_unknown) as is_all_sent_back
    from unknown_parcels
    group by merchant_id, order_id
),

packed as (
    select
        parcels.merchant_id,
        parcels.order_id,
        parcel_lines.order_line_id,
        coalesce(sum(parcel_lines.quantity) filter (where parcels.is_rto), 0) as sent_back_quantity,
        coalesce(sum(parcel_lines.quantity) filter (where not parcels.is_rto), 0) as other_quantity
    from rto_orders
    inner join parcels
        on rto_orders.merchant_id = parcels.merchant_id and rto_orders.order_id = parcels.order_id
    inner join parcel_lines
        on parcels.merchant_id = parcel_lines.merchant_id and parcels.parcel_id = parcel_lines.parcel_id
    where parcel_lines.order_line_id is not null
    group by parcels.merchant_id, parcels.order_id, parcel_lines.order_line_id
),

counted as (
    select
        order_lines.merchant_id,
        order_lines.order_id,
        order_lines.order_line_id,
        case
            when judged.is_all_sent_back then order_lines.quantity
            else least(packed.sent_back_quantity, order_lines.quantity - packed.other_quantity)
        end as rto_quantity
    from order_lines
    inner join judged
        on order_lines.merchant_id = judged.merchant_id and order_lines.order_id = judged.order_id
    left join packed
        on
            order_lines.merchant_id = packed.merchant_id
            and order_lines.order_id = packed.order_id
            and order_lines.order_line_id = packed.order_line_id
)

select
    merchant_id,
    order_id,
    order_line_id,
    cast(rto_quantity as bigint) as rto_quantity
from counted
where rto_quantity > 0
