-- description: Products and variants of a BigCommerce products export, typed. A variant takes over what its row leaves
--   blank; a product with variants has a row of its own. A cell that cannot be read is quarantined, the product stays.
-- grain: product or variant of the export
-- key: file_id, record_number
-- load: merge
-- entity: products
-- columns:
--   merchant_id
--   file_id
--   record_number
--   line_number
--   product_id
--   variant_id
--   sku
--   product_options
--   product_name
--   category_ids
--   supplier
--   fulfilment_type
--   description_text
--   currency_code
--   list_price_amount
--   sale_price_amount
--   unit_cost_amount
--   weight
--   width
--   height
--   depth
--   is_visible
--   attributes
-- rejects:
--   price_number (price): a number of 0 or more such as 1299.00, or nothing | correct the number and load the file again; the product is loaded without it
--   cost_price_number (cost_price): a number of 0 or more such as 1299.00, or nothing | correct the number and load the file again; the product is loaded without it
--   sale_price_number (sale_price): a number of 0 or more such as 1299.00, or nothing | correct the number and load the file again; the product is loaded without it
--   weight_number (weight): a number of 0 or more such as 0.75, or nothing | correct the number and load the file again; the product is loaded without it
--   width_number (width): a number of 0 or more such as 0.75, or nothing | correct the number and load the file again; the product is loaded without it
--   height_number (height): a number of 0 or more such as 0.75, or nothing | correct the number and load the file again; the product is loaded without it
--   depth_number (depth): a number of 0 or more such as 0.75, or nothing | correct the number and load the file again; the product is loaded without it
--   is_visible_known (is_visible): TRUE or FALSE | correct the cell and load the file again; the product is loaded without it
--   options_grammar (options): options such as Type=Rectangles|Name=Bag Size|Value=12 oz | correct the cell and load the file again; the variant is loaded without its options
--   custom_fields_grammar (custom_fields): fields such as Roast=Dark;Origin=Sample, or nothing | correct the cell and load the file again; what stands before the first field is left out
-- checks:
--   not_null: product_id
--   not_null: variant_id
with items as (
    select merchant_id, file_id, record_number, line_number, item_kind, item_id, product_id, product_record_number
    from changed.staging_bigcommerce__product_records
    where item_kind in ('product', 'variant')
),

cells as (
    select
        file_id,
        record_number,
        nullif(trim(sku), '') as sku,
        nullif(trim(options), '') as options_text,
        name as product_name,
        description,
        nullif(trim(custom_fields), '') as custom_fields,
        nullif(trim(is_visible), '') as visible_text,
        nullif(trim(price), '') as text_price,
        nullif(trim(cost_price), '') as text_cost_price,
        nullif(trim(sale_price), '') as text_sale_price,
        nullif(trim(weight), '') as text_weight,
        nullif(trim(width), '') as text_width,
        nullif(trim(height), '') as text_height,
        nullif(trim(depth), '') as text_depth,
        nullif(trim(categories), '') as category_ids,
        nullif(trim(type), '') as type,
        nullif(trim(retail_price), '') as retail_price,
        nullif(trim(brand_id), '') as brand_id,
        nullif(trim(channels), '') as channels,
        nullif(trim(page_title), '') as page_title,
        nullif(trim(product_url), '') as product_url,
        nullif(trim(bin_picking_number), '') as bin_picking_number,
        nullif(trim(upc_ean), '') as upc_ean,
        nullif(trim(global_trade_number), '') as global_trade_number,
        nullif(trim(manufacturer_part_number), '') as manufacturer_part_number,
        nullif(trim(warranty), '') as warranty,
        attributes
    from changed.bigcommerce__products
),

merchants as (
    select merchant_id, currency_code
    from core.merchants
),

-- Thousands separators are taken out only where the text is no number without that.
numbers as (
    select
        items.*,
        cells.* exclude (file_id, record_number),
        coalesce(
            try_cast(columns('^text_(.+)$') as decimal(18, 4)),
            try_cast(regexp_replace(columns('^text_(.+)$'), ',(\d{3})\b', '\1', 'g') as decimal(18, 4))
        ) as 'number_\1'
    from items
    inner join cells using (file_id, record_number)
),

