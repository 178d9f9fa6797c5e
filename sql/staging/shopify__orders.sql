-- description: Orders of a Shopify export: each value is the first that the order's records state; money is checked
--   against the lines.
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
--   subtotal_inc_tax_amount
--   subtotal_ex_tax_amount
--   tax_amount
--   shipping_amount
--   discount_amount
--   total_amount
--   total_merchant_amount
--   money_difference_amount
--   money_basis
--   total_quantity
--   shipped_quantity
--   is_money_reconciled
--   placed_date
--   shipped_date
--   placed_at
--   cancelled_at
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
        line_quantity,
        unit_price_amount,
        line_discount_amount,
        subtotal_amount,
        shipping_amount,
        tax_amount,
        duty_amount,
        total_amount,
        discount_amount,
        created_at,
        fulfilled_at,
        cancelled_at
    from changed.staging_shopify__order_records
),

texts as (
    select
        file_id,
        record_number,
        email,
        coalesce(phone, billing_phone) as phone,
        nullif(trim(source), '') as channel,
        nullif(trim(payment_method), '') as payment_method,
        lower(trim(financial_status)) as financial_status,
        lower(trim(fulfillment_status)) as fulfillment_status,
        lower(trim(lineitem_fulfillment_status)) as line_status,
        nullif(trim(shipping_country), '') as ship_country,
        nullif(trim(shipping_province), '') as ship_region,
        nullif(shipping_zip, '') as ship_postcode_prefix,
        upper(trim(currency)) as currency_code,
        trim(id) as shop_id,
        nullif(trim(discount_code), '') as discount_code,
        try_cast(trim(accepts_marketing) as boolean) as accepts_marketing
    from changed.shopify__orders
),

merchants as (
    select merchant_id, timezone, currency_code
    from core.merchants
),

orders as (
    select
        records.merchant_id,
        records.file_id,
        min(records.record_number) as record_number,
        min(records.line_number) as line_number,
        records.order_id,
        arg_min(texts.email, records.record_number) as customer_email,
        arg_min(texts.phone, records.record_number) as customer_phone,
        arg_min(texts.channel, records.record_number) as channel,
        arg_min(texts.payment_method, records.record_number) as payment_method,
        arg_min(texts.financial_status, records.record_number) as financial_status,
        arg_min(texts.fulfillment_status, records.record_number) as fulfillment_status,
        arg_min(texts.ship_country, records.record_number) as ship_country,
        arg_min(texts.ship_region, records.record_number) as ship_region,
        arg_min(texts.ship_postcode_prefix, records.record_number) as ship_postcode_prefix,
        arg_min(texts.currency_code, records.record_number) as currency_code,
        arg_min(texts.shop_id, records.record_number) as shop_id,
        arg_min(texts.discount_code, records.record_number) as discount_code,
        arg_min(texts.accepts_marketing, records.record_number) as accepts_marketing,
        arg_min(records.subtotal_amount, records.record_number) as subtotal_amount,
        arg_min(records.shipping_amount, records.record_number) as shipping_amount,
        arg_min(records.tax_amount, records.record_number) as tax_amount,
        arg_min(records.duty_amount, records.record_number) as duty_amount,
        arg_min(records.total_amount, records.record_number) as total_amount,
        arg_min(records.discount_amount, records.record_number) as discount_amount,
        arg_min(records.created_at, records.record_number) as placed_at,
        arg_min(records.fulfilled_at, records.record_number) as fulfilled_at,
        arg_min(records.cancelled_at, records.record_number) as cancelled_at,
        sum(records.line_quantity) as total_quantity,
        sum(if(texts.line_status = 'fulfilled', records.line_quantity, 0)) as shipped_quantity,
        bool_and(texts.line_status is not null) filter (where records.line_quantity is not null) as has_line_status,
        sum(records.line_quantity * records.unit_price_amount) as line_total,
        sum(records.line_discount_amount) as line_discount
    from records
    inner join texts using (file_id, record_number)
    group by records.merchant_id, records.file_id, records.order_id
),

-- What Total adds to Subtotal and Shipping tells whether tax is in the prices; without tax both hold.
differences as (
    select
        *,
        total_amount - subtotal_amount - coalesce(shipping_amount, 0) - coalesce(duty_amount, 0) as added,
        0.01 * greatest(total_quantity, 1) as tolerance,
        line_total - subtotal_amount as difference,
        greatest(coalesce(discount_amount, 0), coalesce(line_discount, 0)) as explained
    from orders
),

bases as (
    select
        *,
        abs(added) <= 0.01 as is_inc_tax,
        abs(added - tax_amount) <= 0.01 as is_ex_tax
    from differences
),

judged as (
    select
        *,
        case
            when difference is null then 'not_checked'
            when abs(difference) <= tolerance and is_inc_tax then 'inc_tax'
            when abs(difference) <= tolerance and is_ex_tax then 'ex_tax'
            when abs(difference) <= tolerance then 'not_checked'
            when abs(difference - explained) <= tolerance then 'discount_booked'
            else 'not_reconciled'
        end as basis
    from bases
)

select
    judged.merchant_id,
    judged.file_id,
    judged.record_number,
    judged.line_number,
    judged.order_id,
    coalesce(judged.customer_email, judged.customer_phone) as customer_key,
    judged.customer_email,
    judged.customer_phone,
    judged.channel,
    judged.payment_method,
    nullif(concat_ws(' / ', judged.financial_status, judged.fulfillment_status), '') as status_raw,
    case
        when judged.cancelled_at is not null or judged.financial_status = 'voided' then 'cancelled'
        when judged.financial_status in ('refunded', 'partially_refunded') then judged.financial_status
        when judged.fulfillment_status = 'fulfilled' then 'shipped'
        when judged.fulfillment_status = 'partial' then 'partially_shipped'
        when judged.financial_status in ('pending', 'authorized', 'partially_paid', 'expired') then 'awaiting_payment'
        when judged.financial_status = 'paid' and coalesce(judged.fulfillment_status, 'unfulfilled') = 'unfulfilled'
            then 'awaiting_fulfillment'
        else 'other'
    end as status,
    judged.ship_country,
    judged.ship_region,
    judged.ship_postcode_prefix,
    judged.currency_code,
    case when judged.is_inc_tax then judged.subtotal_amount end as subtotal_inc_tax_amount,
    case when judged.is_ex_tax then judged.subtotal_amount end as subtotal_ex_tax_amount,
    judged.tax_amount,
    judged.shipping_amount,
    judged.discount_amount,
    judged.total_amount,
    case when judged.currency_code = merchants.currency_code then judged.total_amount end as total_merchant_amount,
    cast(judged.difference as decimal(18, 4)) as money_difference_amount,
    judged.basis as money_basis,
    cast(judged.total_quantity as bigint) as total_quantity,
    case when judged.has_line_status then cast(judged.shipped_quantity as bigint) end as shipped_quantity,
    case when judged.basis <> 'not_checked' then judged.basis <> 'not_reconciled' end as is_money_reconciled,
    cast(timezone(merchants.timezone, timezone('UTC', judged.placed_at)) as date) as placed_date,
    cast(timezone(merchants.timezone, timezone('UTC', judged.fulfilled_at)) as date) as shipped_date,
    judged.placed_at,
    judged.cancelled_at,
    json_merge_patch(
        json('{}'),
        json_object(
            'Id', judged.shop_id,
            'Discount Code', judged.discount_code,
            'Accepts Marketing', judged.accepts_marketing
        )
    ) as attributes,
    cast(null as varchar) as rejected_rule
from judged
inner join merchants using (merchant_id)
