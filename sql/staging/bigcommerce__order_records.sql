-- description: Orders of a BigCommerce orders export, judged, with typed numbers and dates. Lines, orders and refunds
--   are made from the records that are kept here, so that a rejected order leaves none of them.
-- grain: record that tells an order: each record of the export, in rows mode the first row of each order
-- key: file_id, record_number
-- load: merge
-- columns:
--   merchant_id
--   file_id
--   record_number
--   line_number
--   last_record_number bigint: Last record of the order: the record itself, or in rows mode the order's last row.
--   order_id
--   currency_code
--   exchange_rate
--   merchant_rate decimal(20,10): Rate by which amounts are divided for the merchant's currency: 1 where the order is in it; empty where the export's rate is missing, 0, or 1 beside another currency.
--   subtotal_inc_tax_amount
--   subtotal_ex_tax_amount
--   tax_amount
--   item_tax_amount decimal(18,4): Tax of the order less the tax on shipping and handling, in the order's currency.
--   shipping_amount
--   handling_amount
--   discount_amount decimal(18,4): Value of coupons, positive, in the order's currency.
--   gift_certificate_amount
--   store_credit_amount
--   total_amount
--   refund_amount decimal(18,4): Sum refunded on the order so far, in the order's currency.
--   total_quantity
--   shipped_quantity
--   placed_date
--   shipped_date
--   placed_at
-- rejects:
--   order_id_number (order_id): a whole number in every record, in rows mode in the first row of every order | give the record its Order ID and load the file again
--   order_repeated (order_id): each order once in a file; the last one is kept | export without joining files by hand
--   order_date_readable (order_date): a date in the file's format, with a four-digit year | correct the date and load the file again
--   order_time_readable (order_time): a time such as 17:05, 17:05:30 or 5:05 PM | correct the time and load the file again
--   date_shipped_readable (date_shipped): a date in the file's format, or nothing | correct the date and load the file again
--   subtotal_inc_tax_number (subtotal_inc_tax): a number such as 1299.00 | correct the number and load the file again
--   subtotal_ex_tax_number (subtotal_ex_tax): a number such as 1299.00 | correct the number and load the file again
--   tax_total_number (tax_total): a number such as 12.50 | correct the number and load the file again
--   shipping_cost_inc_tax_number (shipping_cost_inc_tax): a number such as 12.50 | correct the number and load the file again
--   shipping_cost_ex_tax_number (shipping_cost_ex_tax): a number such as 12.50 | correct the number and load the file again
--   handling_cost_inc_tax_number (handling_cost_inc_tax): a number such as 2.50 | correct the number and load the file again
--   handling_cost_ex_tax_number (handling_cost_ex_tax): a number such as 2.50 | correct the number and load the file again
--   order_total_inc_tax_number (order_total_inc_tax): a number such as 1299.00 | correct the number and load the file again
--   store_credit_redeemed_number (store_credit_redeemed): a number such as 5.00 | correct the number and load the file again
--   gift_certificate_amount_redeemed_number (gift_certificate_amount_redeemed): a number such as 5.00 | correct the number and load the file again
--   coupon_value_number (coupon_value): a number such as 5.00 | correct the number and load the file again
--   refund_amount_number (refund_amount): a number of 0 or more such as 34.9000 | correct the number and load the file again
--   exchange_rate_number (exchange_rate): a number such as 1.0000000000 | correct the number and load the file again
--   total_quantity_number (total_quantity): a whole number of 0 or more | correct the number and load the file again
--   total_shipped_number (total_shipped): a whole number of 0 or more | correct the number and load the file again
-- checks:
--   not_null: order_id
--   not_null: placed_date
with records as (
    select
        merchant_id,
        file_id,
        record_number,
        line_number,
        trim(order_id) as order_id,
        translate(trim(order_date), '-.T', '// ') as order_date_text,
        order_time,
        date_shipped,
        split_part(translate(trim(date_shipped), '-.T', '// '), ' ', 1) as date_shipped_text,
        order_currency_code,
        exchange_rate,
        subtotal_inc_tax as text_subtotal_inc_tax,
        subtotal_ex_tax as text_subtotal_ex_tax,
        tax_total as text_tax_total,
        shipping_cost_inc_tax as text_shipping_cost_inc_tax,
        shipping_cost_ex_tax as text_shipping_cost_ex_tax,
        handling_cost_inc_tax as text_handling_cost_inc_tax,
        handling_cost_ex_tax as text_handling_cost_ex_tax,
        order_total_inc_tax as text_order_total_inc_tax,
        store_credit_redeemed as text_store_credit_redeemed,
        gift_certificate_amount_redeemed as text_gift_certificate_amount_redeemed,
        coupon_value as text_coupon_value,
        refund_amount as text_refund_amount,
        total_quantity as text_total_quantity,
        total_shipped as text_total_shipped
    from changed.bigcommerce__orders
),

