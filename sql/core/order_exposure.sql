-- description: What every order contributes to return rates: the one place of the default metric's definitions, which marts only add up. Clock: ordered; in units; parcels that never arrived (RTO) are not returns.
-- grain: order
-- key: merchant_id, order_id
-- load: replace
-- month: placed_date
-- columns:
--   merchant_id
--   order_id varchar: Order number, unique within the merchant.
--   placed_date date: The merchant's local date on which the order was placed.
--   order_week date: Monday of the local week in which the order was placed.
--   shipped_quantity bigint: Units shipped, RTO excluded: eligible_quantity of core.order_units.
--   returned_quantity bigint: Units asked back, neither rejected nor cancelled, at most those shipped; 0 where nothing is known of returns.
--   excess_returned_quantity bigint: Units asked back beyond those shipped.
--   age_days bigint: Days from the order to the last day that returns are known for, negative for younger orders; empty where the merchant has no returns source.
--   developed_share double: Share of the order's returns to expect within the horizon that the loaded returns can hold: the development curve at the order's age, less what came before the returns begin; 0 for orders younger than the returns, 1 beyond the horizon. Empty where the curve lacks evidence or no returns source exists.
--   exposure_quantity decimal(18,6): Shipped units x developed share: units that had their chance to come back; 0 where nothing was shipped, empty where the share is.
-- checks:
--   not_null: order_id
--   unique: merchant_id, order_id
--   assert developed_is_a_share: developed_share between 0 and 1
--   assert returned_at_most_shipped: returned_quantity <= shipped_quantity
--   assert excess_only_beyond_shipped: excess_returned_quantity = 0 or returned_quantity = shipped_quantity
--   assert exposure_at_most_shipped: exposure_quantity between 0 and shipped_quantity

with
order_units as (
    select merchant_id, order_id, placed_date, order_week, eligible_quantity as shipped_quantity
    from core.order_units
),

return_units as (
    select merchant_id, order_id, returned_quantity, excess_returned_quantity
    from core.return_units
    where is_counted
),

returns_coverage as (
    select merchant_id, horizon_days, returns_from_date, data_through_date
    from core.returns_coverage
),

return_development as (
    select merchant_id, age_days, developed_share
    from core.return_development
),

returned as (
    select
        merchant_id,
        order_id,
        cast(sum(returned_quantity) as bigint) as returned_quantity,
        cast(sum(excess_returned_quantity) as bigint) as excess_returned_quantity
    from return_units
    group by merchant_id, order_id
),

aged as (
    select
        order_units.merchant_id,
        order_units.order_id,
        order_units.placed_date,
        order_units.order_week,
        order_units.shipped_quantity,
        coalesce(returned.returned_quantity, 0) as returned_quantity,
        coalesce(returned.excess_returned_quantity, 0) as excess_returned_quantity,
        returns_coverage.horizon_days,
        returns_coverage.data_through_date - order_units.placed_date as age_days,
        case
            when order_units.placed_date < returns_coverage.returns_from_date
                then returns_coverage.returns_from_date - order_units.placed_date
            else 0
        end as unseen_days
    from order_units
    left join returns_coverage on order_units.merchant_id = returns_coverage.merchant_id
    left join returned
        on order_units.merchant_id = returned.merchant_id and order_units.order_id = returned.order_id
),

developed as (
    select
        aged.merchant_id,
        aged.order_id,
        aged.placed_date,
        aged.order_week,
        aged.shipped_quantity,
        aged.returned_quantity,
        aged.excess_returned_quantity,
        aged.age_days,
        case
            when aged.age_days < 0 or aged.unseen_days > aged.horizon_days then 0
            when aged.age_days >= aged.horizon_days and aged.unseen_days = 0 then 1
            when aged.unseen_days = 0 then at_end.developed_share
            else at_end.developed_share - before_begin.developed_share
        end as developed_share
    from aged
    left join return_development as at_end
        on
            aged.merchant_id = at_end.merchant_id
            and least(aged.age_days, aged.horizon_days) = at_end.age_days
    left join return_development as before_begin
        on aged.merchant_id = before_begin.merchant_id and aged.unseen_days - 1 = before_begin.age_days
)

select
    merchant_id,
    order_id,
    placed_date,
    order_week,
    shipped_quantity,
    returned_quantity,
    excess_returned_quantity,
    age_days,
    developed_share,
    case
        when shipped_quantity = 0 then 0
        else cast(shipped_quantity * developed_share as decimal(18, 6))
    end as exposure_quantity
from developed
