-- description: How fast each merchant's returns come, for readers: the curves by which rates are corrected for maturity, with the evidence that they rest on. Clock: delivered.
-- grain: merchant with a returns source x return window x category x class of reason x day of age
-- key: merchant_id, window_class, category, reason_class, age_days
-- load: replace
-- columns:
--   merchant_id
--   window_class varchar: Return window of the policy in force, such as `30 days`; `*` all of them.
--   category varchar: Category of the product; `none` where it has none, `*` all of them.
--   reason_class varchar: Class of the stated reason, or `all`.
--   age_days bigint: Days since delivery, 0 to the horizon of the window.
--   developed_share double: Units asked back within `age_days` / units asked back within the horizon, to expect.
--   lower_90 double: Lower end of the 90 % interval of the true share.
--   upper_90 double: Upper end of that interval.
--   at_risk_quantity bigint: Units delivered at least so many days before the returns end.
--   returned_quantity bigint: Units asked back on that day of age.
--   credibility double: Weight of the cell's own evidence in its curve, 0 to 1.
--   basis varchar: What the curve rests on: `own` evidence, `blended`, the `merchant`, what others `shared`, or `assumed`.
-- checks:
--   unique: merchant_id, window_class, category, reason_class, age_days
--   assert developed_is_a_share: developed_share between 0 and 1
--   assert interval_holds_the_share: developed_share between lower_90 and upper_90

with
maturity_curves as (
    select
        merchant_id,
        window_class,
        category,
        reason_class,
        age_days,
        developed_share,
        lower_90,
        upper_90,
        at_risk_quantity,
        returned_quantity,
        credibility,
        basis
    from ml.maturity_curves
)

select
    merchant_id,
    window_class,
    category,
    reason_class,
    age_days,
    developed_share,
    lower_90,
    upper_90,
    at_risk_quantity,
    returned_quantity,
    credibility,
    basis
from maturity_curves
