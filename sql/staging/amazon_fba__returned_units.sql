-- description: Units of Amazon's FBA returns report, judged and typed: customers' returns and parcels that could not be
--   delivered are made from the rows that are kept here.
-- grain: record of the report: a unit that came back
-- key: file_id, record_number
-- load: merge
-- columns:
--   merchant_id
--   file_id
--   record_number
--   line_number
--   unit_id varchar: Order and license plate number, else order, SKU, return date and position among such rows of the file.
--   order_id
--   product_id
--   sku
--   product_name
--   reason_raw
--   comment
--   disposition varchar: State in which Amazon found the unit, as the report writes it.
--   status_raw
--   quantity
--   received_at
--   is_undelivered boolean: The parcel never arrived: the reason begins with UNDELIVERABLE.
--   attributes
-- rejects:
--   order_id_missing (order_id): an order number in every record | download the report again
--   return_date_readable (return_date): a day in the file's format, or a time with its offset such as 2025-06-05T15:31:40+00:00 | correct the date and load the file again
--   quantity_whole (quantity): a whole number of 1 or more | correct the quantity and load the file again
-- checks:
--   not_null: unit_id
--   not_null: order_id
--   not_null: received_at
with units as (
    select
        merchant_id,
        file_id,
        record_number,
        line_number,
        coalesce(trim(order_id), trim(amazon_order_id)) as order_id,
        trim(asin) as product_id,
        trim(sku) as sku,
        trim(product_name) as product_name,
        trim(reason) as reason_raw,
        customer_comments as comment,
        trim(detailed_disposition) as disposition,
        trim(status) as status_raw,
        trim(license_plate_number) as plate,
        trim(return_date) as date_text,
        translate(trim(return_date), '/.', '--') as day_text,
        trim(quantity) as quantity_text,
        attributes
    from changed.amazon__fba_returns
),

files as (
    select file_id, coalesce(date_format, 'dmy') as date_format
    from raw.files
),

merchants as (
    select merchant_id, timezone
    from core.merchants
),

-- A day without a time counts from its first moment in the merchant's zone.
timed as (
    select
        units.*,
        merchants.timezone,
        case
            when regexp_full_match(
                units.date_text, '\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d+)? ?(Z|[+-]\d{2}:?\d{2})'
            )
                then timezone('UTC', try_cast(replace(units.date_text, ' ', '') as timestamptz))
            when length(units.date_text) <= 10
                then timezone(
                    'UTC', timezone(
                        merchants.timezone, case files.date_format
                            when 'dmy' then try_strptime(units.day_text, '%d-%m-%Y')
                            when 'mdy' then try_strptime(units.day_text, '%m-%d-%Y')
                            else try_strptime(units.day_text, '%Y-%m-%d')
                        end
                    )
                )
        end as received_at,
        case
            when regexp_full_match(units.quantity_text, '0*[1-9]\d{0,8}') then cast(units.quantity_text as bigint)
        end as quantity
    from units
    inner join files using (file_id)
    inner join merchants using (merchant_id)
),

-- Units of one order, SKU and time without license plate are told apart by their place alone.
placed as (
    select
        *,
        if(
            length(date_text) <= 10, cast(cast(timezone(timezone, timezone('UTC', received_at)) as date) as varchar),
            cast(received_at as varchar)
        ) as received_text,
        row_number() over (
            partition by file_id, order_id, sku, received_at, plate is null order by record_number
        ) as place
    from timed
)

select
    merchant_id,
    file_id,
    record_number,
    line_number,
    case
        when plate is not null then concat_ws('/', order_id, plate)
        else concat_ws('/', order_id, sku, received_text, cast(place as varchar))
    end as unit_id,
    order_id,
    product_id,
    sku,
    product_name,
    reason_raw,
    comment,
    disposition,
    status_raw,
    quantity,
    received_at,
    starts_with(upper(coalesce(reason_raw, '')), 'UNDELIVERABLE') as is_undelivered,
    attributes,
    case
        when order_id is null then 'order_id_missing'
        when (received_at between timestamp '1990-01-01' and timestamp '2200-01-01') is distinct from true
            then 'return_date_readable'
        when quantity is null then 'quantity_whole'
    end as rejected_rule
from placed
