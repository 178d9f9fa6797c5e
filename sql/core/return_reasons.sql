-- description: What class of reason every return line states, by the crosswalk of codes. The code is evidence, not truth: the choice often decides who pays. No reason given is unclear; a code that no list knows is unmapped, never silently something else.
-- grain: return line
-- key: merchant_id, return_line_id
-- load: merge
-- case: return_line_id
-- month: requested_date
-- columns:
--   merchant_id
--   return_line_id varchar: Id of the request line.
--   order_id varchar: Order that the goods came from, as the request states it.
--   product_id varchar: Product number as the request states it.
--   sku varchar: Stock keeping unit as the request states it.
--   reason_raw varchar: Reason as the customer chose it, untouched.
--   reason_list varchar: List that the reason was chosen from, as `list` or `list/version`; empty where unknown.
--   reason_class varchar: defective, not_as_described, poor_quality, delivery, changed_mind, unclear (none given, or the code says nothing) or unmapped (the code is on no list).
--   sub_reason varchar: Sub-reason within the class; empty where the code says no more than the class.
--   method varchar: `code` where the crosswalk knows the code, else `none`.
--   confidence double: How surely the code means the class, 0 to 1; empty without a code.
--   quantity bigint: Units asked to be returned.
--   requested_date date: The merchant's local date of the request.
-- checks:
--   not_null: return_line_id
--   not_null: reason_class
--   unique: merchant_id, return_line_id
--   assert class_is_known: reason_class in ('defective', 'not_as_described', 'poor_quality', 'delivery', 'changed_mind', 'unclear', 'unmapped')
--   assert code_has_confidence: (method = 'code') = (confidence is not null)
--   assert unmapped_has_a_reason: reason_class <> 'unmapped' or reason_raw is not null

with
return_lines as (
    select
        merchant_id,
        return_line_id,
        order_id,
        product_id,
        sku,
        reason_raw,
        reason_list,
        quantity,
        requested_date,
        -- The same folding as models.return_reason.crosswalk.code_key; a test compares the two.
        ltrim(
            rtrim(
                regexp_replace(
                    lower(translate(reason_raw, '‘’ʼ' || chr(160) || chr(12288), '''''''  ')),
                    '[\t\n\f\r ]+',
                    ' ',
                    'g'
                ),
                ' .,;:!?…。，；：！？'
            ),
            ' '
        ) as code_key
    from core.return_lines
),

reason_codes as (
    select reason_list, list_version, valid_from, valid_to, code_key, reason_class, sub_reason, confidence
    from core.reason_codes
),

candidates as (
    select
        return_lines.merchant_id,
        return_lines.return_line_id,
        reason_codes.reason_class,
        reason_codes.sub_reason,
        reason_codes.confidence,
        row_number() over (
            partition by return_lines.merchant_id, return_lines.return_line_id
            order by
                case lower(return_lines.reason_list)
                    when reason_codes.reason_list || '/' || reason_codes.list_version then 1
                    when reason_codes.reason_list then 2
                    else 3
                end asc,
                reason_codes.confidence desc,
                reason_codes.reason_list asc,
                reason_codes.list_version asc
        ) as preference
    from return_lines
    inner join reason_codes on return_lines.code_key = reason_codes.code_key
    where
        coalesce(return_lines.requested_date >= reason_codes.valid_from, true)
        and coalesce(return_lines.requested_date <= reason_codes.valid_to, true)
),

meanings as (
    select merchant_id, return_line_id, reason_class, sub_reason, confidence
    from candidates
    where preference = 1
)

select
    return_lines.merchant_id,
    return_lines.return_line_id,
    return_lines.order_id,
    return_lines.product_id,
    return_lines.sku,
    return_lines.reason_raw,
    return_lines.reason_list,
    case
        when coalesce(return_lines.code_key, '') = '' then 'unclear'
        else coalesce(meanings.reason_class, 'unmapped')
    end as reason_class,
    meanings.sub_reason,
    case when meanings.reason_class is null then 'none' else 'code' end as method,
    meanings.confidence,
    return_lines.quantity,
    return_lines.requested_date
from return_lines
left join meanings
    on
        return_lines.merchant_id = meanings.merchant_id
        and return_lines.return_line_id = meanings.return_line_id