-- Fields begin where a name and = follow a semicolon; any other semicolon belongs to a value.
field_parts as (
    select
        file_id,
        record_number,
        unnest(
            string_split(regexp_replace(';' || custom_fields, ';([^;=]+)=', chr(30) || '\1' || chr(31), 'g'), chr(30))
        ) as part,
        generate_subscripts(
            string_split(regexp_replace(';' || custom_fields, ';([^;=]+)=', chr(30) || '\1' || chr(31), 'g'), chr(30)),
            1
        ) as part_position
    from numbers
    where custom_fields is not null
),

-- A field that stands twice keeps both values.
fields as (
    select
        file_id,
        record_number,
        trim(split_part(part, chr(31), 1), ' "') as field_name,
        string_agg(trim(split_part(part, chr(31), 2), ' "'), '; ' order by part_position) as field_value
    from field_parts
    where part_position > 1
    group by all
),

read_fields as (
    select
        *,
        lower(field_name) in ('supplier', 'vendor') as is_supplier,
        case
            when lower(field_name) in ('fulfilment', 'fulfillment', 'fulfilment type', 'fulfillment type')
                then case regexp_replace(lower(field_value), '[^a-z]', '', 'g')
                    when 'dropship' then 'drop_ship'
                    when 'dropshipped' then 'drop_ship'
                    when 'dropshipping' then 'drop_ship'
                    when 'own' then 'own'
                    when 'ownstock' then 'own'
                end
        end as fulfilment_type
    from fields
    where field_value <> ''
),

field_sums as (
    select
        file_id,
        record_number,
        min(case when is_supplier then field_value end) as supplier,
        min(fulfilment_type) as fulfilment_type,
        cast(
            '{'
            || string_agg(
                case
                    when not is_supplier and fulfilment_type is null
                        then cast(to_json(field_name) as varchar) || ':' || cast(to_json(field_value) as varchar)
                end,
                ',' order by field_name
            )
            || '}' as json
        ) as custom_fields
    from read_fields
    group by file_id, record_number
),

-- Each option begins at its type and ends before the next, whatever signs join them; a swatch's colours go.
option_parts as (
    select
        file_id,
        record_number,
        string_split(regexp_replace(options_text, 'Type=[^|]*\|Name=', chr(30), 'g'), chr(30)) as parts
    from numbers
    where item_kind = 'variant' and options_text is not null
),

option_texts as (
    select
        file_id,
        record_number,
        array_to_string(
            list_transform(
                parts[2:],
                lambda part: trim(split_part(part, '|Value=', 1))
                || ': '
                || regexp_replace(
                    trim(regexp_replace(split_part(part, '|Value=', 2), '[\s;,|]+$', '')), '\s*\[[^\[\]]*\]$', ''
                )
            ),
            ', '
        ) as product_options
    from option_parts
    where
        len(parts) > 1
        and trim(parts[1]) = ''
        and len(list_filter(parts[2:], lambda part: not contains(part, '|Value='))) = 0
),

-- Tags of blocks become blanks, others vanish; what is in scripts and styles is no text.
texts as (
    select
        file_id,
        record_number,
        regexp_replace(
            regexp_replace(
                regexp_replace(
                    description,
                    '<(script|style)\b.*?</(script|style)\s*>|<!--.*?-->',
                    ' ',
                    'gsi'
                ),
                '</?(p|div|br|hr|li|ul|ol|dl|dt|dd|h[1-6]|table|thead|tbody|tr|td|th|section|article|img|iframe)\b[^>]*>',
                ' ',
                'gsi'
            ),
            '</?[a-z][^>]*>',
            '',
            'gsi'
        ) as description,
        product_name
    from numbers
    where coalesce(description, product_name) is not null
),

