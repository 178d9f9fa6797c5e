-- description: How much of what should be known is known: shares of orders, parcels, return lines, refunds and order lines that have what a question needs. A share without a whole is empty, never 0.
-- grain: merchant x measure
-- key: merchant_id, measure
-- load: replace
-- columns:
--   merchant_id
--   measure varchar: Short name of what is covered.
--   entity varchar: What is counted: orders, parcels, return_lines, refunds or order_lines.
--   measure_number bigint: Place in the list, from 1.
--   meaning varchar: What the share says, in words.
--   covered_count bigint: Things that have it.
--   total_count bigint: Things that should.
--   coverage_share double: Covered / total; empty without a total.
-- checks:
--   not_null: measure
--   unique: merchant_id, measure
--   assert share_is_a_share: coverage_share between 0 and 1
--   assert covered_are_of_the_total: covered_count <= total_count
with
merchants as (
    select merchant_id
    from core.merchants
),

order_units as (
    select merchant_id, order_id, shipped_quantity
    from core.order_units
),

parcels as (
    select
        merchant_id,
        order_id,
        direction,
        awb,
        outcome,
        is_rto,
        is_orphan,
        promised_date,
        delivered_at
    from core.parcels
),

return_lines as (
    select merchant_id, return_line_id, reason_raw, comment
    from core.return_lines
),

return_lifecycle as (
    select merchant_id, return_line_id, parcel_id, is_within_window, is_twin
    from core.return_lifecycle
),

return_units as (
    select merchant_id, return_line_id, product_id, is_orphan
    from core.return_units
),

refunds as (
    select merchant_id, order_line_id, return_line_id, refunded_date, refunded_at
    from core.refunds
    where coalesce(not is_declined, true)
),

order_line_products as (
    select merchant_id, matched_by
    from core.order_line_products
),

-- The one list of measures.
measures as (
    select
        listed.measure,
        listed.entity,
        cast(listed.measure_number as bigint) as measure_number,
        listed.meaning
    from (
        values
        ('orders_with_parcel', 'orders', 1, 'Orders with shipped units that have a parcel.'),
        ('parcels_with_awb', 'parcels', 2, 'Parcels that have a waybill.'),
        ('parcels_with_order', 'parcels', 3, 'Parcels whose order is loaded.'),
        ('delivered_with_date', 'parcels', 4, 'Delivered parcels to customers whose delivery has a time.'),
        ('parcels_with_promise', 'parcels', 5, 'Parcels to customers that have a promised date.'),
        ('returns_with_reason', 'return_lines', 6, 'Return lines that state a reason.'),
        ('returns_with_comment', 'return_lines', 7, 'Return lines with the words of a customer.'),
        ('returns_with_order', 'return_lines', 8, 'Return lines whose order is loaded.'),
        ('returns_with_product', 'return_lines', 9, 'Return lines whose product is known.'),
        ('returns_with_parcel', 'return_lines', 10, 'Return lines whose parcel on the way back is known.'),
        ('returns_with_window', 'return_lines', 11, 'Return lines known to be within the window or not.'),
        ('refunds_with_date', 'refunds', 12, 'Refund items that have a date.'),
        ('refunds_with_line', 'refunds', 13, 'Refund items that name the order line or return line.'),
        ('lines_with_product_page', 'order_lines', 14, 'Order lines whose product page is known.')
    ) as listed (measure, entity, measure_number, meaning)
),

orders_with_parcel as (
    select distinct merchant_id, order_id
    from parcels
    where coalesce(direction, 'forward') = 'forward' and order_id is not null
),

told_once as (
    select
        return_lifecycle.merchant_id,
        return_lines.reason_raw,
        return_lines.comment,
        return_units.product_id,
        return_units.is_orphan,
        return_lifecycle.parcel_id,
        return_lifecycle.is_within_window
    from return_lifecycle
    inner join return_lines
        on
            return_lifecycle.merchant_id = return_lines.merchant_id
            and return_lifecycle.return_line_id = return_lines.return_line_id
    left join return_units
        on
            return_lifecycle.merchant_id = return_units.merchant_id
            and return_lifecycle.return_line_id = return_units.return_line_id
    where not return_lifecycle.is_twin
),

