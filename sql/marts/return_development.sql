-- description: How fast each merchant's returns come, for readers: the curve by which rates are corrected for maturity, with the evidence that it rests on.
-- grain: merchant with a returns source x day of age
-- key: merchant_id, age_days
-- load: replace
-- columns:
--   merchant_id
--   age_days bigint: Days after the order, 0 to 90.
--   developed_share double: Returned units of matured orders requested within `age_days` / those requested within 90 days; clock: ordered. Empty below 30 such units: not enough evidence.
--   matured_returned_quantity bigint: Units that the curve rests on: returned within 90 days, by matured orders.
--   matured_order_count bigint: Orders with shipped units that were placed at least 90 days before the returns end.
--   data_through_date date: Last local day that the returns are known for.
-- checks:
--   unique: merchant_id, age_days
--   assert developed_is_a_share: developed_share between 0 and 1
--   assert curve_ends_at_one: age_days < 90 or developed_share = 1

with
return_development as (
    select
        merchant_id,
        age_days,
        developed_share,
        matured_returned_quantity,
        matured_order_count,
        data_through_date
    from core.return_development
)

select
    merchant_id,
    age_days,
    developed_share,
    matured_returned_quantity,
    matured_order_count,
    data_through_date
from return_development
