-- description: Items in the parcels of a ClickPost report, one per SKU that the row names; a parcel of which only names
--   or a count are told has one item without SKU. Reasons of a reverse parcel's items come from RVP Reason SKU Wise.
-- grain: SKU in a row of the report that is a version of a parcel
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
--   sku
--   product_name
--   return_reason_raw
--   quantity
--   shipped_date
--   observed_at
-- rejects:
--   sku_not_text (product_sku_code): SKUs as text; a spreadsheet made a number of one, and its digits are lost | load the report as ClickPost wrote it, without opening it in a spreadsheet, or import the SKU columns as text
--   sku_wise_item_quantity_grammar (sku_wise_item_quantity): a number for each SKU of the row, such as SKU-1:2,SKU-2:1, that add up to Items Quantity, or nothing | compare the cell with Items Quantity in ClickPost; the items are loaded without it
--   rvp_reason_sku_wise_grammar (rvp_reason_sku_wise): SKU: reason for SKUs of the row, between commas, semicolons or bars, or nothing | nothing to do if RVP Reason tells enough: the parcel keeps that reason; else correct the cell and load the file again
-- checks:
--   not_null: shipment_id
--   assert quantity_is_not_negative: quantity >= 0
with shipments as (
    select
        merchant_id,
        file_id,
        record_number,
        line_number,
        shipment_id,
        order_id,
        direction,
        return_reason_raw,
        shipped_date,
        observed_at
    from changed.staging_clickpost__shipments
),

records as (
    select file_id, record_number, items_quantity
    from changed.staging_clickpost__parcel_records
),

report as (
    select
        file_id,
        record_number,
        coalesce(nullif(trim(product_sku_code), ''), sku) as sku_cell,
        items,
        sku_wise_item_quantity,
        rvp_reason_sku_wise
    from changed.clickpost__report
),

-- Nearly every cell is a list of plain words. Brackets and quotes of a written-out list are no part of a SKU.
words as (
    select
        *,
        case
            when regexp_full_match(sku_cell, '[\w./#-]+(?:,[\w./#-]+)*') then string_split(sku_cell, ',')
            else list_filter(
                list_transform(
                    regexp_split_to_array(sku_cell, '[,;|\n]'),
                    lambda word: regexp_extract(word, '^[\s\["'']*(.*?)[\s\]"'']*$', 1)
                ),
                lambda word: word <> ''
            )
        end as words,
        regexp_matches(sku_cell, '[eE]\+\d') as is_number_among_skus
    from report
),

listed as (
    select
        file_id,
        record_number,
        case
            when is_number_among_skus
                then list_filter(words, lambda word: not regexp_full_match(word, '\d+(?:\.\d+)?[eE]\+\d+'))
            else words
        end as skus,
        is_number_among_skus
        and len(list_filter(words, lambda word: regexp_full_match(word, '\d+(?:\.\d+)?[eE]\+\d+'))) > 0
            as is_sku_lost,
        nullif(trim(items), '') as items,
        nullif(regexp_replace(trim(sku_wise_item_quantity), '^[\[{]|[\]}]$', '', 'g'), '') as quantity_cell,
        nullif(regexp_replace(trim(rvp_reason_sku_wise), '^[\[{]|[\]}]$', '', 'g'), '') as reason_cell
    from words
),

-- Cells that are plain `SKU:quantity` or `SKU: reason` of SKUs of the row are read at once. The rest needs a pattern of
-- the row's own SKUs, which costs a hundred times more.
plain as (
    select
        *,
        list_distinct(skus) as distinct_skus,
        case
            when regexp_full_match(quantity_cell, '[\w./#-]+:\d{1,9}(?:,[\w./#-]+:\d{1,9})*')
                and list_has_all(
                    skus, list_transform(string_split(quantity_cell, ','), lambda piece: split_part(piece, ':', 1))
                )
                then string_split(quantity_cell, ',')
        end as quantity_pieces,
        case
            when regexp_full_match(
                reason_cell, '[\w./#-]+:[^,;|:=\n\x1e\x1f]*(?:,[\w./#-]+:[^,;|:=\n\x1e\x1f]*)*'
            )
                and list_has_all(
                    skus, list_transform(string_split(reason_cell, ','), lambda piece: split_part(piece, ':', 1))
                )
                then string_split(reason_cell, ',')
        end as reason_pieces
    from listed
),

