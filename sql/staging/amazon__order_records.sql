-- description: Records of Amazon's all-orders report, judged and typed. Orders and lines are made from those that are kept
--   here; a record that cannot be read takes its order with it, so that no order loses a line.
-- grain: record of the report: a line of an order
-- key: file_id, record_number
-- load: merge
-- columns:
--   merchant_id
--   file_id
--   record_number
--   line_number
--   order_id
--   is_tax_on_top boolean: The marketplace adds tax to the prices; empty where the report does not tell.
--   currency_code
--   item_price_amount decimal(18,4): Price of the line's units together, in the order's currency.
--   item_tax_amount decimal(18,4): Tax of the line, in the order's currency.
--   shipping_price_amount decimal(18,4): Shipping of the line, in the order's currency.
--   shipping_tax_amount decimal(18,4): Tax on that shipping, in the order's currency.
--   gift_wrap_price_amount decimal(18,4): Gift wrapping of the line, in the order's currency.
--   gift_wrap_tax_amount decimal(18,4): Tax on that wrapping, in the order's currency.
--   item_promotion_discount_amount decimal(18,4): Promotions on the line, positive, in the order's currency.
--   ship_promotion_discount_amount decimal(18,4): Promotions on its shipping, positive, in the order's currency.
--   quantity
--   placed_date
--   placed_at
-- rejects:
--   order_id_missing (amazon_order_id): an order number in every record | download the report again
--   purchase_date_readable (purchase_date): a time with its offset such as 2025-05-20T08:04:21+00:00 | correct the date and load the file again
--   quantity_whole (quantity): a whole number of 0 or more | correct the quantity and load the file again
--   item_price_number (item_price): a number such as 49.99, or nothing | correct the number and load the file again
--   item_tax_number (item_tax): a number such as 4.12, or nothing | correct the number and load the file again
--   shipping_price_number (shipping_price): a number such as 4.99, or nothing | correct the number and load the file again
--   shipping_tax_number (shipping_tax): a number such as 0.41, or nothing | correct the number and load the file again
--   gift_wrap_price_number (gift_wrap_price): a number such as 3.99, or nothing | correct the number and load the file again
--   gift_wrap_tax_number (gift_wrap_tax): a number such as 0.33, or nothing | correct the number and load the file again
--   item_promotion_discount_number (item_promotion_discount): a number such as 5.00, or nothing | correct the number and load the file again
--   ship_promotion_discount_number (ship_promotion_discount): a number such as 4.99, or nothing | correct the number and load the file again
--   order_record_rejected (amazon_order_id): an order of which every record can be read | correct the order's other record and load the file again
-- checks:
--   not_null: order_id
--   not_null: placed_date
with records as (
    select
        merchant_id,
        file_id,
        record_number,
        line_number,
        trim(amazon_order_id) as order_id,
        lower(trim(sales_channel)) as channel_key,
        upper(trim(currency)) as currency_code,
        trim(purchase_date) as date_text,
        trim(quantity) as quantity_text,
        trim(item_price) as text_item_price,
        trim(item_tax) as text_item_tax,
        trim(shipping_price) as text_shipping_price,
        trim(shipping_tax) as text_shipping_tax,
        trim(gift_wrap_price) as text_gift_wrap_price,
        trim(gift_wrap_tax) as text_gift_wrap_tax,
        trim(item_promotion_discount) as text_item_promotion_discount,
        trim(ship_promotion_discount) as text_ship_promotion_discount
    from changed.amazon__orders
),

merchants as (
    select merchant_id, timezone
    from core.merchants
),

typed as (
    select
        records.*,
        merchants.timezone,
        try_cast(columns('^text_(.+)$') as decimal(18, 4)) as '\1',
        case when regexp_full_match(records.quantity_text, '\d{1,9}') then cast(records.quantity_text as bigint) end as quantity,
        case
            when regexp_full_match(
                records.date_text, '\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d+)? ?(Z|[+-]\d{2}:?\d{2})'
            )
                then timezone('UTC', try_cast(records.date_text as timestamptz))
        end as placed_at
    from records
    inner join merchants using (merchant_id)
),

judged as (
    select
        *,
        case
            when order_id is null then 'order_id_missing'
            when (placed_at between timestamp '1990-01-01' and timestamp '2200-01-01') is distinct from true
                then 'purchase_date_readable'
            when quantity is null then 'quantity_whole'
            when text_item_price is not null and item_price is null then 'item_price_number'
            when text_item_tax is not null and item_tax is null then 'item_tax_number'
            when text_shipping_price is not null and shipping_price is null then 'shipping_price_number'
            when text_shipping_tax is not null and shipping_tax is null then 'shipping_tax_number'
            when text_gift_wrap_price is not null and gift_wrap_price is null then 'gift_wrap_price_number'
            when text_gift_wrap_tax is not null and gift_wrap_tax is null then 'gift_wrap_tax_number'
            when text_item_promotion_discount is not null and item_promotion_discount is null
                then 'item_promotion_discount_number'
            when text_ship_promotion_discount is not null and ship_promotion_discount is null
                then 'ship_promotion_discount_number'
        end as own_rule
    from typed
),

whole as (
    select
        *,
        count(own_rule) over (partition by file_id, order_id) as rejected_count,
        sum(coalesce(abs(item_tax), 0) + coalesce(abs(shipping_tax), 0) + coalesce(abs(gift_wrap_tax), 0)) over (
            partition by file_id, order_id
        ) as order_tax
    from judged
)

select
    merchant_id,
    file_id,
    record_number,
    line_number,
    order_id,
    case when channel_key in ('amazon.com', 'amazon.ca') or order_tax = 0 then true end as is_tax_on_top,
    currency_code,
    item_price as item_price_amount,
    item_tax as item_tax_amount,
    shipping_price as shipping_price_amount,
    shipping_tax as shipping_tax_amount,
    gift_wrap_price as gift_wrap_price_amount,
    gift_wrap_tax as gift_wrap_tax_amount,
    cast(abs(item_promotion_discount) as decimal(18, 4)) as item_promotion_discount_amount,
    cast(abs(ship_promotion_discount) as decimal(18, 4)) as ship_promotion_discount_amount,
    quantity,
    cast(timezone(timezone, timezone('UTC', placed_at)) as date) as placed_date,
    placed_at,
    coalesce(own_rule, case when rejected_count > 0 then 'order_record_rejected' end) as rejected_rule
from whole
