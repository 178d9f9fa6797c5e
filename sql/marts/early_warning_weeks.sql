-- description: The picture of every flag of marts.early_warnings, for readers: by week of sale, what came back and what was to be expected.
-- grain: merchant x flag x week of sale
-- key: merchant_id, kind, unit_id, reason_class, sold_week
-- load: replace
-- columns:
--   merchant_id
--   kind varchar: What is watched: a SKU for a class of reason, a supplier, a lot (what a supplier first sold in one week), or a category.
--   unit_id varchar: Its id: product and variant of a SKU; supplier and first-sold week of a lot.
--   reason_class varchar: Class of the stated reason, or `all`: for whatever reason.
--   sold_week date: Monday of the week in which the order lines reached customers.
--   sold_line_count bigint: Order lines of that week.
--   returned_line_count bigint: Those of them of which anything was asked back so far.
--   expected_line_count double: Order lines to expect so far at its own rate before.
--   expected_lower_90 double: Where 90 % of such counts lie: lower end.
--   expected_upper_90 double: Upper end.
-- checks:
--   not_null: kind
--   not_null: unit_id
--   not_null: reason_class
--   not_null: sold_week
--   unique: merchant_id, kind, unit_id, reason_class, sold_week

with
early_warning_weeks as (
    select
        merchant_id,
        kind,
        unit_id,
        reason_class,
        sold_week,
        sold_line_count,
        returned_line_count,
        expected_line_count,
        expected_lower_90,
        expected_upper_90
    from ml.early_warning_weeks
)

select
    merchant_id,
    kind,
    unit_id,
    reason_class,
    sold_week,
    sold_line_count,
    returned_line_count,
    expected_line_count,
    expected_lower_90,
    expected_upper_90
from early_warning_weeks
