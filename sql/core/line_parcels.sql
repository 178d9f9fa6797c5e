-- description: What the parcels to the customer say of each order line: units in them, carrier, days of shipping and delivery; besides a line `-` for the order's parcels together. Parcels that were cancelled never left and are left out.
-- grain: order line that stands in a parcel; besides a line `-` for every order with a parcel
-- key: merchant_id, order_id, order_line_id
-- load: merge
-- case: order_id
-- columns:
--   merchant_id
--   order_id varchar: Order of the parcels; it may not be loaded.
--   order_line_id varchar: Line within the order; `-` stands for the order as a whole.
--   packed_quantity bigint: Units of the line in parcels, as far as they are told; 0 for `-`.
--   arriving_quantity bigint: Those in parcels that did not come back undelivered (RTO).
--   carrier varchar: Carrier of the parcels that did not come back undelivered; of several the first by name.
--   shipped_date date: The merchant's local date on which the first of these was shipped.
--   delivered_date date: The merchant's local date on which the first of these was delivered.
--   is_on_its_way boolean: Some of its parcels did not come back undelivered.
-- checks:
--   not_null: order_id
--   not_null: order_line_id
--   unique: merchant_id, order_id, order_line_id
--   assert arriving_units_are_packed: arriving_quantity between 0 and packed_quantity
--   assert dates_are_of_arriving_parcels: is_on_its_way or (shipped_date is null and delivered_date is null)

with
merchants as (
    select merchant_id, timezone
    from core.merchants
),

parcels as (
    select
        merchant_id,
        parcel_id,
        order_id,
        is_rto,
        nullif(trim(carrier), '') as carrier,
        shipped_date,
        shipped_at,
        delivered_at
    from core.parcels
    where coalesce(direction, 'forward') = 'forward' and outcome <> 'cancelled'
),

parcel_lines as (
    select merchant_id, parcel_id, order_id, order_line_id, quantity
    from core.parcel_lines
    where order_line_id is not null
),

local_parcels as (
    select
        parcels.merchant_id,
        parcels.parcel_id,
        parcels.order_id,
        parcels.is_rto,
        parcels.carrier,
        coalesce(
            parcels.shipped_date,
            cast(timezone(coalesce(merchants.timezone, 'UTC'), timezone('UTC', parcels.shipped_at)) as date)
        ) as shipped_date,
        cast(
            timezone(coalesce(merchants.timezone, 'UTC'), timezone('UTC', parcels.delivered_at)) as date
        ) as delivered_date
    from parcels
    left join merchants on parcels.merchant_id = merchants.merchant_id
),

laid as (
    select
        parcel_lines.merchant_id,
        parcel_lines.order_id,
        parcel_lines.order_line_id,
        local_parcels.is_rto,
        local_parcels.carrier,
        local_parcels.shipped_date,
        local_parcels.delivered_date,
        coalesce(parcel_lines.quantity, 0) as quantity
    from parcel_lines
    inner join local_parcels
        on
            parcel_lines.merchant_id = local_parcels.merchant_id
            and parcel_lines.parcel_id = local_parcels.parcel_id
    where parcel_lines.order_id is not null
    union all
    select
        merchant_id,
        order_id,
        '-' as order_line_id,
        is_rto,
        carrier,
        shipped_date,
        delivered_date,
        0 as quantity
    from local_parcels
    where order_id is not null
)

select
    merchant_id,
    order_id,
    order_line_id,
    cast(sum(quantity) as bigint) as packed_quantity,
    cast(coalesce(sum(quantity) filter (where not is_rto), 0) as bigint) as arriving_quantity,
    min(carrier) filter (where not is_rto) as carrier,
    min(shipped_date) filter (where not is_rto) as shipped_date,
    min(delivered_date) filter (where not is_rto) as delivered_date,
    bool_or(not is_rto) as is_on_its_way
from laid
group by merchant_id, order_id, order_line_id
