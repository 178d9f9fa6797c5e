-- description: Orders of Amazon's all-orders report: sums over their lines. The report has no customer and no totals.
-- grain: order of the report
-- key: file_id, order_id
-- load: merge
-- entity: orders
-- columns:
--   merchant_id
--   file_id
--   record_number
--   line_number
--   order_id
--   channel
--   status_raw
--   status
--   ship_country
--   ship_region
--   ship_postcode_prefix
--   currency_code
--   subtotal_inc_tax_amount
--   subtotal_ex_tax_amount
--   tax_amount
--   shipping_amount
--   discount_amount
--   total_amount
--   total_merchant_amount
--   money_basis
--   total_quantity
--   shipped_quantity
--   placed_date
--   placed_at
-- checks:
--   not_null: order_id
--   not_null: placed_date
--   unique: file_id, order_id
with records as (
    select
        merchant_id,
        file_id,
        record_number,
        line_number,
        order_id,
        is_tax_on_top,
        currency_code,
        item_price_amount,
        item_tax_amount,
        shipping_price_amount,
        shipping_tax_amount,
        gift_wrap_price_amount,
        gift_wrap_tax_amount,
        item_promotion_discount_amount,
        ship_promotion_discount_amount,
        quantity,
        placed_date,
        placed_at
    from changed.staging_amazon__order_records
),

texts as (
    select
        file_id,
        record_number,
        trim(sales_channel) as channel,
        trim(order_status) as status_raw,
        lower(trim(item_status)) as item_status_key,
        trim(ship_country) as ship_country,
        trim(ship_state) as ship_region,
        ship_postal_code as ship_postcode_prefix
    from changed.amazon__orders
),

merchants as (
    select merchant_id, currency_code
    from core.merchants
),

statuses as (
    select *
    from (
        values
        ('pending', 'pending'),
        ('pendingavailability', 'pending'),
        ('unshipped', 'awaiting_shipment'),
        ('invoiceunconfirmed', 'awaiting_shipment'),
        ('partiallyshipped', 'partially_shipped'),
        ('shipping', 'shipped'),
        ('shipped', 'shipped'),
        ('complete', 'completed'),
        ('completed', 'completed'),
        ('cancelled', 'cancelled'),
        ('canceled', 'cancelled')
    ) as known (status_key, status)
),

orders as (
    select
        records.merchant_id,
        records.file_id,
        min(records.record_number) as record_number,
        min(records.line_number) as line_number,
        records.order_id,
        arg_min(texts.channel, records.record_number) as channel,
        arg_min(texts.status_raw, records.record_number) as status_raw,
        arg_min(texts.ship_country, records.record_number) as ship_country,
        arg_min(texts.ship_region, records.record_number) as ship_region,
        arg_min(texts.ship_postcode_prefix, records.record_number) as ship_postcode_prefix,
        arg_min(records.currency_code, records.record_number) as currency_code,
        bool_and(coalesce(records.is_tax_on_top, false)) as is_tax_on_top,
        sum(records.item_price_amount) as price,
        sum(records.item_tax_amount) as item_tax,
        sum(records.shipping_price_amount) as shipping,
        sum(records.shipping_tax_amount) as shipping_tax,
        sum(records.gift_wrap_price_amount) as wrapping,
        sum(records.gift_wrap_tax_amount) as wrapping_tax,
        sum(records.item_promotion_discount_amount) as item_discount,
        sum(records.ship_promotion_discount_amount) as shipping_discount,
        sum(records.quantity) as total_quantity,
        sum(if(texts.item_status_key = 'shipped', records.quantity, 0)) as shipped_quantity,
        bool_and(texts.item_status_key is not null) as has_item_status,
        min(records.placed_date) as placed_date,
        min(records.placed_at) as placed_at
    from records
    inner join texts using (file_id, record_number)
    group by records.merchant_id, records.file_id, records.order_id
),

-- Empty where no line states the price; a part that no line states, such as gift wrapping, is not there.
summed as (
    select
        *,
        coalesce(item_tax, 0) + coalesce(shipping_tax, 0) + coalesce(wrapping_tax, 0) as tax,
        coalesce(item_discount, 0) + coalesce(shipping_discount, 0) as discount
    from orders
),

totals as (
    select
        file_id,
        order_id,
        cast(price + coalesce(shipping, 0) + coalesce(wrapping, 0) + tax - discount as decimal(18, 4)) as total
    from summed
    where is_tax_on_top
)

select
    summed.merchant_id,
    summed.file_id,
    summed.record_number,
    summed.line_number,
    summed.order_id,
    summed.channel,
    summed.status_raw,
    case
        when summed.status_raw is not null then coalesce(statuses.status, 'other')
    end as status,
    summed.ship_country,
    summed.ship_region,
    summed.ship_postcode_prefix,
    summed.currency_code,
    case
        when summed.is_tax_on_top then cast(summed.price + coalesce(summed.item_tax, 0) as decimal(18, 4))
    end as subtotal_inc_tax_amount,
    case when summed.is_tax_on_top then cast(summed.price as decimal(18, 4)) end as subtotal_ex_tax_amount,
    case when summed.price is not null then cast(summed.tax as decimal(18, 4)) end as tax_amount,
    case
        when summed.is_tax_on_top then cast(summed.shipping + coalesce(summed.shipping_tax, 0) as decimal(18, 4))
    end as shipping_amount,
    case when summed.price is not null then cast(summed.discount as decimal(18, 4)) end as discount_amount,
    totals.total as total_amount,
    case when summed.currency_code = merchants.currency_code then totals.total end as total_merchant_amount,
    'not_checked' as money_basis,
    cast(summed.total_quantity as bigint) as total_quantity,
    case when summed.has_item_status then cast(summed.shipped_quantity as bigint) end as shipped_quantity,
    summed.placed_date,
    summed.placed_at,
    cast(null as varchar) as rejected_rule
from summed
inner join merchants using (merchant_id)
left join totals using (file_id, order_id)
left join statuses
    on lower(replace(split_part(summed.status_raw, ' - ', 1), ' ', '')) = statuses.status_key