-- A file without a format has dates that read the same day-first and month-first.
files as (
    select file_id, coalesce(date_format, 'dmy') as date_format
    from raw.files
),

rows_mode_files as (
    select distinct file_id
    from changed.bigcommerce__orders
    where product_details is null and coalesce(product_id, product_qty, product_name) is not null
),

merchants as (
    select merchant_id, timezone, currency_code
    from core.merchants
),

ids as (
    select
        orders.file_id,
        orders.record_number,
        trim(orders.order_id) as order_id,
        rows_mode_files.file_id is not null as is_rows_mode
    from changed.bigcommerce__orders as orders
    left join rows_mode_files using (file_id)
),

-- Rows mode: the id is blank or repeated on an order's later rows, which follow the first.
filled as (
    select
        file_id,
        record_number,
        last_value(order_id ignore nulls) over (partition by file_id order by record_number) as order_id
    from ids
    where is_rows_mode
),

opened as (
    select
        file_id,
        record_number,
        order_id is null
        or order_id is distinct from lag(order_id) over (partition by file_id order by record_number) as is_first
    from filled
),

placed_in_order as (
    select
        file_id,
        record_number,
        max(case when is_first then record_number end) over (
            partition by file_id order by record_number
        ) as first_record_number
    from opened
),

row_spans as (
    select file_id, first_record_number as record_number, max(record_number) as last_record_number
    from placed_in_order
    group by file_id, first_record_number
),

repeated as (
    select ids.file_id, ids.order_id, max(ids.record_number) as kept_record_number
    from ids
    left join row_spans using (file_id, record_number)
    where not ids.is_rows_mode or row_spans.record_number is not null
    group by ids.file_id, ids.order_id
    having count(*) > 1
),

-- Thousands separators are taken out only where the text is no number without that.
numbers as (
    select
        *,
        coalesce(
            try_cast(columns('^text_(.+)$') as decimal(18, 4)),
            try_cast(regexp_replace(columns('^text_(.+)$'), ',(\d{3})\b', '\1', 'g') as decimal(18, 4))
        ) as '\1'
    from records
),

typed as (
    select
        numbers.*,
        coalesce(row_spans.last_record_number, numbers.record_number) as last_record_number,
        case
            when regexp_full_match(numbers.order_id, '\d{1,18}')
                then cast(cast(numbers.order_id as bigint) as varchar)
        end as order_number,
        repeated.kept_record_number,
        merchants.timezone,
        merchants.currency_code as merchant_currency_code,
        upper(trim(numbers.order_currency_code)) as currency_code,
        try_cast(numbers.exchange_rate as decimal(20, 10)) as rate,
        case files.date_format
            when 'dmy' then try_strptime(split_part(numbers.order_date_text, ' ', 1), '%d/%m/%Y')
            when 'mdy' then try_strptime(split_part(numbers.order_date_text, ' ', 1), '%m/%d/%Y')
            else try_strptime(split_part(numbers.order_date_text, ' ', 1), '%Y/%m/%d')
        end as placed,
        case files.date_format
            when 'dmy' then try_strptime(numbers.date_shipped_text, '%d/%m/%Y')
            when 'mdy' then try_strptime(numbers.date_shipped_text, '%m/%d/%Y')
            else try_strptime(numbers.date_shipped_text, '%Y/%m/%d')
        end as shipped,
        coalesce(
            nullif(substr(numbers.order_date_text, position(' ' in numbers.order_date_text || ' ') + 1), ''),
            trim(numbers.order_time)
        ) as time_text
    from numbers
    inner join files using (file_id)
    inner join merchants using (merchant_id)
    left join rows_mode_files using (file_id)
    left join row_spans using (file_id, record_number)
    left join repeated
        on numbers.file_id = repeated.file_id
        and numbers.order_id = repeated.order_id
    where rows_mode_files.file_id is null or row_spans.record_number is not null
),

