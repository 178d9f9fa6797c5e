-- description: The return rate of every month as other systems define it, recomputed from the same rows, beside keeprate's own. None but keeprate's leaves out what never arrived, none is corrected for maturity, and none but keeprate's caps returns at what shipped. What is told twice counts once in all. marts.store_rate_differences explains each difference to the unit.
-- grain: merchant x local month x definition
-- key: merchant_id, rate_month, definition
-- load: replace
-- columns:
--   merchant_id
--   rate_month date: First day of the local month; which moment it is of say the two clocks.
--   definition varchar: `shopify`: units processed in the month (money back, else exchanged or repaired, else received; refused requests not) / units ordered in the month. `aftership`: units asked back of the month's orders, refused requests not, as seen so far / units ordered in the month. `loop_returns`: units requested in the month, refused ones too / units ordered in the month, all channels. `loop_products`: units requested of the month's orders, refused ones too / units ordered in the month. `amazon`: of units shipped in the month, those returned in it or the two that follow / units shipped. `keeprate_observed`: units returned of the month's orders, of each line at most those shipped / units shipped, RTO excluded: what marts.return_rate_weekly observes, by month.
--   numerator_clock varchar: What dates the numerator's units: processed, requested, ordered or shipped.
--   denominator_clock varchar: What dates the denominator's units: ordered or shipped.
--   numerator_quantity bigint: Units of the numerator; 0 where nothing is known of returns.
--   denominator_quantity bigint: Units of the denominator: ordered ones of every status but `incomplete`, or shipped ones.
--   return_rate double: Numerator / denominator on the clocks named; above 1 where more units are counted than the month sold. Empty without a returns source or without units in the denominator.
--   is_complete boolean: The number will not grow any more: the returns are known from the month's beginning to its end (shopify, loop_returns), to the end of the third month (amazon), or to the horizon of core.returns_coverage after its end (the others).
-- checks:
--   not_null: rate_month
--   not_null: definition
--   unique: merchant_id, rate_month, definition
--   assert definition_is_known: definition in ('shopify', 'aftership', 'loop_returns', 'loop_products', 'amazon', 'keeprate_observed')
--   assert units_are_not_negative: numerator_quantity >= 0 and denominator_quantity >= 0
--   assert no_rate_without_units: denominator_quantity > 0 or return_rate is null
--   assert own_rate_is_a_share: definition <> 'keeprate_observed' or numerator_quantity <= denominator_quantity

with
order_clocks as (
    select
        merchant_id,
        order_month,
        shipped_month,
        ordered_quantity,
        shipped_quantity,
        eligible_quantity,
        is_placed
    from core.order_clocks
),

return_clocks as (
    select
        merchant_id,
        order_month,
        shipped_month,
        requested_date,
        known_date,
        processed_date,
        requested_quantity,
        returned_quantity,
        is_refused,
        is_orphan
    from core.return_clocks
    where not is_twin
),

returns_coverage as (
    select merchant_id, horizon_days, returns_from_date, data_through_date
    from core.returns_coverage
),

definitions as (
    select listed.definition, listed.numerator_clock, listed.denominator_clock
    from (
        values
        ('shopify', 'processed', 'ordered'),
        ('aftership', 'ordered', 'ordered'),
        ('loop_returns', 'requested', 'ordered'),
        ('loop_products', 'ordered', 'ordered'),
        ('amazon', 'shipped', 'shipped'),
        ('keeprate_observed', 'ordered', 'ordered')
    ) as listed (definition, numerator_clock, denominator_clock)
),

numerators as (
    select
        merchant_id,
        'shopify' as definition,
        cast(date_trunc('month', processed_date) as date) as rate_month,
        requested_quantity as quantity
    from return_clocks
    where not is_refused and processed_date is not null
    union all
    select merchant_id, 'aftership', order_month, requested_quantity
    from return_clocks
    where not is_refused and not is_orphan
    union all
    select merchant_id, 'loop_returns', cast(date_trunc('month', requested_date) as date), requested_quantity
    from return_clocks
    where requested_date is not null
    union all
    select merchant_id, 'loop_products', order_month, requested_quantity
    from return_clocks
    where not is_orphan
    union all
    select merchant_id, 'amazon', shipped_month, requested_quantity
    from return_clocks
    where not is_refused and known_date < shipped_month + interval 3 month
    union all
    select merchant_id, 'keeprate_observed', order_month, returned_quantity
    from return_clocks
    where not is_orphan
),

denominators as (
    select
        definitions.definition,
        order_clocks.merchant_id,
        order_clocks.order_month as rate_month,
        order_clocks.ordered_quantity as quantity
    from order_clocks
    cross join definitions
    where order_clocks.is_placed and definitions.definition not in ('amazon', 'keeprate_observed')
    union all
    select 'amazon', merchant_id, shipped_month, shipped_quantity
    from order_clocks
    where shipped_month is not null
    union all
    select 'keeprate_observed', merchant_id, order_month, eligible_quantity
    from order_clocks
),

numerator_sums as (
    select merchant_id, definition, rate_month, cast(sum(quantity) as bigint) as quantity
    from numerators
    group by merchant_id, definition, rate_month
),

denominator_sums as (
    select merchant_id, definition, rate_month, cast(sum(quantity) as bigint) as quantity
    from denominators
    group by merchant_id, definition, rate_month
),

months as (
    select merchant_id, rate_month
    from numerator_sums
    union
    select merchant_id, rate_month
    from denominator_sums
),

counted as (
    select
        months.merchant_id,
        months.rate_month,
        definitions.definition,
        definitions.numerator_clock,
        definitions.denominator_clock,
        coalesce(numerator_sums.quantity, 0) as numerator_quantity,
        coalesce(denominator_sums.quantity, 0) as denominator_quantity,
        cast(
            case
                when definitions.definition = 'amazon' then months.rate_month + interval 3 month
                when definitions.definition in ('shopify', 'loop_returns')
                    then months.rate_month + interval 1 month
            end as date
        ) as known_after_date,
        cast(months.rate_month + interval 1 month as date) as next_month
    from months
    cross join definitions
    left join numerator_sums
        on
            months.merchant_id = numerator_sums.merchant_id
            and months.rate_month = numerator_sums.rate_month
            and definitions.definition = numerator_sums.definition
    left join denominator_sums
        on
            months.merchant_id = denominator_sums.merchant_id
            and months.rate_month = denominator_sums.rate_month
            and definitions.definition = denominator_sums.definition
)

select
    counted.merchant_id,
    counted.rate_month,
    counted.definition,
    counted.numerator_clock,
    counted.denominator_clock,
    counted.numerator_quantity,
    counted.denominator_quantity,
    case
        when returns_coverage.merchant_id is not null and counted.denominator_quantity > 0
            then counted.numerator_quantity / counted.denominator_quantity
    end as return_rate,
    coalesce(
        coalesce(returns_coverage.returns_from_date <= counted.rate_month, true)
        and returns_coverage.data_through_date >= coalesce(
            counted.known_after_date - 1,
            counted.next_month - 1 + cast(returns_coverage.horizon_days as integer)
        ),
        false
    ) as is_complete
from counted
left join returns_coverage on counted.merchant_id = returns_coverage.merchant_id