counted as (
    select
        order_units.merchant_id,
        'orders_with_parcel' as measure,
        count(orders_with_parcel.order_id) as covered_count,
        count(*) as total_count
    from order_units
    left join orders_with_parcel
        on
            order_units.merchant_id = orders_with_parcel.merchant_id
            and order_units.order_id = orders_with_parcel.order_id
    where order_units.shipped_quantity > 0
    group by order_units.merchant_id
    union all
    select
        merchant_id,
        'parcels_with_awb' as measure,
        count(awb) as covered_count,
        count(*) as total_count
    from parcels
    group by merchant_id
    union all
    select
        merchant_id,
        'parcels_with_order' as measure,
        count(*) filter (where not is_orphan) as covered_count,
        count(*) as total_count
    from parcels
    group by merchant_id
    union all
    select
        merchant_id,
        'delivered_with_date' as measure,
        count(delivered_at) as covered_count,
        count(*) as total_count
    from parcels
    where coalesce(direction, 'forward') = 'forward' and outcome = 'delivered'
    group by merchant_id
    union all
    select
        merchant_id,
        'parcels_with_promise' as measure,
        count(promised_date) as covered_count,
        count(*) as total_count
    from parcels
    where coalesce(direction, 'forward') = 'forward' and not is_rto
    group by merchant_id
    union all
    select
        merchant_id,
        'returns_with_reason' as measure,
        count(*) filter (where trim(reason_raw) <> '') as covered_count,
        count(*) as total_count
    from told_once
    group by merchant_id
    union all
    select
        merchant_id,
        'returns_with_comment' as measure,
        count(*) filter (where trim(comment) <> '') as covered_count,
        count(*) as total_count
    from told_once
    group by merchant_id
    union all
    select
        merchant_id,
        'returns_with_order' as measure,
        count(*) filter (where not is_orphan) as covered_count,
        count(*) as total_count
    from told_once
    group by merchant_id
    union all
    select
        merchant_id,
        'returns_with_product' as measure,
        count(*) filter (where product_id <> '0') as covered_count,
        count(*) as total_count
    from told_once
    group by merchant_id
    union all
    select
        merchant_id,
        'returns_with_parcel' as measure,
        count(parcel_id) as covered_count,
        count(*) as total_count
    from told_once
    group by merchant_id
    union all
    select
        merchant_id,
        'returns_with_window' as measure,
        count(is_within_window) as covered_count,
        count(*) as total_count
    from told_once
    group by merchant_id
    union all
    select
        merchant_id,
        'refunds_with_date' as measure,
        count(*) filter (where refunded_date is not null or refunded_at is not null) as covered_count,
        count(*) as total_count
    from refunds
    group by merchant_id
    union all
    select
        merchant_id,
        'refunds_with_line' as measure,
        count(*) filter (where order_line_id is not null or return_line_id is not null) as covered_count,
        count(*) as total_count
    from refunds
    group by merchant_id
    union all
    select
        merchant_id,
        'lines_with_product_page' as measure,
        count(matched_by) as covered_count,
        count(*) as total_count
    from order_line_products
    group by merchant_id
)

select
    merchants.merchant_id,
    measures.measure,
    measures.entity,
    measures.measure_number,
    measures.meaning,
    coalesce(counted.covered_count, 0) as covered_count,
    coalesce(counted.total_count, 0) as total_count,
    case when counted.total_count > 0 then counted.covered_count / counted.total_count end as coverage_share
from merchants
cross join measures
left join counted
    on merchants.merchant_id = counted.merchant_id and measures.measure = counted.measure