timed as (
    select
        *,
        placed between timestamp '1990-01-01' and timestamp '2200-01-01' as is_placed_plausible,
        shipped between timestamp '1990-01-01' and timestamp '2200-01-01' as is_shipped_plausible,
        try_strptime(time_text, ['%H:%M:%S', '%H:%M', '%I:%M:%S %p', '%I:%M %p', '%I:%M%p']) as time_of_day
    from typed
)

-- The store's clock ignores daylight saving: the zone's standard offset, the larger of winter's and summer's way to
-- UTC, holds all year.
select
    merchant_id,
    file_id,
    record_number,
    line_number,
    last_record_number,
    order_number as order_id,
    currency_code,
    rate as exchange_rate,
    case
        when currency_code = merchant_currency_code then 1
        when rate > 0 and rate <> 1 and currency_code is not null then rate
    end as merchant_rate,
    subtotal_inc_tax as subtotal_inc_tax_amount,
    subtotal_ex_tax as subtotal_ex_tax_amount,
    tax_total as tax_amount,
    cast(
        tax_total
        - coalesce(shipping_cost_inc_tax - shipping_cost_ex_tax, 0)
        - coalesce(handling_cost_inc_tax - handling_cost_ex_tax, 0) as decimal(18, 4)
    ) as item_tax_amount,
    shipping_cost_inc_tax as shipping_amount,
    handling_cost_inc_tax as handling_amount,
    abs(coupon_value) as discount_amount,
    gift_certificate_amount_redeemed as gift_certificate_amount,
    store_credit_redeemed as store_credit_amount,
    order_total_inc_tax as total_amount,
    refund_amount,
    cast(total_quantity as bigint) as total_quantity,
    cast(total_shipped as bigint) as shipped_quantity,
    cast(placed as date) as placed_date,
    cast(shipped as date) as shipped_date,
    case
        when time_of_day is not null
            then placed + (time_of_day - date_trunc('day', time_of_day)) + greatest(
                timezone('UTC', timezone(timezone, date_trunc('year', placed))) - date_trunc('year', placed),
                timezone('UTC', timezone(timezone, date_trunc('year', placed) + interval 6 months))
                - (date_trunc('year', placed) + interval 6 months)
            )
    end as placed_at,
    case
        when order_number is null then 'order_id_number'
        when record_number < kept_record_number then 'order_repeated'
        when is_placed_plausible is distinct from true then 'order_date_readable'
        when time_text is not null and time_of_day is null then 'order_time_readable'
        when date_shipped is not null and is_shipped_plausible is distinct from true then 'date_shipped_readable'
        when text_subtotal_inc_tax is not null and subtotal_inc_tax is null then 'subtotal_inc_tax_number'
        when text_subtotal_ex_tax is not null and subtotal_ex_tax is null then 'subtotal_ex_tax_number'
        when text_tax_total is not null and tax_total is null then 'tax_total_number'
        when text_shipping_cost_inc_tax is not null and shipping_cost_inc_tax is null then 'shipping_cost_inc_tax_number'
        when text_shipping_cost_ex_tax is not null and shipping_cost_ex_tax is null then 'shipping_cost_ex_tax_number'
        when text_handling_cost_inc_tax is not null and handling_cost_inc_tax is null then 'handling_cost_inc_tax_number'
        when text_handling_cost_ex_tax is not null and handling_cost_ex_tax is null then 'handling_cost_ex_tax_number'
        when text_order_total_inc_tax is not null and order_total_inc_tax is null then 'order_total_inc_tax_number'
        when text_store_credit_redeemed is not null and store_credit_redeemed is null then 'store_credit_redeemed_number'
        when text_gift_certificate_amount_redeemed is not null and gift_certificate_amount_redeemed is null then 'gift_certificate_amount_redeemed_number'
        when text_coupon_value is not null and coupon_value is null then 'coupon_value_number'
        when text_refund_amount is not null and coalesce(refund_amount, -1) < 0 then 'refund_amount_number'
        when exchange_rate is not null and rate is null then 'exchange_rate_number'
        when text_total_quantity is not null and (coalesce(total_quantity, -1) < 0 or total_quantity % 1 <> 0)
            then 'total_quantity_number'
        when text_total_shipped is not null and (coalesce(total_shipped, -1) < 0 or total_shipped % 1 <> 0)
            then 'total_shipped_number'
    end as rejected_rule
from timed
