-- description: Lines of the orders of a BigCommerce orders export. The product cell is read by an anchored grammar;
--   a cell of which any part cannot be read, or whose units differ from Total Quantity, gives no line at all.
-- grain: item of a product cell; in rows mode, row of the export
-- key: file_id, order_id, order_line_id
-- load: merge
-- entity: order_lines
-- columns:
--   merchant_id
--   file_id
--   record_number
--   line_number
--   order_id
--   order_line_id varchar: Position of the line in its order, from 1; the export has no id for it.
--   product_id
--   sku
--   product_name varchar: Product name as it stood on the order, HTML entities decoded, blanks around it cut.
--   product_options
--   currency_code
--   quantity
--   weight
--   unit_price_amount
--   line_total_amount
--   line_total_merchant_amount
--   ordered_date
-- rejects:
--   product_details_grammar (product_details): items of `Product ID: n, Product Qty: n, Product SKU: ..., Product Name: ..., Product Weight: n, Product Variation Details: ..., Product Unit Price: n, Product Total Price: n`, joined by `|` | export with the product fields of the Default template, in its order or that of "all fields"; if a name imitates the cell's own keys, rename the product
--   product_details_quantity (product_details): units that add up to Total Quantity | export the order again; if it stays, compare the order's products with its total in the control panel
--   product_row_grammar (product_qty): product rows with whole Product ID and Product Qty and numbers as weight and prices, in every row of the order | correct the order's rows and load the file again
--   product_row_quantity (product_qty): product rows of an order whose units add up to Total Quantity | export the order again with all its rows
--   order_row_rejected (order_id): a row behind the first row of an order that was accepted | correct the order's first row and load the file again
-- checks:
--   not_null: order_id
--   not_null: quantity
with records as (
    select
        merchant_id,
        file_id,
        record_number,
        line_number,
        last_record_number,
        order_id,
        currency_code,
        merchant_rate,
        total_quantity,
        placed_date
    from changed.staging_bigcommerce__order_records
),

rows_mode_files as (
    select distinct file_id
    from changed.bigcommerce__orders
    where product_details is null and coalesce(product_id, product_qty, product_name) is not null
),

cells as (
    select
        records.file_id,
        records.record_number,
        records.total_quantity,
        string_split('|' || orders.product_details, '|Product ID: ') as pieces
    from records
    inner join changed.bigcommerce__orders as orders using (file_id, record_number)
    where orders.product_details is not null
),

pieces as (
    select
        file_id,
        record_number,
        total_quantity,
        unnest(pieces) as piece,
        generate_subscripts(pieces, 1) - 1 as item_position
    from cells
),

split_pieces as (
    select
        file_id,
        record_number,
        total_quantity,
        item_position,
        string_split(piece, ', Product ') as parts
    from pieces
    where item_position > 0 or piece <> ''
),

-- The short way, for an item in which no text holds a key: cut at every key, it has just the eight parts. There is
-- then no other way to read it, so the anchored expressions below would give the same.
plain_items as (
    select
        file_id,
        record_number,
        total_quantity,
        item_position,
        parts,
        length(parts) = 8
        and starts_with(parts[3], 'SKU: ')
        and starts_with(parts[4], 'Name: ')
        and starts_with(parts[6], 'Variation Details: ')
        and regexp_full_match(
            concat_ws('|', parts[1], parts[2], parts[5], parts[7], parts[8]),
            '\d{1,18}\|Qty: \d{1,18}\|Weight: -?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?'
            || '\|Unit Price: -?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?'
            || '\|Total Price: -?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?'
        ) as is_plain
    from split_pieces
),

