-- description: Rows of a ClickPost report, judged: waybill, direction with its evidence, status and problem read with the
--   direction, typed numbers. Parcels, items, scans and returns are made from the rows that are kept here.
-- grain: record of the report
-- key: file_id, record_number
-- load: merge
-- columns:
--   merchant_id
--   file_id
--   record_number
--   line_number
--   awb
--   rto_awb
--   order_id
--   reference_number
--   direction
--   direction_evidence varchar: What decided the direction.
--   status_raw
--   status
--   problem_list
--   problem_raw
--   problem
--   return_reason_raw
--   items_quantity bigint: Units in the parcel, all items together.
--   cost_amount
--   weight
--   charged_weight
--   delivery_attempt_count
--   pickup_attempt_count
-- rejects:
--   awb_missing (awb): the waybill of the parcel | nothing to do: it is not yet handed to a courier; it comes with its AWB in a later report
--   awb_not_text (awb): a waybill as text, such as 0012345678901; a spreadsheet made a number of this one, and its digits are lost | load the report as ClickPost wrote it, without opening it in a spreadsheet, or import the AWB column as text
--   rto_awb_not_text (rto_awb): a waybill as text, or nothing; a spreadsheet made a number of this one, and its digits are lost | load the report as ClickPost wrote it, without opening it in a spreadsheet, or import the RTO AWB column as text
--   order_id_not_text (order_id): an order's number as text, or nothing; a spreadsheet made a number of this one, and its digits are lost | load the report as ClickPost wrote it, without opening it in a spreadsheet, or import the Order ID column as text
--   reference_number_not_text (reference_number): a reference as text, or nothing; a spreadsheet made a number of this one, and its digits are lost | load the report as ClickPost wrote it, without opening it in a spreadsheet, or import the Reference Number column as text
--   items_quantity_number (items_quantity): a whole number, or nothing | correct the number and load the file again
--   shipping_cost_number (shipping_cost): a number such as 1,299.00, or nothing | correct the number and load the file again
--   shipment_weight_number (shipment_weight): a number such as 1,250.5, or nothing | correct the number and load the file again
--   actual_weight_number (actual_weight): a number such as 1,250.5, or nothing | correct the number and load the file again
--   chargeable_weight_number (chargeable_weight): a number such as 1,250.5, or nothing | correct the number and load the file again
--   out_for_delivery_attempts_number (out_for_delivery_attempts): a whole number, or nothing | correct the number and load the file again
--   out_for_pickup_attempts_number (out_for_pickup_attempts): a whole number, or nothing | correct the number and load the file again
-- checks:
--   not_null: awb
--   not_null: direction
with report as (
    select
        *,
        regexp_extract(awb, '^[\s''="]*(.*?)[\s"]*$', 1) as awb_text,
        regexp_extract(rto_awb, '^[\s''="]*(.*?)[\s"]*$', 1) as rto_awb_text,
        nullif(trim(clickpost_unified_status), '') as status_text,
        regexp_replace(lower(clickpost_unified_status), '[^a-z0-9]', '', 'g') as status_key,
        nullif(trim(reason_for_last_failed_delivery), '') as problem_text,
        regexp_replace(lower(reason_for_last_failed_delivery), '[^a-z0-9]', '', 'g') as problem_key,
        nullif(regexp_replace(items_quantity, '\s', '', 'g'), '') as text_items_quantity,
        nullif(regexp_replace(shipping_cost, '\s', '', 'g'), '') as text_shipping_cost,
        nullif(regexp_replace(shipment_weight, '\s', '', 'g'), '') as text_shipment_weight,
        nullif(regexp_replace(actual_weight, '\s', '', 'g'), '') as text_actual_weight,
        nullif(regexp_replace(chargeable_weight, '\s', '', 'g'), '') as text_chargeable_weight,
        nullif(regexp_replace(out_for_delivery_attempts, '\s', '', 'g'), '') as text_out_for_delivery_attempts,
        nullif(regexp_replace(out_for_pickup_attempts, '\s', '', 'g'), '') as text_out_for_pickup_attempts,
        nullif(regexp_replace(cod_value, '\s', '', 'g'), '') as text_cod_value,
        len(
            list_filter(
                [rto_awb, rto_mark_date, rto_intransit_timestamp, rto_delivery_date],
                lambda cell: lower(trim(cell)) not in ('', '-', '0', 'na', 'n/a', 'nan', 'nat', 'none', 'null')
            )
        ) as rto_cells,
        len(
            list_filter(
                [
                    out_for_delivery_1st_attempt,
                    out_for_delivery_2nd_attempt,
                    out_for_delivery_3rd_attempt,
                    out_for_delivery_4th_attempt,
                    out_for_delivery_5th_attempt
                ], lambda cell: lower(trim(cell)) not in ('', '-', '0', 'na', 'n/a', 'nan', 'nat', 'none', 'null')
            )
        ) as dated_delivery_attempts,
        len(
            list_filter(
                [out_for_pickup_1st_attempt, out_for_pickup_2nd_attempt, out_for_pickup_3rd_attempt],
                lambda cell: lower(trim(cell)) not in ('', '-', '0', 'na', 'n/a', 'nan', 'nat', 'none', 'null')
            )
        ) as dated_pickup_attempts
    from changed.clickpost__report
),