-- Each piece but the first begins behind an ampersand: a named or numbered sign, or an ampersand of its own. Halves of
-- surrogate pairs are no signs.
entities as (
    select
        file_id,
        record_number,
        string_split(description, '&') as pieces_description,
        string_split(product_name, '&') as pieces_product_name
    from texts
),

decoded as (
    select
        file_id,
        record_number,
        columns('^pieces_(.+)$')[1]
        || array_to_string(
            list_transform(
                columns('^pieces_(.+)$')[2:],
                lambda piece: case
                    when regexp_matches(piece, '^#\d{1,6};')
                        then chr(
                            case
                                when cast(regexp_extract(piece, '^#(\d+);', 1) as integer) between 55296 and 57343 then 65533
                                else greatest(cast(regexp_extract(piece, '^#(\d+);', 1) as integer), 1)
                            end
                        )
                        || regexp_replace(piece, '^#\d+;', '')
                    when regexp_matches(piece, '^#[xX][0-9a-fA-F]{1,4};')
                        then chr(
                            case
                                when
                                    cast('0x' || regexp_extract(piece, '^#.([0-9a-fA-F]+);', 1) as integer)
                                    between 55296 and 57343
                                    then 65533
                                else greatest(cast('0x' || regexp_extract(piece, '^#.([0-9a-fA-F]+);', 1) as integer), 1)
                            end
                        )
                        || regexp_replace(piece, '^#.[0-9a-fA-F]+;', '')
                    else coalesce(
                        list_extract(
                            [
                                '&', '<', '>', '"', chr(39), ' ', '–', '—', '‘', '’', '“', '”', '…', '•', '°', '®',
                                '©', '™', '×', '½', '¼', 'é', 'è', 'à', 'ü', 'ö', 'ä', 'ñ', 'ç', '€', '£'
                            ],
                            list_position(
                                [
                                    'amp', 'lt', 'gt', 'quot', 'apos', 'nbsp', 'ndash', 'mdash', 'lsquo', 'rsquo',
                                    'ldquo', 'rdquo', 'hellip', 'bull', 'deg', 'reg', 'copy', 'trade', 'times',
                                    'frac12', 'frac14', 'eacute', 'egrave', 'agrave', 'uuml', 'ouml', 'auml',
                                    'ntilde', 'ccedil', 'euro', 'pound'
                                ],
                                regexp_extract(piece, '^([A-Za-z]+\d*);', 1)
                            )
                        )
                        || regexp_replace(piece, '^[A-Za-z]+\d*;', ''),
                        '&' || piece
                    )
                end
            ),
            ''
        ) as '\1'
    from entities
),

typed as (
    select
        numbers.*,
        nullif(trim(regexp_replace(decoded.description, '[\s\x{00a0}]+', ' ', 'g')), '') as description_text,
        nullif(trim(decoded.product_name), '') as decoded_name,
        field_sums.supplier,
        field_sums.fulfilment_type,
        field_sums.custom_fields as other_fields,
        option_texts.product_options,
        case lower(numbers.visible_text)
            when 'true' then true
            when 'false' then false
        end as is_visible
    from numbers
    left join decoded using (file_id, record_number)
    left join field_sums using (file_id, record_number)
    left join option_texts using (file_id, record_number)
),

judged as (
    select
        merchant_id,
        file_id,
        record_number,
        line_number,
        [
            case when text_price is not null and coalesce(number_price, -1) < 0 then 'price_number' end,
            case when text_cost_price is not null and coalesce(number_cost_price, -1) < 0 then 'cost_price_number' end,
            case when text_sale_price is not null and coalesce(number_sale_price, -1) < 0 then 'sale_price_number' end,
            case when text_weight is not null and coalesce(number_weight, -1) < 0 then 'weight_number' end,
            case when text_width is not null and coalesce(number_width, -1) < 0 then 'width_number' end,
            case when text_height is not null and coalesce(number_height, -1) < 0 then 'height_number' end,
            case when text_depth is not null and coalesce(number_depth, -1) < 0 then 'depth_number' end,
            case when visible_text is not null and is_visible is null then 'is_visible_known' end,
            case
                when item_kind = 'variant' and options_text is not null and product_options is null
                    then 'options_grammar'
            end
        ] as rules
    from typed
),