plain_lines as (
    select
        file_id,
        record_number,
        total_quantity,
        item_position,
        is_plain,
        case when is_plain then parts[1] end as product_id,
        case when is_plain then cast(substr(parts[2], 6) as bigint) end as quantity,
        case when is_plain then substr(parts[3], 6) end as sku,
        case when is_plain then substr(parts[4], 7) end as product_name,
        case when is_plain then substr(parts[5], 9) end as weight,
        case when is_plain then substr(parts[6], 20) end as product_options,
        case when is_plain then substr(parts[7], 13) end as unit_price,
        case when is_plain then substr(parts[8], 14) end as line_total
    from plain_items
),

second_look as (
    select file_id, record_number
    from plain_lines
    group by file_id, record_number
    having not bool_and(is_plain) or sum(quantity) <> any_value(total_quantity)
),

-- The long way: an item ends at a `|` between one item's total price (with the keys that custom templates put behind
-- it) and the next one's id and quantity.
marked_cells as (
    select
        second_look.file_id,
        second_look.record_number,
        string_split(
            regexp_replace(
                orders.product_details,
                '(, Product Total Price: [0-9.,-]+(?:, (?:Product (?:Unit Cost|Total Cost|Index)'
                || '|Peachtree (?:General Ledger Account|Tax Type)): [^,|]*)*)'
                || '\|(Product ID: \d+, Product Qty: \d+, Product SKU: )',
                '\1' || chr(31) || '\2', 'g'
            ),
            chr(31)
        ) as items
    from second_look
    inner join changed.bigcommerce__orders as orders using (file_id, record_number)
),

marked_items as (
    select
        file_id,
        record_number,
        unnest(items) as item,
        generate_subscripts(items, 1) as item_position
    from marked_cells
),

-- Keys that only custom templates have are taken out where the item cannot be read with them.
default_items as (
    select
        file_id,
        record_number,
        item_position,
        regexp_replace(
            item,
            ', (?:Product (?:Unit Cost|Total Cost|Index)'
            || '|Peachtree (?:General Ledger Account|Tax Type)): [^,|]*', '', 'g'
        ) as bare_item,
        regexp_extract(
            item,
            '(?s)^Product ID: (\d{1,18}), Product Qty: (\d{1,18})'
            || ', Product SKU: (.*?), Product Name: (.*?)'
            || ', Product Weight: (-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?), Product Variation Details: (.*?)'
            || ', Product Unit Price: (-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?)'
            || ', Product Total Price: (-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?)$',
            [
                'product_id', 'quantity', 'sku', 'product_name',
                'weight', 'product_options', 'unit_price', 'line_total'
            ]
        ) as by_default
    from marked_items
),

-- "All fields" has the options before the unit price and the weight behind it.
custom_items as (
    select
        *,
        case
            when struct_extract(by_default, 'product_id') = '' then regexp_extract(
                bare_item,
                '(?s)^Product ID: (\d{1,18}), Product Qty: (\d{1,18})'
                || ', Product SKU: (.*?), Product Name: (.*?)'
                || ', Product Weight: (-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?), Product Variation Details: (.*?)'
                || ', Product Unit Price: (-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?)'
                || ', Product Total Price: (-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?)$',
                [
                    'product_id', 'quantity', 'sku', 'product_name',
                    'weight', 'product_options', 'unit_price', 'line_total'
                ]
            )
        end as by_bare,
        case
            when struct_extract(by_default, 'product_id') = '' then regexp_extract(
                bare_item,
                '(?s)^Product ID: (\d{1,18}), Product Qty: (\d{1,18})'
                || ', Product SKU: (.*?), Product Name: (.*?)'
                || ', Product Variation Details: (.*?), Product Unit Price: (-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?)'
                || ', Product Weight: (-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?)'
                || ', Product Total Price: (-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?)$',
                [
                    'product_id', 'quantity', 'sku', 'product_name',
                    'product_options', 'unit_price', 'weight', 'line_total'
                ]
            )
        end as by_all_fields
    from default_items
),