-- Commas are taken out between groups of digits only, the last of which has three: Western or Indian style.
numbers as (
    select
        * exclude (items_quantity, shipping_cost, shipment_weight, actual_weight, chargeable_weight, cod_value),
        case
            when regexp_full_match(
                columns('^text_(.+)$'), '-?(?:\d{1,14}|\d{1,3}(?:,\d{2,3})*,\d{3})(?:\.\d+)?'
            ) then try_cast(replace(columns('^text_(.+)$'), ',', '') as decimal(18, 4))
        end as 'number_\1'
    from report
),

statuses as (
    select code_key, direction, status
    from core.parcel_status_codes
    where code_list = 'clickpost'
),

problems as (
    select
        substr(code_list, 11) as problem_list,
        code_key,
        problem
    from core.parcel_problem_codes
    where code_list in ('clickpost_ndr', 'clickpost_npr')
),

-- The first evidence that holds decides; the source's page lists it in this order.
evidenced as (
    select
        *,
        case
            when contains(lower(courier_partner), 'reverse')
                or regexp_matches(lower(courier_partner), '(?:^|[^a-z])rvp(?:[^a-z]|$)')
                then 'Courier Partner'
            when nullif(trim(rvp_reason), '') is not null then 'RVP Reason'
            when nullif(trim(rvp_reason_sku_wise), '') is not null then 'RVP Reason SKU Wise'
            when lower(trim(qc_type)) not in ('', '-', '0', 'na', 'n/a', 'no', 'none', 'false', 'null')
                then 'QC Type'
            when regexp_full_match(
                status_key,
                '3[012]|exchange(?:pickup|intransit|delivered)|101|102|returnorderplaced|returnrequestapproved'
            ) then 'Status of a return'
            when rto_cells > 0 or regexp_full_match(status_key, 'rto.*|1[1-5]|2[167]') then 'RTO'
            when number_cod_value > 0 then 'COD Value'
            when trim(return_pincode) = trim(drop_pincode) and trim(pickup_pincode) <> trim(drop_pincode)
                then 'Return Pincode is the Drop''s'
            when trim(return_pincode) = trim(pickup_pincode) and trim(pickup_pincode) <> trim(drop_pincode)
                then 'Return Pincode is the Pickup''s'
            when (dated_pickup_attempts > 0 or number_out_for_pickup_attempts > 0)
                and dated_delivery_attempts = 0
                and coalesce(number_out_for_delivery_attempts, 0) = 0
                then 'Out For Pickup'
            else 'none'
        end as direction_evidence
    from numbers
),

directed as (
    select
        *,
        case
            when direction_evidence in ('RTO', 'COD Value', 'Return Pincode is the Pickup''s', 'none') then 'forward'
            else 'reverse'
        end as direction,
        case when lower(awb_text) not in ('', '-', '0', 'na', 'n/a', 'nan', 'none', 'null') then awb_text end
            as known_awb,
        case when lower(rto_awb_text) not in ('', '-', '0', 'na', 'n/a', 'nan', 'none', 'null') then rto_awb_text end
            as known_rto_awb,
        regexp_full_match(awb_text, '[+-]?\d+(?:[.,]\d+)?[eE]\+\d+|\d[.,]\d+[eE]\d+|\d+\.0+') as is_awb_lost,
        regexp_full_match(rto_awb_text, '[+-]?\d+(?:[.,]\d+)?[eE]\+\d+|\d[.,]\d+[eE]\d+|\d+\.0+') as is_rto_awb_lost,
        coalesce(
            regexp_full_match(trim(order_id), '[+-]?\d+(?:[.,]\d+)?[eE]\+\d+|\d[.,]\d+[eE]\d+'), false
        ) as is_order_id_lost,
        coalesce(
            regexp_full_match(trim(reference_number), '[+-]?\d+(?:[.,]\d+)?[eE]\+\d+|\d[.,]\d+[eE]\d+'), false
        ) as is_reference_lost
    from evidenced
),

