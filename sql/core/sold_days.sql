-- description: Units that can come back, counted by product, variant, category, supplier, return window, week of the order and day from which returns are counted: what return models learn from. Lines that did not ship are left out, parcels that never arrived (RTO) too.
-- grain: merchant x product x variant x category x supplier x brand x fulfilment type x window class x order week x start date
-- key: merchant_id, product_id, variant_id, category, supplier, brand, fulfilment_type, window_class, order_week, start_date
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
--   quantity bigint: Units shipped, RTO excluded.
--   line_count bigint: Order lines that hold these units: a customer decides by the line, however many units it has.
-- checks:
--   not_null: product_id
--   not_null: variant_id
--   not_null: start_date
--   unique: merchant_id, product_id, variant_id, category, supplier, brand, fulfilment_type, window_class, order_week, start_date
--   assert only_units_that_were_sold: quantity > 0
--   assert lines_hold_units: line_count between 1 and quantity
--   assert week_begins_on_monday: extract(isodow from order_week) = 1
--   assert starts_with_the_order: start_date >= order_week

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
        order_week,
        eligible_quantity
    from core.line_units
    where eligible_quantity > 0
),

line_starts as (
    select merchant_id, order_id, order_line_id, window_class, horizon_days, start_date
    from core.line_starts
)

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
    cast(sum(line_units.eligible_quantity) as bigint) as quantity,
    count(*) as line_count
from line_units
inner join line_starts
    on
        line_units.merchant_id = line_starts.merchant_id
        and line_units.order_id = line_starts.order_id
        and line_units.order_line_id = line_starts.order_line_id
group by
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
    line_starts.start_date