chosen_items as (
    select
        file_id,
        record_number,
        item_position,
        struct_extract(by_default, 'product_id') = '' and struct_extract(by_bare, 'product_id') = '' as is_all_fields,
        case
            when struct_extract(by_default, 'product_id') <> '' then by_default
            when struct_extract(by_bare, 'product_id') <> '' then by_bare
            when struct_extract(by_all_fields, 'product_id') <> ''
                then struct_pack(
                    product_id := struct_extract(by_all_fields, 'product_id'),
                    quantity := struct_extract(by_all_fields, 'quantity'),
                    sku := struct_extract(by_all_fields, 'sku'),
                    product_name := struct_extract(by_all_fields, 'product_name'),
                    weight := struct_extract(by_all_fields, 'weight'),
                    product_options := struct_extract(by_all_fields, 'product_options'),
                    unit_price := struct_extract(by_all_fields, 'unit_price'),
                    line_total := struct_extract(by_all_fields, 'line_total')
                )
        end as found
    from custom_items
),

-- A text that holds two keys in a row could end in two places: such an item is not read.
read_items as (
    select
        file_id,
        record_number,
        record_number as order_record_number,
        item_position,
        case
            when not regexp_matches(
                concat_ws(
                    ', ',
                    struct_extract(found, 'sku'),
                    struct_extract(found, 'product_name'),
                    struct_extract(found, 'product_options')
                ),
                ', Product Weight: [0-9.,-]+, Product Variation Details: '
                || '|, Product Unit Price: [0-9.,-]+, Product Total Price: '
            )
            and not (is_all_fields and contains(struct_extract(found, 'product_options'), ', Product Variation Details: '))
                then found
        end as found
    from chosen_items
),

-- Rows mode: the product is in columns, and belongs to the order whose first row stands nearest above.
product_rows as (
    select
        orders.merchant_id,
        orders.file_id,
        orders.record_number,
        orders.line_number,
        case
            when orders.record_number <= records.last_record_number then records.record_number
        end as order_record_number,
        case
            when regexp_full_match(trim(orders.product_id), '\d{1,18}')
                and regexp_full_match(trim(orders.product_qty), '\d{1,18}')
                and regexp_full_match(
                    concat_ws(
                        '|',
                        coalesce(trim(orders.product_weight), '0'),
                        trim(orders.product_unit_price),
                        trim(orders.product_total_price)
                    ),
                    '-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?\|-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?'
                    || '\|-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?'
                )
                then struct_pack(
                    product_id := trim(orders.product_id),
                    quantity := trim(orders.product_qty),
                    sku := orders.product_sku,
                    product_name := orders.product_name,
                    weight := orders.product_weight,
                    product_options := orders.product_variation_details,
                    unit_price := orders.product_unit_price,
                    line_total := orders.product_total_price
                )
        end as found
    from changed.bigcommerce__orders as orders
    inner join rows_mode_files using (file_id)
    asof left join records
        on orders.file_id = records.file_id
        and orders.record_number >= records.record_number
    where orders.product_details is null
),

looked_at as (
    select file_id, record_number, order_record_number, item_position, found, false as is_row
    from read_items
    union all by name
    select
        merchant_id,
        file_id,
        record_number,
        line_number,
        order_record_number,
        record_number - order_record_number + 1 as item_position,
        found,
        true as is_row
    from product_rows
),

verdicts as (
    select
        looked_at.file_id,
        looked_at.order_record_number,
        case
            when not bool_and(looked_at.found is not null)
                then if(bool_and(looked_at.is_row), 'product_row_grammar', 'product_details_grammar')
            when any_value(records.total_quantity) <> sum(cast(struct_extract(looked_at.found, 'quantity') as bigint))
                then if(bool_and(looked_at.is_row), 'product_row_quantity', 'product_details_quantity')
        end as rejected_rule
    from looked_at
    inner join records
        on looked_at.file_id = records.file_id
        and looked_at.order_record_number = records.record_number
    group by looked_at.file_id, looked_at.order_record_number
),