-- What a SKU of the row looks like in another cell: one of its SKUs, or without any a word that holds a digit.
anchors as (
    select
        *,
        case
            when (quantity_cell is null or quantity_pieces is not null)
                and (reason_cell is null or reason_pieces is not null)
                then null
            when len(skus) > 0
                then list_aggregate(
                    list_transform(list_reverse_sort(distinct_skus), lambda word: regexp_escape(word)),
                    'string_agg', '|'
                )
            else '[^\s,;|:="''{}]*\d[^\s,;|:="''{}]*'
        end as sku_pattern
    from plain
),

anchored as (
    select
        shipments.*,
        anchors.* exclude (file_id, record_number),
        records.items_quantity
    from shipments
    inner join anchors using (file_id, record_number)
    inner join records using (file_id, record_number)
),

-- Each `SKU:` becomes a mark, the SKU and another mark, so that a comma within a reason splits nothing.
marked as (
    select
        *,
        case
            when reason_pieces is null
                then regexp_replace(
                    reason_cell,
                    '(^|[,;|\n])[\s"'']*(' || sku_pattern || ')[\s"'']*[:=][\s"'']*',
                    chr(31) || '\2' || chr(30), 'g'
                )
        end as marked_reasons,
        case
            when quantity_pieces is null
                then regexp_replace(
                    quantity_cell,
                    '(^|[,;|\n])[\s"'']*(' || sku_pattern || ')[\s"'']*[:=x*][\s"'']*(\d{1,9})[\s"'']*',
                    chr(31) || '\2' || chr(30) || '\3', 'g'
                )
        end as marked_quantities
    from anchored
),

-- A piece that itself looks like a word with a colon behind a separator speaks of a SKU that the row does not name.
split_cells as (
    select
        *,
        case
            when reason_pieces is not null
                then list_transform(
                    reason_pieces,
                    lambda piece: struct_pack(
                        sku := split_part(piece, ':', 1),
                        text := nullif(regexp_extract(split_part(piece, ':', 2), '^[\s"'']*(.*?)[\s"'']*$', 1, 's'), '')
                    )
                )
            when starts_with(marked_reasons, chr(31))
                and not regexp_matches(marked_reasons, '[,;|\n]\s*[^\s,;|:]*\d[^\s,;|:]*\s*:')
                then list_transform(
                    string_split(substr(marked_reasons, 2), chr(31)),
                    lambda piece: struct_pack(
                        sku := split_part(piece, chr(30), 1),
                        text := nullif(regexp_extract(split_part(piece, chr(30), 2), '^(.*?)[\s,;|"'']*$', 1, 's'), '')
                    )
                )
            when len(distinct_skus) = 1 and not regexp_matches(reason_cell, '[:=|;\n]')
                then [struct_pack(sku := distinct_skus[1], text := trim(reason_cell))]
        end as reasons,
        case
            when quantity_pieces is not null
                then list_transform(
                    quantity_pieces,
                    lambda piece: struct_pack(
                        sku := split_part(piece, ':', 1), units := try_cast(split_part(piece, ':', 2) as bigint)
                    )
                )
            when regexp_full_match(marked_quantities, '(?:' || chr(31) || '[^' || chr(31) || ']+[,;|\s]*)+')
                then list_transform(
                    string_split(substr(marked_quantities, 2), chr(31)),
                    lambda piece: struct_pack(
                        sku := split_part(piece, chr(30), 1),
                        units := try_cast(regexp_extract(split_part(piece, chr(30), 2), '^\d+') as bigint)
                    )
                )
            when regexp_full_match(quantity_cell, '\s*\d{1,9}\s*(?:[,;|]\s*\d{1,9}\s*)*')
                and len(regexp_extract_all(quantity_cell, '\d+')) = len(skus)
                then list_transform(
                    list_zip(skus, regexp_extract_all(quantity_cell, '\d+')),
                    lambda pair: struct_pack(sku := pair[1], units := try_cast(pair[2] as bigint))
                )
        end as quantities
    from marked
),