-- A name may be looked up in the other list of problems, a number never: it means something else there.
judged as (
    select
        directed.*,
        statuses.status as known_status,
        case
            when directed.problem_text is not null
                then coalesce(own_problems.problem, other_problems.problem, 'other')
        end as known_problem,
        case
            when directed.problem_text is not null then if(directed.direction = 'reverse', 'npr', 'ndr')
        end as known_problem_list,
        case
            when directed.known_awb is null then 'awb_missing'
            when directed.is_awb_lost then 'awb_not_text'
        end as record_rule,
        [
            case when directed.is_rto_awb_lost then 'rto_awb_not_text' end,
            case when directed.is_order_id_lost then 'order_id_not_text' end,
            case when directed.is_reference_lost then 'reference_number_not_text' end,
            case
                when directed.text_items_quantity is not null
                    and (coalesce(directed.number_items_quantity, -1) < 0 or directed.number_items_quantity % 1 <> 0)
                    then 'items_quantity_number'
            end,
            case
                when directed.text_shipping_cost is not null and directed.number_shipping_cost is null
                    then 'shipping_cost_number'
            end,
            case
                when directed.text_shipment_weight is not null and directed.number_shipment_weight is null
                    then 'shipment_weight_number'
            end,
            case
                when directed.text_actual_weight is not null and directed.number_actual_weight is null
                    then 'actual_weight_number'
            end,
            case
                when directed.text_chargeable_weight is not null and directed.number_chargeable_weight is null
                    then 'chargeable_weight_number'
            end,
            case
                when directed.text_out_for_delivery_attempts is not null
                    and (
                        coalesce(directed.number_out_for_delivery_attempts, -1) < 0
                        or directed.number_out_for_delivery_attempts % 1 <> 0
                    )
                    then 'out_for_delivery_attempts_number'
            end,
            case
                when directed.text_out_for_pickup_attempts is not null
                    and (
                        coalesce(directed.number_out_for_pickup_attempts, -1) < 0
                        or directed.number_out_for_pickup_attempts % 1 <> 0
                    )
                    then 'out_for_pickup_attempts_number'
            end
        ] as cell_rules
    from directed
    left join statuses
        on directed.status_key = statuses.code_key
        and directed.direction = statuses.direction
    left join problems as own_problems
        on directed.problem_key = own_problems.code_key
        and own_problems.problem_list = if(directed.direction = 'reverse', 'npr', 'ndr')
    left join problems as other_problems
        on directed.problem_key = other_problems.code_key
        and other_problems.problem_list = if(directed.direction = 'reverse', 'ndr', 'npr')
        and not regexp_full_match(directed.problem_key, '\d+')
),

-- A row that is kept stands once without a rule, and once more for each cell that is not.
verdicts as (
    select
        *,
        unnest(
            case
                when record_rule is not null then [record_rule]
                else list_prepend(record_rule, list_filter(cell_rules, lambda cell_rule: cell_rule is not null))
            end
        ) as rejected_rule
    from judged
)

select
    merchant_id,
    file_id,
    record_number,
    line_number,
    known_awb as awb,
    case when not is_rto_awb_lost then known_rto_awb end as rto_awb,
    case when not is_order_id_lost then nullif(trim(order_id), '') end as order_id,
    case when not is_reference_lost then nullif(trim(reference_number), '') end as reference_number,
    direction,
    direction_evidence,
    status_text as status_raw,
    case when status_text is not null then coalesce(known_status, 'other') end as status,
    known_problem_list as problem_list,
    problem_text as problem_raw,
    known_problem as problem,
    nullif(trim(rvp_reason), '') as return_reason_raw,
    case
        when number_items_quantity >= 0 and number_items_quantity % 1 = 0 then cast(number_items_quantity as bigint)
    end as items_quantity,
    number_shipping_cost as cost_amount,
    coalesce(number_actual_weight, number_shipment_weight) as weight,
    number_chargeable_weight as charged_weight,
    coalesce(
        case
            when number_out_for_delivery_attempts >= 0 and number_out_for_delivery_attempts % 1 = 0
                then cast(number_out_for_delivery_attempts as bigint)
        end,
        nullif(dated_delivery_attempts, 0)
    ) as delivery_attempt_count,
    coalesce(
        case
            when number_out_for_pickup_attempts >= 0 and number_out_for_pickup_attempts % 1 = 0
                then cast(number_out_for_pickup_attempts as bigint)
        end,
        nullif(dated_pickup_attempts, 0)
    ) as pickup_attempt_count,
    rejected_rule
from verdicts
