-- description: Stated reasons that stand on no list of the crosswalk: what a person should map next, most frequent first by count.
-- grain: merchant x list x reason as it was written
-- key: merchant_id, reason_list, reason_raw
-- load: replace
-- columns:
--   merchant_id
--   reason_list varchar: List that the reason was chosen from; `unknown` where the source does not say.
--   reason_raw varchar: Reason as the customer chose it, untouched.
--   return_line_count bigint: Return lines with that reason, whatever their status.
--   first_requested_date date: The merchant's local date of the first of them.
--   last_requested_date date: The merchant's local date of the last of them.
-- checks:
--   not_null: reason_raw
--   unique: merchant_id, reason_list, reason_raw
--   assert counted_from_one: return_line_count >= 1

with
return_reasons as (
    select merchant_id, coalesce(reason_list, 'unknown') as reason_list, reason_raw, requested_date
    from core.return_reasons
    where reason_class = 'unmapped'
)

select
    merchant_id,
    reason_list,
    reason_raw,
    count(*) as return_line_count,
    min(requested_date) as first_requested_date,
    max(requested_date) as last_requested_date
from return_reasons
group by merchant_id, reason_list, reason_raw