-- Quantities that leave a SKU out, or contradict Items Quantity, are not taken.
judged as (
    select
        *,
        quantity_cell is not null
        and not coalesce(
            list_sort(list_distinct(list_transform(quantities, lambda told: told.sku)))
            = list_sort(if(len(skus) > 0, distinct_skus, list_distinct(list_transform(quantities, lambda told: told.sku))))
            and list_sum(list_transform(quantities, lambda told: told.units)) = coalesce(
                items_quantity, list_sum(list_transform(quantities, lambda told: told.units))
            ),
            false
        ) as is_quantity_unread,
        reason_cell is not null and reasons is null as is_reason_unread
    from split_cells
),

-- Without SKU columns, the cells that were read name the SKUs.
named as (
    select
        *,
        case
            when len(skus) > 0 then skus
            when not is_quantity_unread and quantities is not null
                then list_transform(quantities, lambda told: told.sku)
            else coalesce(list_transform(reasons, lambda told: told.sku), [])
        end as told_skus
    from judged
),

entries as (
    select
        *,
        unnest(
            list_concat(
                case
                    when len(told_skus) > 0
                        then list_transform(
                            list_distinct(told_skus), lambda told: struct_pack(sku := told, rule := null::varchar)
                        )
                    when items is not null or items_quantity is not null
                        then [struct_pack(sku := null::varchar, rule := null::varchar)]
                end,
                if(is_sku_lost, [struct_pack(sku := null::varchar, rule := 'sku_not_text')], null),
                if(
                    is_quantity_unread,
                    [struct_pack(sku := null::varchar, rule := 'sku_wise_item_quantity_grammar')], null
                ),
                if(is_reason_unread, [struct_pack(sku := null::varchar, rule := 'rvp_reason_sku_wise_grammar')], null)
            )
        ) as entry
    from named
),

lines as (
    select
        *,
        struct_extract(entry, 'sku') as line_sku,
        struct_extract(entry, 'rule') as rejected_rule,
        len(list_distinct(told_skus)) <= 1 and not (is_sku_lost and len(told_skus) > 0) as is_only_item
    from entries
),

counted as (
    select
        *,
        coalesce(list_position(told_skus, line_sku), 1) as position_in_parcel,
        case
            when not is_quantity_unread and quantities is not null
                then list_sum(
                    list_transform(
                        list_filter(quantities, lambda told: told.sku = line_sku), lambda told: told.units
                    )
                )
            when is_only_item then items_quantity
            when len(told_skus) = items_quantity
                then len(list_filter(told_skus, lambda told: told = line_sku))
        end as units,
        list_aggregate(
            list_distinct(
                list_transform(list_filter(reasons, lambda told: told.sku = line_sku), lambda told: told.text)
            ),
            'string_agg', '; '
        ) as own_reason
    from lines
)

select
    merchant_id,
    file_id,
    record_number,
    line_number,
    shipment_id,
    cast(position_in_parcel as varchar) as shipment_line_id,
    order_id,
    line_sku as sku,
    case when is_only_item then items end as product_name,
    case when direction = 'reverse' then coalesce(own_reason, return_reason_raw) end as return_reason_raw,
    cast(units as bigint) as quantity,
    shipped_date,
    observed_at,
    rejected_rule
from counted