-- Lines of the short way, lines of the long way and of rows, a row for each rejected cell, and for a missing one.
lines as (
    select
        plain_lines.file_id,
        plain_lines.record_number,
        plain_lines.record_number as order_record_number,
        plain_lines.item_position,
        plain_lines.product_id,
        plain_lines.sku,
        plain_lines.product_name,
        plain_lines.product_options,
        plain_lines.quantity,
        plain_lines.weight,
        plain_lines.unit_price,
        plain_lines.line_total,
        null as rejected_rule
    from plain_lines
    anti join second_look using (file_id, record_number)
    union all by name
    select
        looked_at.merchant_id,
        looked_at.file_id,
        looked_at.record_number,
        looked_at.line_number,
        looked_at.order_record_number,
        looked_at.item_position,
        struct_extract(looked_at.found, 'product_id') as product_id,
        struct_extract(looked_at.found, 'sku') as sku,
        struct_extract(looked_at.found, 'product_name') as product_name,
        struct_extract(looked_at.found, 'product_options') as product_options,
        cast(struct_extract(looked_at.found, 'quantity') as bigint) as quantity,
        struct_extract(looked_at.found, 'weight') as weight,
        struct_extract(looked_at.found, 'unit_price') as unit_price,
        struct_extract(looked_at.found, 'line_total') as line_total,
        if(looked_at.order_record_number is null, 'order_row_rejected', verdicts.rejected_rule) as rejected_rule
    from looked_at
    left join verdicts using (file_id, order_record_number)
    where looked_at.is_row or looked_at.item_position = 1 or verdicts.rejected_rule is null
    union all by name
    select
        records.file_id,
        records.record_number,
        records.record_number as order_record_number,
        1 as item_position,
        'product_details_quantity' as rejected_rule
    from records
    inner join changed.bigcommerce__orders as orders using (file_id, record_number)
    anti join rows_mode_files on records.file_id = rows_mode_files.file_id
    where orders.product_details is null and records.total_quantity > 0
),

numbers as (
    select
        *,
        trim(sku) as trimmed_sku,
        trim(product_name) as trimmed_name,
        coalesce(
            try_cast(weight as decimal(18, 4)), cast(replace(weight, ',', '') as decimal(18, 4))
        ) as weight_number,
        coalesce(
            try_cast(unit_price as decimal(18, 4)), cast(replace(unit_price, ',', '') as decimal(18, 4))
        ) as unit_price_amount,
        coalesce(
            try_cast(line_total as decimal(18, 4)), cast(replace(line_total, ',', '') as decimal(18, 4))
        ) as line_total_amount
    from lines
)

select
    coalesce(numbers.merchant_id, records.merchant_id) as merchant_id,
    numbers.file_id,
    numbers.record_number,
    coalesce(numbers.line_number, records.line_number) as line_number,
    records.order_id,
    cast(numbers.item_position as varchar) as order_line_id,
    numbers.product_id,
    nullif(numbers.trimmed_sku, '') as sku,
    case
        when contains(numbers.trimmed_name, '&')
            then replace(
                replace(
                    replace(
                        replace(
                            replace(
                                replace(replace(numbers.trimmed_name, '&quot;', '"'), '&#039;', chr(39)), '&#39;', chr(39)
                            ),
                            '&nbsp;', ' '
                        ),
                        '&lt;', '<'
                    ),
                    '&gt;', '>'
                ),
                '&amp;', '&'
            )
        else numbers.trimmed_name
    end as product_name,
    nullif(trim(numbers.product_options), '') as product_options,
    records.currency_code,
    numbers.quantity,
    numbers.weight_number as weight,
    numbers.unit_price_amount,
    numbers.line_total_amount,
    case
        when records.merchant_rate = 1 then numbers.line_total_amount
        else cast(numbers.line_total_amount / records.merchant_rate as decimal(18, 4))
    end as line_total_merchant_amount,
    records.placed_date as ordered_date,
    numbers.rejected_rule
from numbers
left join records
    on numbers.file_id = records.file_id
    and numbers.order_record_number = records.record_number
