-- description: Records of a Shopify orders export, judged and typed. Orders, lines and refunds are made from those that are
--   kept here; a record that cannot be read takes its order with it, so that no order loses a line.
-- grain: record of the export: a line of an order
-- key: file_id, record_number
-- load: merge
-- columns:
--   merchant_id
--   file_id
--   record_number
--   line_number
--   order_id
--   line_position bigint: Place among the order's records, from 1.
--   line_quantity bigint: Units of the line; empty where the record has no line.
--   unit_price_amount
--   line_discount_amount decimal(18,4): Discount on the line, positive, in the order's currency.
--   subtotal_amount decimal(18,4): Sum of the lines less discounts, with or without tax, on the order's first record.
--   shipping_amount
--   tax_amount
--   duty_amount decimal(18,4): Import duties, in the order's currency.
--   total_amount
--   discount_amount
--   refund_amount decimal(18,4): Sum refunded on the order so far, in the order's currency.
--   created_at timestamp: When the order was placed (UTC).
--   fulfilled_at timestamp: When it was shipped (UTC).
--   cancelled_at
-- rejects:
--   name_missing (name): the order's name in every record | give the record the Name of its order and load the file again
--   order_repeated (name): each order once in a file; the last one is kept | export without joining files by hand
--   created_at_readable (created_at): a time with its offset such as 2026-06-08 23:02:14 +1000, once an order | correct the time and load the file again
--   fulfilled_at_readable (fulfilled_at): a time with its offset such as 2026-06-08 23:02:14 +1000, or nothing | correct the time and load the file again
--   cancelled_at_readable (cancelled_at): a time with its offset such as 2026-06-08 23:02:14 +1000, or nothing | correct the time and load the file again
--   lineitem_quantity_whole (lineitem_quantity): a whole number of 0 or more with every line | correct the quantity and load the file again
--   lineitem_price_number (lineitem_price): a number such as 29.95, or nothing | correct the number and load the file again
--   lineitem_discount_number (lineitem_discount): a number such as 5.00, or nothing | correct the number and load the file again
--   subtotal_number (subtotal): a number such as 79.90, or nothing | correct the number and load the file again
--   shipping_number (shipping): a number such as 9.95, or nothing | correct the number and load the file again
--   taxes_number (taxes): a number such as 8.17, or nothing | correct the number and load the file again
--   duties_number (duties): a number such as 8.17, or nothing | correct the number and load the file again
--   total_number (total): a number such as 89.85, or nothing | correct the number and load the file again
--   discount_amount_number (discount_amount): a number such as 5.00, or nothing | correct the number and load the file again
--   refunded_amount_number (refunded_amount): a number of 0 or more such as 29.95, or nothing | correct the number and load the file again
--   order_record_rejected (name): an order of which every record can be read | correct the order's other record and load the file again
-- checks:
--   not_null: order_id
with records as (
    select
        merchant_id,
        file_id,
        record_number,
        line_number,
        nullif(trim(name), '') as order_id,
        coalesce(id, financial_status, total) is not null as is_first,
        coalesce(lineitem_name, lineitem_sku, lineitem_quantity, lineitem_price) is not null as has_line,
        trim(lineitem_quantity) as quantity_text,
        trim(created_at) as time_created,
        trim(fulfilled_at) as time_fulfilled,
        coalesce(trim(cancelled_at), trim(canceled_at)) as time_cancelled,
        trim(lineitem_price) as text_lineitem_price,
        trim(lineitem_discount) as text_lineitem_discount,
        trim(subtotal) as text_subtotal,
        trim(shipping) as text_shipping,
        trim(taxes) as text_taxes,
        trim(duties) as text_duties,
        trim(total) as text_total,
        trim(discount_amount) as text_discount_amount,
        trim(refunded_amount) as text_refunded_amount
    from changed.shopify__orders
),

-- The offset may stand apart, which a cast does not read.
typed as (
    select
        *,
        try_cast(columns('^text_(.+)$') as decimal(18, 4)) as '\1',
        case
            when regexp_full_match(
                columns('^time_(.+)$'), '\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d+)? ?(Z|UTC|[+-]\d{2}:?\d{2})'
            )
                then timezone(
                    'UTC',
                    try_cast(
                        regexp_replace(replace(columns('^time_(.+)$'), 'UTC', 'Z'), ' (Z|[+-]\d{2}:?\d{2})$', '\1')
                        as timestamptz
                    )
                )
        end as '\1_at',
        case when regexp_full_match(quantity_text, '\d{1,9}') then cast(quantity_text as bigint) end as line_quantity,
        max(case when is_first then record_number end) over (partition by file_id, order_id) as last_first_number
    from records
),

judged as (
    select
        *,
        record_number < last_first_number as is_repeated,
        case
            when order_id is null then 'name_missing'
            when record_number < last_first_number then 'order_repeated'
            when time_created is not null and created_at is null then 'created_at_readable'
            when time_fulfilled is not null and fulfilled_at is null then 'fulfilled_at_readable'
            when time_cancelled is not null and cancelled_at is null then 'cancelled_at_readable'
            when has_line and line_quantity is null then 'lineitem_quantity_whole'
            when text_lineitem_price is not null and lineitem_price is null then 'lineitem_price_number'
            when text_lineitem_discount is not null and lineitem_discount is null then 'lineitem_discount_number'
            when text_subtotal is not null and subtotal is null then 'subtotal_number'
            when text_shipping is not null and shipping is null then 'shipping_number'
            when text_taxes is not null and taxes is null then 'taxes_number'
            when text_duties is not null and duties is null then 'duties_number'
            when text_total is not null and total is null then 'total_number'
            when text_discount_amount is not null and discount_amount is null then 'discount_amount_number'
            when text_refunded_amount is not null and coalesce(refunded_amount, -1) < 0 then 'refunded_amount_number'
        end as own_rule
    from typed
),

whole as (
    select
        *,
        count(own_rule) over (partition by file_id, order_id, is_repeated) as rejected_count,
        count(created_at) over (partition by file_id, order_id, is_repeated) as dated_count,
        row_number() over (partition by file_id, order_id, is_repeated order by record_number) as line_position
    from judged
)

select
    merchant_id,
    file_id,
    record_number,
    line_number,
    order_id,
    line_position,
    case when has_line then line_quantity end as line_quantity,
    lineitem_price as unit_price_amount,
    cast(abs(lineitem_discount) as decimal(18, 4)) as line_discount_amount,
    subtotal as subtotal_amount,
    shipping as shipping_amount,
    taxes as tax_amount,
    duties as duty_amount,
    total as total_amount,
    cast(abs(discount_amount) as decimal(18, 4)) as discount_amount,
    refunded_amount as refund_amount,
    created_at,
    fulfilled_at,
    cancelled_at,
    coalesce(
        own_rule,
        case
            when rejected_count > 0 then 'order_record_rejected'
            when dated_count = 0 then 'created_at_readable'
        end
    ) as rejected_rule
from whole
