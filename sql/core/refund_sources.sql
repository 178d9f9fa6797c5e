-- description: Merchants of whom some source tells refunds: where none does, a return that nobody paid for is no debt.
-- grain: merchant
-- key: merchant_id
-- load: replace
-- columns:
--   merchant_id
-- checks:
--   not_null: merchant_id
--   unique: merchant_id

with
refunds as (
    select merchant_id
    from core.refunds
)

select distinct merchant_id
from refunds
