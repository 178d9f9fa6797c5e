-- description: Customers after their first return, each beside up to five buyers who returned nothing of a like order: the same calendar month, channel, band of earlier orders and quarter of order value. Both clocks start the same number of days after the order, or the waiting for a return would itself count as loyalty; what is bought or returned later decides nothing about who is compared. Only customers with a pseudonym, no guests; only months of which everybody could be followed for 90 days.
-- grain: returner x place among the compared (0 is the returner)
-- key: merchant_id, returner_order_id, match_number
-- load: replace
-- columns:
--   merchant_id
--   returner_order_id varchar: Order of the customer's first return.
--   match_number bigint: 0 for the returner, 1 to 5 for the buyers compared with.
--   order_id varchar: The order looked at: the returner's own, or the like one.
--   outcome varchar: How that first return ended, as core.return_outcomes says; of several lines the first by id.
--   placed_date date: The merchant's local date of the order looked at.
--   start_date date: Day from which repurchases count: order day plus the returner's days from order to return.
--   has_repurchased boolean: Placed another order, neither called off nor of 0 to pay, in the 90 days after start_date.
-- checks:
--   not_null: returner_order_id
--   not_null: order_id
--   unique: merchant_id, returner_order_id, match_number
--   assert at_most_five: match_number between 0 and 5
--   assert returner_stands_for_itself: (match_number = 0) = (order_id = returner_order_id)
--   assert clock_starts_after_the_order: start_date >= placed_date

with
orders as (
    select
        merchant_id,
        order_id,
        customer_key,
        status,
        total_amount,
        coalesce(channel, '') as channel,
        total_merchant_amount,
        coalesce(is_guest, false) as is_guest,
        placed_date
    from core.orders
    where customer_key is not null
),

order_units as (
    select merchant_id, order_id, eligible_quantity
    from core.order_units
),

return_units as (
    select merchant_id, return_line_id, order_id, known_date
    from core.return_units
    where is_counted and returned_quantity > 0
),

return_outcomes as (
    select merchant_id, return_line_id, outcome
    from core.return_outcomes
),

returns_coverage as (
    select merchant_id, returns_from_date, data_through_date
    from core.returns_coverage
),

-- Orders that somebody went through with; one with nothing to pay may be the exchange itself.
bought as (
    select
        merchant_id,
        order_id,
        customer_key,
        is_guest,
        total_amount,
        placed_date,
        channel,
        total_merchant_amount,
        row_number() over (
            partition by merchant_id, customer_key order by placed_date asc, order_id asc
        ) - 1 as earlier_count,
        count(*) over (partition by merchant_id, customer_key) as order_count
    from orders
    where coalesce(status not in ('incomplete', 'pending', 'awaiting_payment', 'declined', 'cancelled'), true)
),

followed as (
    select
        returns_coverage.merchant_id,
        returns_coverage.returns_from_date,
        least(returns_coverage.data_through_date, max(orders.placed_date)) as followed_through_date
    from returns_coverage
    inner join orders on returns_coverage.merchant_id = orders.merchant_id
    group by
        returns_coverage.merchant_id, returns_coverage.returns_from_date, returns_coverage.data_through_date
),

-- More than 100 orders are a reseller's or a placeholder's.
compared as (
    select
        bought.merchant_id,
        bought.order_id,
        bought.customer_key,
        bought.placed_date,
        cast(date_trunc('month', bought.placed_date) as date) as order_month,
        bought.channel,
        case
            when bought.earlier_count < 2 then bought.earlier_count
            when bought.earlier_count < 4 then 2
            else 4
        end as earlier_band,
        case
            when bought.total_merchant_amount is null then -1
            else
                least(
                    floor(
                        4 * percent_rank() over (
                            partition by bought.merchant_id, bought.total_merchant_amount is null
                            order by bought.total_merchant_amount asc
                        )
                    ),
                    3
                )
        end as value_band,
        followed.followed_through_date
    from bought
    inner join followed on bought.merchant_id = followed.merchant_id
    inner join order_units
        on bought.merchant_id = order_units.merchant_id and bought.order_id = order_units.order_id
    where
        not bought.is_guest
        and bought.order_count <= 100
        and order_units.eligible_quantity > 0
        and coalesce(bought.placed_date >= followed.returns_from_date, true)
),

returns_of_customers as (
    select
        return_units.merchant_id,
        orders.customer_key,
        return_units.order_id,
        return_units.return_line_id,
        return_units.known_date,
        row_number() over (
            partition by return_units.merchant_id, orders.customer_key
            order by return_units.known_date asc nulls first, return_units.return_line_id asc
        ) as return_number
    from return_units
    inner join orders
        on return_units.merchant_id = orders.merchant_id and return_units.order_id = orders.order_id
),

first_returns as (
    select merchant_id, customer_key, order_id, return_line_id, known_date
    from returns_of_customers
    where return_number = 1
),

returned_orders as (
    select distinct merchant_id, order_id
    from returns_of_customers
),

