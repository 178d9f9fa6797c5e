-- description: Versions of a merchant's return policy, from its TOML file, typed. What cannot be is refused before.
-- grain: version in a file
-- key: file_id, record_number
-- load: merge
-- entity: policies
-- columns:
--   merchant_id
--   file_id
--   record_number
--   line_number
--   policy_version_id
--   window_days
--   window_clock
--   payer_by_reason
--   exchange_rule
--   conditions
--   policy_text
--   valid_from
--   valid_to
-- checks:
--   not_null: policy_version_id
--   not_null: valid_from
select
    merchant_id,
    file_id,
    record_number,
    line_number,
    id as policy_version_id,
    cast(window_days as bigint) as window_days,
    window_clock,
    cast(payer as json) as payer_by_reason,
    exchange as exchange_rule,
    conditions,
    text as policy_text,
    cast(valid_from as date) as valid_from,
    cast(valid_to as date) as valid_to,
    cast(null as varchar) as rejected_rule
from changed.policy_file__versions
