-- description: How fast each merchant's returns come: of the units returned within the horizon by orders old enough to have passed it, the share requested within so many days of the order. Orders placed before the returns begin are left out.
-- grain: merchant with a returns source x day of age
-- key: merchant_id, age_days
-- load: replace
-- columns:
--   merchant_id
--   age_days bigint: Days after the order, 0 to the horizon.
--   developed_share double: Returned units of matured orders requested within `age_days` / those requested within the horizon; clock: ordered. Empty below 30 such units: not enough evidence.
--   matured_returned_quantity bigint: Units that the curve rests on: returned within the horizon, by matured orders.
--   matured_order_count bigint: Orders with shipped units that were placed at least the horizon before the returns end.
--   data_through_date date: Last local day that the returns are known for.
-- checks:
--   not_null: merchant_id
--   unique: merchant_id, age_days
--   assert developed_is_a_share: developed_share between 0 and 1

with
returns_coverage as (
    select merchant_id, horizon_days, returns_from_date, data_through_date
    from core.returns_coverage
),

order_units as (
    select merchant_id, order_id, placed_date, eligible_quantity
    from core.order_units
),

return_units as (
    select merchant_id, order_id, age_days, returned_quantity
    from core.return_units
    where is_counted
),

ages as (
    select range as age_days
    from range(0, 400)
),

matured_orders as (
    select order_units.merchant_id, order_units.order_id, returns_coverage.horizon_days
    from order_units
    inner join returns_coverage on order_units.merchant_id = returns_coverage.merchant_id
    where
        order_units.eligible_quantity > 0
        and returns_coverage.data_through_date - order_units.placed_date >= returns_coverage.horizon_days
        and (
            returns_coverage.returns_from_date is null
            or order_units.placed_date >= returns_coverage.returns_from_date
        )
),

order_counts as (
    select merchant_id, count(*) as matured_order_count
    from matured_orders
    group by merchant_id
),

returned_by_age as (
    select
        return_units.merchant_id,
        return_units.age_days,
        cast(sum(return_units.returned_quantity) as bigint) as returned_quantity
    from return_units
    inner join matured_orders
        on
            return_units.merchant_id = matured_orders.merchant_id
            and return_units.order_id = matured_orders.order_id
    where return_units.age_days <= matured_orders.horizon_days
    group by return_units.merchant_id, return_units.age_days
),

every_age as (
    select
        returns_coverage.merchant_id,
        returns_coverage.data_through_date,
        ages.age_days,
        coalesce(returned_by_age.returned_quantity, 0) as returned_quantity
    from returns_coverage
    inner join ages on returns_coverage.horizon_days >= ages.age_days
    left join returned_by_age
        on
            returns_coverage.merchant_id = returned_by_age.merchant_id
            and ages.age_days = returned_by_age.age_days
),

summed as (
    select
        merchant_id,
        data_through_date,
        age_days,
        cast(
            sum(returned_quantity) over (
                partition by merchant_id
                order by age_days asc
                rows between unbounded preceding and current row
            ) as bigint
        ) as returned_so_far_quantity,
        cast(sum(returned_quantity) over (partition by merchant_id) as bigint) as matured_returned_quantity
    from every_age
)

select
    summed.merchant_id,
    summed.age_days,
    case
        when summed.matured_returned_quantity >= 30
            then summed.returned_so_far_quantity / summed.matured_returned_quantity
    end as developed_share,
    summed.matured_returned_quantity,
    coalesce(order_counts.matured_order_count, 0) as matured_order_count,
    summed.data_through_date
from summed
left join order_counts on summed.merchant_id = order_counts.merchant_id
