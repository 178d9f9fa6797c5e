-- description: What is in each parcel, as one source tells it: of several, the one whose lines tell more units, then more lines. Rows that number parcels by waybill (aggregators) are one source, rows with numbers of their own (shops) the other, so that nothing counts twice.
-- grain: item in a parcel
-- key: merchant_id, parcel_id, parcel_line_id
-- load: merge
-- case: parcel_id
-- month: shipped_date
-- columns:
--   merchant_id
--   parcel_id varchar: Parcel of core.parcels.
--   parcel_line_id varchar: Shipment and item of core.shipment_lines, joined by `/`.
--   order_id varchar: Order of the parcel; where it has none, the one that the item names.
--   order_line_id varchar: Line of that order; empty where none matches. Of several lines with the item, the first.
--   product_id varchar: Product number, of the item, else of the order line.
--   sku varchar: Stock keeping unit, of the item, else of the order line.
--   product_name varchar: Product name as it stands with the parcel.
--   return_reason_raw varchar: For a reverse parcel: reason of this item's return as the source writes it, else of the parcel.
--   shipped_date
--   quantity bigint: Units of the item in the parcel; empty where the source does not say.
--   matched_by varchar: `sku`; `product`, where the SKU is unknown to the order; `only_line`, where the item has neither and the order has one line; empty where no line matches.
-- checks:
--   not_null: parcel_id
--   not_null: parcel_line_id
--   unique: merchant_id, parcel_id, parcel_line_id
--   assert match_says_how: (matched_by is null) = (order_line_id is null)

with
parcels as (
    select merchant_id, parcel_id, order_id, direction, return_reason_raw, shipped_date
    from core.parcels
),

parcel_tellings as (
    select merchant_id, told_by, telling_id, parcel_id, is_waybill_numbered
    from core.parcel_tellings
),

shipment_lines as (
    select
        merchant_id,
        shipment_id,
        shipment_line_id,
        nullif(trim(order_id), '') as order_id,
        nullif(nullif(trim(product_id), ''), '0') as product_id,
        nullif(trim(sku), '') as sku,
        product_name,
        return_reason_raw,
        quantity
    from core.shipment_lines
),

order_lines as (
    select
        merchant_id,
        order_id,
        order_line_id,
        nullif(nullif(trim(product_id), ''), '0') as product_id,
        nullif(trim(sku), '') as sku
    from core.order_lines
),

-- Twice read and wide: kept, it would take more memory than computing it again.
placed as not materialized (
    select
        parcel_tellings.merchant_id,
        parcel_tellings.parcel_id,
        parcel_tellings.is_waybill_numbered,
        shipment_lines.shipment_id || '/' || shipment_lines.shipment_line_id as parcel_line_id,
        shipment_lines.order_id,
        shipment_lines.product_id,
        shipment_lines.sku,
        shipment_lines.product_name,
        shipment_lines.return_reason_raw,
        shipment_lines.quantity
    from shipment_lines
    inner join parcel_tellings
        on
            shipment_lines.merchant_id = parcel_tellings.merchant_id
            and shipment_lines.shipment_id = parcel_tellings.telling_id
            and parcel_tellings.told_by = 'shipment'
),

details as (
    select
        merchant_id,
        parcel_id,
        coalesce(sum(case when not is_waybill_numbered then quantity end), 0) as own_quantity,
        coalesce(sum(case when is_waybill_numbered then quantity end), 0) as waybill_quantity,
        count(*) filter (where not is_waybill_numbered) as own_count,
        count(*) filter (where is_waybill_numbered) as waybill_count
    from placed
    group by merchant_id, parcel_id
),

chosen as (
    select
        placed.merchant_id,
        placed.parcel_id,
        placed.parcel_line_id,
        coalesce(parcels.order_id, placed.order_id) as order_id,
        placed.product_id,
        placed.sku,
        placed.product_name,
        parcels.shipped_date,
        coalesce(
            placed.return_reason_raw,
            case when parcels.direction = 'reverse' then parcels.return_reason_raw end
        ) as return_reason_raw,
        placed.quantity
    from placed
    inner join details
        on placed.merchant_id = details.merchant_id and placed.parcel_id = details.parcel_id
    inner join parcels
        on placed.merchant_id = parcels.merchant_id and placed.parcel_id = parcels.parcel_id
    where
        -- On a tie the shop, which knows its items, speaks.
        placed.is_waybill_numbered = (
            details.own_count = 0
            or details.waybill_quantity > details.own_quantity
            or (
                details.waybill_quantity = details.own_quantity
                and details.waybill_count > details.own_count
            )
        )
),

-- Of several lines with the item the first; what the item leaves open is told by its line.
lines_by_sku as (
    select
        merchant_id,
        order_id,
        lower(sku) as sku_key,
        min(order_line_id) as order_line_id,
        arg_min_null(product_id, order_line_id) as product_id
    from order_lines
    where sku is not null
    group by merchant_id, order_id, lower(sku)
),

lines_by_product as (
    select
        merchant_id,
        order_id,
        product_id,
        min(order_line_id) as order_line_id,
        arg_min_null(sku, order_line_id) as sku
    from order_lines
    where product_id is not null
    group by merchant_id, order_id, product_id
),

only_lines as (
    select
        merchant_id,
        order_id,
        min(order_line_id) as order_line_id,
        min(product_id) as product_id,
        min(sku) as sku
    from order_lines
    group by merchant_id, order_id
    having count(*) = 1
)

select
    chosen.merchant_id,
    chosen.parcel_id,
    chosen.parcel_line_id,
    chosen.order_id,
    coalesce(
        lines_by_sku.order_line_id,
        lines_by_product.order_line_id,
        only_lines.order_line_id
    ) as order_line_id,
    coalesce(chosen.product_id, lines_by_sku.product_id, only_lines.product_id) as product_id,
    coalesce(chosen.sku, lines_by_product.sku, only_lines.sku) as sku,
    chosen.product_name,
    chosen.return_reason_raw,
    chosen.shipped_date,
    chosen.quantity,
    case
        when lines_by_sku.order_line_id is not null then 'sku'
        when lines_by_product.order_line_id is not null then 'product'
        when only_lines.order_line_id is not null then 'only_line'
    end as matched_by
from chosen
left join lines_by_sku
    on
        chosen.merchant_id = lines_by_sku.merchant_id
        and chosen.order_id = lines_by_sku.order_id
        and lower(chosen.sku) = lines_by_sku.sku_key
left join lines_by_product
    on
        chosen.merchant_id = lines_by_product.merchant_id
        and chosen.order_id = lines_by_product.order_id
        and chosen.product_id = lines_by_product.product_id
left join only_lines
    on
        chosen.merchant_id = only_lines.merchant_id
        and chosen.order_id = only_lines.order_id
        and chosen.sku is null
        and chosen.product_id is null
