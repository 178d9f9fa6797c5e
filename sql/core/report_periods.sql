-- description: The periods that reports compare: whole order weeks up to the last one for which both orders and returns are known (orders alone where no returns source exists), and the period of the same length before each.
-- grain: merchant with orders x period
-- key: merchant_id, period
-- load: replace
-- columns:
--   merchant_id
--   period varchar: last_week, last_4_weeks, last_13_weeks, the periods before them (previous_week, previous_4_weeks, previous_13_weeks), and all.
--   previous_period varchar: Period of the same length before it, with which it is compared; empty for the previous ones and all.
--   week_count bigint: Weeks of the period.
--   period_start_date date: First day of the period, a Monday.
--   period_end_date date: Last day of the period, a Sunday.
-- checks:
--   not_null: period
--   not_null: period_start_date
--   not_null: period_end_date
--   unique: merchant_id, period
--   assert period_is_whole_weeks: period_end_date - period_start_date + 1 = 7 * week_count and extract(isodow from period_start_date) = 1
--   assert period_has_a_week: week_count >= 1

with
order_units as (
    select merchant_id, placed_date, order_week
    from core.order_units
),

returns_coverage as (
    select merchant_id, data_through_date
    from core.returns_coverage
),

order_dates as (
    select merchant_id, min(order_week) as first_order_week, max(placed_date) as last_placed_date
    from order_units
    group by merchant_id
),

last_weeks as (
    select
        order_dates.merchant_id,
        order_dates.first_order_week,
        -- least() passes over what is empty.
        cast(
            date_trunc(
                'week',
                least(returns_coverage.data_through_date, order_dates.last_placed_date) + 1
            ) as date
        ) as next_week
    from order_dates
    left join returns_coverage on order_dates.merchant_id = returns_coverage.merchant_id
),

lengths as (
    select listed.period, listed.previous_period, listed.weeks_before, listed.week_count
    from (
        values
        ('last_week', 'previous_week', 0, 1),
        ('previous_week', null, 1, 1),
        ('last_4_weeks', 'previous_4_weeks', 0, 4),
        ('previous_4_weeks', null, 4, 4),
        ('last_13_weeks', 'previous_13_weeks', 0, 13),
        ('previous_13_weeks', null, 13, 13)
    ) as listed (period, previous_period, weeks_before, week_count)
),

periods as (
    select
        last_weeks.merchant_id,
        lengths.period,
        lengths.previous_period,
        last_weeks.next_week - 7 * (lengths.weeks_before + lengths.week_count) as period_start_date,
        last_weeks.next_week - 7 * lengths.weeks_before - 1 as period_end_date
    from last_weeks
    cross join lengths
    union all
    select
        merchant_id,
        'all' as period,
        cast(null as varchar) as previous_period,
        least(first_order_week, next_week - 7) as period_start_date,
        next_week - 1 as period_end_date
    from last_weeks
)

select
    merchant_id,
    period,
    previous_period,
    cast((period_end_date - period_start_date + 1) / 7 as bigint) as week_count,
    period_start_date,
    period_end_date
from periods
