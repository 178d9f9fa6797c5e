-- description: Units of core.sold_days that came back, by its keys, days until the return was known and class of reason: what return models learn from. Of each line at most what it sold; refused and cancelled requests are left out.
-- grain: merchant x product x variant x category x supplier x brand x fulfilment type x window class x order week x start date x lag x class of reason
-- key: merchant_id, product_id, variant_id, category, supplier, brand, fulfilment_type, window_class, order_week, start_date, lag_days, reason_class
-- load: replace
-- month: order_week
-- columns:
--   merchant_id
--   product_id varchar: Product of core.line_units.
--   variant_id varchar: Variant of core.line_units; `-` where none.
--   category varchar: Category on the day of the order; `none` where unknown.
--   supplier varchar: Supplier of the unit; `none` where unknown.
--   brand varchar: Brand; `none` where unknown.
--   fulfilment_type varchar: `own`, `drop_ship` or `none`.
--   window_class varchar: Return window of the policy stamped on the order, as in core.line_starts.
--   horizon_days bigint: Days after start_date within which returns are expected; one number for each window class.
--   order_week date: Monday of the local week in which the orders were placed.
--   start_date date: Day of delivery, known or estimated as core.line_starts says.
--   lag_days bigint: Days from start_date until the return was known; 0 where it was known before. May be more than the horizon. A return without any date counts on the last day on which it can have become known: the last day of core.returns_coverage, or that of the horizon where it is earlier.
--   reason_class varchar: Class of the reason stated.
--   quantity bigint: Units returned.
--   line_count bigint: Order lines of which these are the first units to come back; 0 where others of each came before, so that no line counts twice.
--   quantity_squares bigint: Sum over lines and returns of the squared units: units of one line come back together, and this tells how many do.
-- checks:
--   not_null: product_id
--   not_null: variant_id
--   not_null: start_date
--   not_null: lag_days
--   not_null: reason_class
--   unique: merchant_id, product_id, variant_id, category, supplier, brand, fulfilment_type, window_class, order_week, start_date, lag_days, reason_class
--   assert only_units_that_came_back: quantity > 0
--   assert lines_hold_units: line_count between 0 and quantity
--   assert squares_are_no_less: quantity_squares >= quantity
--   assert lag_is_not_negative: lag_days >= 0
--   assert week_begins_on_monday: extract(isodow from order_week) = 1

with
line_units as (
    select
        merchant_id,
        order_id,
        order_line_id,
        product_id,
        variant_id,
        category,
        supplier,
        brand,
        fulfilment_type,
        order_week
    from core.line_units
    where eligible_quantity > 0
),

line_starts as (
    select merchant_id, order_id, order_line_id, window_class, horizon_days, start_date
    from core.line_starts
),

line_returns as (
    select
        merchant_id,
        order_id,
        order_line_id,
        reason_class,
        known_date,
        returned_quantity,
        row_number() over (
            partition by merchant_id, order_id, order_line_id
            order by known_date asc nulls last, return_line_id asc
        ) as return_number
    from core.line_returns
    where returned_quantity > 0
),

returns_coverage as (
    select merchant_id, data_through_date
    from core.returns_coverage
),

lagged as (
    select
        line_units.merchant_id,
        line_units.product_id,
        line_units.variant_id,
        line_units.category,
        line_units.supplier,
        line_units.brand,
        line_units.fulfilment_type,
        line_starts.window_class,
        line_starts.horizon_days,
        line_units.order_week,
        line_starts.start_date,
        greatest(
            coalesce(
                line_returns.known_date - line_starts.start_date,
                -- least() passes over what is empty.
                least(returns_coverage.data_through_date - line_starts.start_date, line_starts.horizon_days)
            ),
            0
        ) as lag_days,
        line_returns.reason_class,
        line_returns.returned_quantity,
        line_returns.return_number
    from line_returns
    inner join line_units
        on
            line_returns.merchant_id = line_units.merchant_id
            and line_returns.order_id = line_units.order_id
            and line_returns.order_line_id = line_units.order_line_id
    inner join line_starts
        on
            line_returns.merchant_id = line_starts.merchant_id
            and line_returns.order_id = line_starts.order_id
            and line_returns.order_line_id = line_starts.order_line_id
    left join returns_coverage on line_returns.merchant_id = returns_coverage.merchant_id
)

select
    merchant_id,
    product_id,
    variant_id,
    category,
    supplier,
    brand,
    fulfilment_type,
    window_class,
    horizon_days,
    order_week,
    start_date,
    lag_days,
    reason_class,
    cast(sum(returned_quantity) as bigint) as quantity,
    count(*) filter (where return_number = 1) as line_count,
    cast(sum(returned_quantity * returned_quantity) as bigint) as quantity_squares
from lagged
group by
    merchant_id,
    product_id,
    variant_id,
    category,
    supplier,
    brand,
    fulfilment_type,
    window_class,
    horizon_days,
    order_week,
    start_date,
    lag_days,
    reason_class
