-- description: What is in each parcel, from the SHIPMENT ITEMS cell of a BigCommerce shipments export. A cell that does
--   not fit its grammar is quarantined as a whole; its parcel stays.
-- grain: item of a parcel that was kept
-- key: file_id, record_number, shipment_line_id
-- load: merge
-- entity: shipment_lines
-- columns:
--   merchant_id
--   file_id
--   record_number
--   line_number
--   shipment_id
--   shipment_line_id
--   order_id
--   product_id
--   sku
--   product_name
--   quantity
--   shipped_date
-- rejects:
--   shipment_items_grammar (shipment_items): product id, name, SKU and quantity with bars between, items joined by ~ | correct the cell and load the file again; the parcel is loaded without its items
-- checks:
--   not_null: shipment_id
--   not_null: shipment_line_id
with shipments as (
    select merchant_id, file_id, record_number, line_number, shipment_id, order_id, shipped_date
    from changed.staging_bigcommerce__shipments
),

cells as (
    select file_id, record_number, trim(shipment_items) as shipment_items
    from changed.bigcommerce__shipments
),

-- A ~ joins items only where a product id and a bar follow; any other belongs to a name.
parts as (
    select
        shipments.*,
        string_split(regexp_replace(cells.shipment_items, '~(\d{1,18}\|)', chr(30) || '\1', 'g'), chr(30)) as items
    from shipments
    inner join cells using (file_id, record_number)
    where cells.shipment_items <> ''
),

items as (
    select
        * exclude (items),
        unnest(items) as item,
        generate_subscripts(items, 1) as item_position
    from parts
),

-- The name takes everything between the first bar and the last but one.
read_items as (
    select
        * exclude (item),
        regexp_extract(
            item,
            '^\s*(\d{1,18})\|(.*)\|([^|]*)\|\s*(\d{1,9})\s*$',
            ['product_id', 'product_name', 'sku', 'quantity'],
            's'
        ) as found
    from items
),

judged as (
    select
        *,
        bool_and(struct_extract(found, 'product_id') <> '') over (partition by file_id, record_number) as is_whole
    from read_items
)

select
    merchant_id,
    file_id,
    record_number,
    line_number,
    shipment_id,
    cast(item_position as varchar) as shipment_line_id,
    order_id,
    struct_extract(found, 'product_id') as product_id,
    nullif(trim(struct_extract(found, 'sku')), '') as sku,
    nullif(
        replace(
            replace(
                replace(
                    replace(
                        replace(
                            replace(
                                replace(trim(struct_extract(found, 'product_name')), '&quot;', '"'), '&#039;', chr(39)
                            ),
                            '&#39;', chr(39)
                        ),
                        '&nbsp;', ' '
                    ),
                    '&lt;', '<'
                ),
                '&gt;', '>'
            ),
            '&amp;', '&'
        ),
        ''
    ) as product_name,
    try_cast(struct_extract(found, 'quantity') as bigint) as quantity,
    shipped_date,
    case when not is_whole then 'shipment_items_grammar' end as rejected_rule
from judged
where is_whole or item_position = 1