-- Everybody of the month must have been followed, the last day's buyers too. Within a cell the order is a
-- digest's: anyhow, and the same every time.
returners as (
    select
        compared.merchant_id,
        compared.order_id,
        compared.customer_key,
        compared.placed_date,
        compared.order_month,
        compared.channel,
        compared.earlier_band,
        compared.value_band,
        return_outcomes.outcome,
        greatest(first_returns.known_date - compared.placed_date, 0) as lag_days,
        row_number() over (
            partition by
                compared.merchant_id,
                compared.order_month,
                compared.channel,
                compared.earlier_band,
                compared.value_band
            order by md5(compared.order_id) asc, compared.order_id asc
        ) as cell_number,
        count(*) over (
            partition by
                compared.merchant_id,
                compared.order_month,
                compared.channel,
                compared.earlier_band,
                compared.value_band
        ) as cell_count
    from compared
    inner join first_returns
        on
            compared.merchant_id = first_returns.merchant_id
            and compared.order_id = first_returns.order_id
            and compared.customer_key = first_returns.customer_key
    left join return_outcomes
        on
            first_returns.merchant_id = return_outcomes.merchant_id
            and first_returns.return_line_id = return_outcomes.return_line_id
    where
        first_returns.known_date is not null
        and compared.followed_through_date - cast(compared.order_month + interval 1 month as date)
        >= 89 + greatest(first_returns.known_date - compared.placed_date, 0)
),

others as (
    select
        compared.merchant_id,
        compared.order_id,
        compared.customer_key,
        compared.placed_date,
        compared.order_month,
        compared.channel,
        compared.earlier_band,
        compared.value_band,
        row_number() over (
            partition by
                compared.merchant_id,
                compared.order_month,
                compared.channel,
                compared.earlier_band,
                compared.value_band
            order by md5(compared.order_id) asc, compared.order_id asc
        ) - 1 as cell_number
    from compared
    left join returned_orders
        on
            compared.merchant_id = returned_orders.merchant_id
            and compared.order_id = returned_orders.order_id
    where returned_orders.order_id is null
),

cells as (
    select distinct merchant_id, order_month, channel, earlier_band, value_band, cell_count
    from returners
),

-- Dealt round by round, each returner of the cell one more, five at most.
dealt as (
    select
        others.merchant_id,
        others.order_id,
        others.customer_key,
        others.placed_date,
        others.order_month,
        others.channel,
        others.earlier_band,
        others.value_band,
        others.cell_number % cells.cell_count + 1 as returner_number,
        cast(floor(others.cell_number / cells.cell_count) as bigint) + 1 as match_number
    from others
    inner join cells
        on
            others.merchant_id = cells.merchant_id
            and others.order_month = cells.order_month
            and others.channel = cells.channel
            and others.earlier_band = cells.earlier_band
            and others.value_band = cells.value_band
    where others.cell_number < 5 * cells.cell_count
),

drawn as (
    select
        returners.merchant_id,
        returners.order_id as returner_order_id,
        returners.outcome,
        returners.lag_days,
        dealt.order_id,
        dealt.customer_key,
        dealt.placed_date,
        dealt.match_number
    from returners
    inner join dealt
        on
            returners.merchant_id = dealt.merchant_id
            and returners.order_month = dealt.order_month
            and returners.channel = dealt.channel
            and returners.earlier_band = dealt.earlier_band
            and returners.value_band = dealt.value_band
            and returners.cell_number = dealt.returner_number
    where returners.customer_key <> dealt.customer_key
),

-- Who had returned another order before the clock starts is no buyer who returned nothing.
paired as (
    select
        merchant_id,
        order_id as returner_order_id,
        cast(0 as bigint) as match_number,
        order_id,
        customer_key,
        outcome,
        placed_date,
        placed_date + cast(lag_days as integer) as start_date
    from returners
    union all
    select
        drawn.merchant_id,
        drawn.returner_order_id,
        drawn.match_number,
        drawn.order_id,
        drawn.customer_key,
        drawn.outcome,
        drawn.placed_date,
        drawn.placed_date + cast(drawn.lag_days as integer) as start_date
    from drawn
    left join first_returns
        on
            drawn.merchant_id = first_returns.merchant_id
            and drawn.customer_key = first_returns.customer_key
    where
        first_returns.customer_key is null
        or first_returns.known_date > drawn.placed_date + cast(drawn.lag_days as integer)
),

repurchased as (
    select distinct paired.merchant_id, paired.returner_order_id, paired.match_number
    from paired
    inner join bought
        on paired.merchant_id = bought.merchant_id and paired.customer_key = bought.customer_key
    where
        bought.placed_date > paired.start_date
        and bought.placed_date <= paired.start_date + 90
        and bought.order_id <> paired.order_id
        and coalesce(bought.total_amount > 0, true)
)

select
    paired.merchant_id,
    paired.returner_order_id,
    paired.match_number,
    paired.order_id,
    paired.outcome,
    paired.placed_date,
    paired.start_date,
    repurchased.match_number is not null as has_repurchased
from paired
left join repurchased
    on
        paired.merchant_id = repurchased.merchant_id
        and paired.returner_order_id = repurchased.returner_order_id
        and paired.match_number = repurchased.match_number
