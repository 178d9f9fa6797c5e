-- description: Orders of a BigCommerce orders export, typed, their money checked against their lines.
-- grain: order of the export
-- key: file_id, order_id
-- load: merge
-- entity: orders
-- columns:
--   merchant_id
--   file_id
--   record_number
--   line_number
--   order_id
--   customer_key
--   customer_id
--   customer_email
--   customer_phone
--   channel
--   payment_method
--   status_raw
--   status
--   ship_country
--   ship_region
--   ship_postcode_prefix
--   currency_code
--   exchange_rate
--   subtotal_inc_tax_amount
--   subtotal_ex_tax_amount
--   tax_amount
--   shipping_amount
--   handling_amount
--   discount_amount
--   gift_certificate_amount
--   store_credit_amount
--   total_amount
--   total_merchant_amount
--   money_difference_amount
--   money_basis
--   total_quantity
--   shipped_quantity
--   is_guest boolean: Placed without a customer account: customer id 0; empty where the export has no Customer ID.
--   is_money_reconciled
--   placed_date
--   shipped_date
--   placed_at
--   attributes
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
        currency_code,
        exchange_rate,
        merchant_rate,
        subtotal_inc_tax_amount,
        subtotal_ex_tax_amount,
        tax_amount,
        item_tax_amount,
        shipping_amount,
        handling_amount,
        discount_amount,
        gift_certificate_amount,
        store_credit_amount,
        total_amount,
        total_quantity,
        shipped_quantity,
        placed_date,
        shipped_date,
        placed_at
    from changed.staging_bigcommerce__order_records
),

texts as (
    select
        file_id,
        record_number,
        customer_id,
        coalesce(customer_email, billing_email) as customer_email,
        customer_phone,
        coalesce(trim(channel_name), trim(order_source)) as channel,
        trim(payment_method) as payment_method,
        trim(order_status) as status_raw,
        lower(trim(order_status)) as status_key,
        trim(shipping_country) as ship_country,
        trim(shipping_state) as ship_region,
        shipping_zip as ship_postcode_prefix,
        attributes
    from changed.bigcommerce__orders
),

files as (
    select
        file_id,
        list_contains(
            list_transform(cast(header as varchar[]), lambda name: lower(trim(name))), 'customer id'
        ) as has_customer_id
    from raw.files
),

lines as (
    select
        file_id,
        order_id,
        sum(line_total_amount) as total,
        sum(quantity) as units,
        bool_and(
            abs(quantity * cast(unit_price_amount as double) - cast(line_total_amount as double))
            < 0.01 * greatest(quantity, 1) + 0.000001
        ) as is_each_consistent
    from changed.staging_bigcommerce__order_lines
    group by file_id, order_id
),

-- The export writes sentence case, the interface Title Case, and a merchant may rename any of them.
statuses as (
    select *
    from (
        values
        ('incomplete', 'incomplete'),
        ('pending', 'pending'),
        ('awaiting payment', 'awaiting_payment'),
        ('awaiting fulfillment', 'awaiting_fulfillment'),
        ('awaiting fulfilment', 'awaiting_fulfillment'),
        ('awaiting shipment', 'awaiting_shipment'),
        ('awaiting pickup', 'awaiting_pickup'),
        ('partially shipped', 'partially_shipped'),
        ('shipped', 'shipped'),
        ('completed', 'completed'),
        ('partially refunded', 'partially_refunded'),
        ('refunded', 'refunded'),
        ('cancelled', 'cancelled'),
        ('canceled', 'cancelled'),
        ('declined', 'declined'),
        ('manual verification required', 'manual_verification'),
        ('disputed', 'disputed')
    ) as known (status_key, status)
),

differences as (
    select
        records.file_id,
        records.record_number,
        lines.is_each_consistent,
        0.01 * lines.units as tolerance,
        lines.total - records.subtotal_inc_tax_amount as from_inc_tax,
        lines.total - records.subtotal_ex_tax_amount as from_ex_tax,
        records.tax_amount,
        records.item_tax_amount,
        records.discount_amount
    from records
    inner join lines using (file_id, order_id)
),

-- Tax explains a difference where lines without it meet a subtotal with it, or the other way round; coupons where
-- one side is before and the other behind them.
bases as (
    select
        file_id,
        record_number,
        case
            when from_ex_tax is null or abs(from_inc_tax) <= abs(from_ex_tax) then from_inc_tax
            else from_ex_tax
        end as difference,
        case
            when coalesce(from_inc_tax, from_ex_tax) is null then 'not_checked'
            when not is_each_consistent then 'not_reconciled'
            when abs(from_inc_tax) <= tolerance then 'inc_tax'
            when abs(from_ex_tax) <= tolerance then 'ex_tax'
            when abs(from_inc_tax + tax_amount) <= tolerance
                or abs(from_inc_tax + item_tax_amount) <= tolerance
                or abs(from_ex_tax - tax_amount) <= tolerance
                or abs(from_ex_tax - item_tax_amount) <= tolerance
                then 'tax_booked'
            when abs(abs(from_inc_tax) - discount_amount) <= tolerance
                or abs(abs(from_ex_tax) - discount_amount) <= tolerance
                then 'discount_booked'
            else 'not_reconciled'
        end as basis
    from differences
)

select
    records.merchant_id,
    records.file_id,
    records.record_number,
    records.line_number,
    records.order_id,
    coalesce(texts.customer_email, texts.customer_id, texts.customer_phone) as customer_key,
    texts.customer_id,
    texts.customer_email,
    texts.customer_phone,
    texts.channel,
    texts.payment_method,
    texts.status_raw,
    case when texts.status_raw is not null then coalesce(statuses.status, 'other') end as status,
    texts.ship_country,
    texts.ship_region,
    texts.ship_postcode_prefix,
    records.currency_code,
    records.exchange_rate,
    records.subtotal_inc_tax_amount,
    records.subtotal_ex_tax_amount,
    records.tax_amount,
    records.shipping_amount,
    records.handling_amount,
    records.discount_amount,
    records.gift_certificate_amount,
    records.store_credit_amount,
    records.total_amount,
    case
        when records.merchant_rate = 1 then records.total_amount
        else cast(records.total_amount / records.merchant_rate as decimal(18, 4))
    end as total_merchant_amount,
    cast(bases.difference as decimal(18, 4)) as money_difference_amount,
    coalesce(bases.basis, 'not_checked') as money_basis,
    records.total_quantity,
    records.shipped_quantity,
    case when files.has_customer_id then texts.customer_id is null end as is_guest,
    case when bases.basis <> 'not_checked' then bases.basis <> 'not_reconciled' end as is_money_reconciled,
    records.placed_date,
    records.shipped_date,
    records.placed_at,
    texts.attributes,
    cast(null as varchar) as rejected_rule
from records
inner join texts using (file_id, record_number)
inner join files using (file_id)
left join statuses using (status_key)
left join bases using (file_id, record_number)