bad_cells as (
    select merchant_id, file_id, record_number, line_number, unnest(rules) as rejected_rule
    from judged
    union all by name
    select
        numbers.merchant_id,
        field_parts.file_id,
        field_parts.record_number,
        numbers.line_number,
        'custom_fields_grammar' as rejected_rule
    from field_parts
    inner join numbers using (file_id, record_number)
    where field_parts.part_position = 1 and trim(field_parts.part, '; "') <> ''
),

products as (
    select *
    from typed
    where item_kind = 'product'
),

united as (
    select
        typed.merchant_id,
        typed.file_id,
        typed.record_number,
        typed.line_number,
        typed.product_id,
        case when typed.item_kind = 'variant' then typed.item_id else '-' end as variant_id,
        typed.sku,
        case when typed.item_kind = 'variant' then typed.product_options end as product_options,
        coalesce(typed.decoded_name, products.decoded_name) as product_name,
        coalesce(typed.category_ids, products.category_ids) as category_ids,
        coalesce(typed.supplier, products.supplier) as supplier,
        coalesce(typed.fulfilment_type, products.fulfilment_type) as fulfilment_type,
        coalesce(typed.description_text, products.description_text) as description_text,
        merchants.currency_code,
        coalesce(typed.number_price, products.number_price) as list_price_amount,
        nullif(coalesce(typed.number_sale_price, products.number_sale_price), 0) as sale_price_amount,
        coalesce(nullif(typed.number_cost_price, 0), nullif(products.number_cost_price, 0)) as unit_cost_amount,
        coalesce(typed.number_weight, products.number_weight) as weight,
        coalesce(typed.number_width, products.number_width) as width,
        coalesce(typed.number_height, products.number_height) as height,
        coalesce(typed.number_depth, products.number_depth) as depth,
        coalesce(typed.is_visible, products.is_visible) as is_visible,
        json_merge_patch(
            json_merge_patch(json('{}'), coalesce(typed.attributes, json('{}'))),
            json_object(
                'type', typed.type,
                'retail_price', case when try_cast(typed.retail_price as double) <> 0 then typed.retail_price end,
                'brand_id', typed.brand_id,
                'channels', typed.channels,
                'page_title', typed.page_title,
                'product_url', typed.product_url,
                'bin_picking_number', typed.bin_picking_number,
                'upc_ean', typed.upc_ean,
                'global_trade_number', typed.global_trade_number,
                'manufacturer_part_number', typed.manufacturer_part_number,
                'warranty', typed.warranty,
                'custom_fields', typed.other_fields
            )
        ) as attributes
    from typed
    inner join merchants using (merchant_id)
    left join products
        on typed.file_id = products.file_id
        and typed.product_record_number = products.record_number
),

-- A kept row for each product, and a rejected one for each cell of it that cannot be read.
told as (
    select *, cast(null as varchar) as rejected_rule
    from united
    union all by name
    select merchant_id, file_id, record_number, line_number, rejected_rule
    from bad_cells
    where rejected_rule is not null
)

select
    merchant_id,
    file_id,
    record_number,
    line_number,
    product_id,
    variant_id,
    sku,
    product_options,
    product_name,
    category_ids,
    supplier,
    fulfilment_type,
    description_text,
    currency_code,
    case when list_price_amount >= 0 then list_price_amount end as list_price_amount,
    case when sale_price_amount >= 0 then sale_price_amount end as sale_price_amount,
    case when unit_cost_amount >= 0 then unit_cost_amount end as unit_cost_amount,
    case when weight >= 0 then weight end as weight,
    case when width >= 0 then width end as width,
    case when height >= 0 then height end as height,
    case when depth >= 0 then depth end as depth,
    is_visible,
    case when attributes <> json('{}') then attributes end as attributes,
    rejected_rule
from told
