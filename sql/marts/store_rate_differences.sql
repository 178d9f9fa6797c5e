-- description: Why another system shows another return rate: for every month and definition of marts.store_rates, the difference of its numerator and denominator to keeprate's observed ones in named steps that add up to the unit. The steps are counted line by line, the numbers they explain are not: `unexplained_quantity` proves it.
-- grain: merchant x local month x definition x side x step
-- key: merchant_id, rate_month, definition, side, step
-- load: replace
-- columns:
--   merchant_id
--   rate_month date: First day of the local month.
--   definition varchar: As in marts.store_rates; keeprate_observed is what is compared with.
--   side varchar: `numerator` or `denominator`.
--   step varchar: Numerator: `returns_of_other_months`: their orders were placed in another month; `counted_in_other_months`: returns of this month's orders that they date into another one; `refused_requests`: rejected or cancelled; `excess_units`: asked back beyond what shipped of the item and arrived; `unknown_orders`: the order is not loaded; `not_processed`: not settled, or not dated; `request_undated`; `ship_date_unknown`; `after_third_month`: known too late for them or undated. Denominator: `ordered_not_shipped`; `shipped_beyond_ordered`; `rto_units`: shipped and came back undelivered; `never_placed`: shipped units of incomplete orders; `shipped_from_other_months`: placed in another month; `shipped_in_other_months`: placed in this one; `ship_date_unknown`. `none` where nothing differs.
--   step_number bigint: Place of the step in an explanation, from 1.
--   step_quantity bigint: Units by which the step moves keeprate's number towards theirs; negative where it takes away.
--   our_quantity bigint: Numerator or denominator of keeprate's observed rate.
--   their_quantity bigint: That of the definition.
--   unexplained_quantity bigint: Their quantity - ours - all steps of this side: always 0.
-- checks:
--   not_null: rate_month
--   not_null: step
--   unique: merchant_id, rate_month, definition, side, step
--   assert side_is_known: side in ('numerator', 'denominator')
--   assert steps_add_up_to_the_unit: unexplained_quantity = 0
--   assert nothing_is_named_none_that_differs: step <> 'none' or step_quantity = 0

with
store_rates as (
    select merchant_id, rate_month, definition, numerator_quantity, denominator_quantity
    from marts.store_rates
),

order_clocks as (
    select
        merchant_id,
        order_month,
        shipped_month,
        ordered_quantity,
        shipped_quantity,
        rto_quantity,
        eligible_quantity,
        is_placed
    from core.order_clocks
),

return_clocks as (
    select
        merchant_id,
        order_month,
        shipped_month,
        cast(date_trunc('month', requested_date) as date) as requested_month,
        cast(date_trunc('month', processed_date) as date) as processed_month,
        known_date,
        requested_quantity,
        returned_quantity,
        is_refused,
        is_orphan
    from core.return_clocks
    where not is_twin
),

-- Where a definition counts a line, and why it does not.
lines_of_definitions as (
    select
        'shopify' as definition,
        *,
        case when not is_refused then processed_month end as their_month,
        'not_processed' as left_out_as
    from return_clocks
    union all
    select
        'aftership' as definition,
        *,
        case when not is_refused then order_month end as their_month,
        'unknown_orders' as left_out_as
    from return_clocks
    union all
    select
        'loop_returns' as definition,
        *,
        requested_month as their_month,
        'request_undated' as left_out_as
    from return_clocks
    union all
    select
        'loop_products' as definition,
        *,
        order_month as their_month,
        'unknown_orders' as left_out_as
    from return_clocks
    union all
    select
        'amazon' as definition,
        *,
        case
            when not is_refused and known_date < shipped_month + interval 3 month then shipped_month
        end as their_month,
        case when shipped_month is null then 'ship_date_unknown' else 'after_third_month' end as left_out_as
    from return_clocks
),

numerator_steps as (
    -- Units that they count and keeprate nowhere.
    select
        merchant_id,
        their_month as rate_month,
        definition,
        case
            when is_refused then 'refused_requests'
            when is_orphan then 'unknown_orders'
            else 'excess_units'
        end as step,
        requested_quantity - returned_quantity as quantity
    from lines_of_definitions
    where their_month is not null and requested_quantity > returned_quantity
    union all
    -- Units that both count, each in another month.
    select merchant_id, their_month, definition, 'returns_of_other_months', returned_quantity
    from lines_of_definitions
    where their_month <> order_month and returned_quantity > 0
    union all
    select merchant_id, order_month, definition, 'counted_in_other_months', -returned_quantity
    from lines_of_definitions
    where their_month <> order_month and returned_quantity > 0
    union all
    -- Units that keeprate counts and they nowhere.
    select merchant_id, order_month, definition, left_out_as, -returned_quantity
    from lines_of_definitions
    where their_month is null and returned_quantity > 0
),

definitions_by_order as (
    select listed.definition
    from (values ('shopify'), ('aftership'), ('loop_returns'), ('loop_products')) as listed (definition)
),

ordered_steps as (
    select
        merchant_id,
        order_month as rate_month,
        'ordered_not_shipped' as step,
        ordered_quantity - shipped_quantity as quantity
    from order_clocks
    where is_placed and ordered_quantity > shipped_quantity
    union all
    select merchant_id, order_month, 'shipped_beyond_ordered', ordered_quantity - shipped_quantity
    from order_clocks
    where is_placed and ordered_quantity < shipped_quantity
    union all
    select merchant_id, order_month, 'rto_units', rto_quantity
    from order_clocks
    where is_placed and rto_quantity > 0
    union all
    select merchant_id, order_month, 'never_placed', -eligible_quantity
    from order_clocks
    where not is_placed and eligible_quantity > 0
),

shipped_steps as (
    select merchant_id, shipped_month as rate_month, 'rto_units' as step, rto_quantity as quantity
    from order_clocks
    where shipped_month is not null and rto_quantity > 0
    union all
    select merchant_id, shipped_month, 'shipped_from_other_months', eligible_quantity
    from order_clocks
    where shipped_month <> order_month and eligible_quantity > 0
    union all
    select merchant_id, order_month, 'shipped_in_other_months', -eligible_quantity
    from order_clocks
    where shipped_month <> order_month and eligible_quantity > 0
    union all
    select merchant_id, order_month, 'ship_date_unknown', -eligible_quantity
    from order_clocks
    where shipped_month is null and eligible_quantity > 0
),

every_step as (
    select merchant_id, rate_month, definition, 'numerator' as side, step, quantity
    from numerator_steps
    union all
    select
        ordered_steps.merchant_id,
        ordered_steps.rate_month,
        definitions_by_order.definition,
        'denominator' as side,
        ordered_steps.step,
        ordered_steps.quantity
    from ordered_steps
    cross join definitions_by_order
    union all
    select merchant_id, rate_month, 'amazon', 'denominator', step, quantity
    from shipped_steps
),

steps as (
    select
        merchant_id,
        rate_month,
        definition,
        side,
        step,
        cast(sum(quantity) as bigint) as step_quantity
    from every_step
    group by merchant_id, rate_month, definition, side, step
),

own_rates as (
    select merchant_id, rate_month, numerator_quantity, denominator_quantity
    from store_rates
    where definition = 'keeprate_observed'
),

sides as (
    select
        store_rates.merchant_id,
        store_rates.rate_month,
        store_rates.definition,
        'numerator' as side,
        own_rates.numerator_quantity as our_quantity,
        store_rates.numerator_quantity as their_quantity
    from store_rates
    inner join own_rates
        on store_rates.merchant_id = own_rates.merchant_id and store_rates.rate_month = own_rates.rate_month
    where store_rates.definition <> 'keeprate_observed'
    union all
    select
        store_rates.merchant_id,
        store_rates.rate_month,
        store_rates.definition,
        'denominator' as side,
        own_rates.denominator_quantity as our_quantity,
        store_rates.denominator_quantity as their_quantity
    from store_rates
    inner join own_rates
        on store_rates.merchant_id = own_rates.merchant_id and store_rates.rate_month = own_rates.rate_month
    where store_rates.definition <> 'keeprate_observed'
),

-- A step without a place in the list still stands, at the end.
places as (
    select listed.step, listed.step_number
    from (
        values
        ('none', 1),
        ('ordered_not_shipped', 2),
        ('shipped_beyond_ordered', 3),
        ('never_placed', 4),
        ('rto_units', 5),
        ('shipped_from_other_months', 6),
        ('shipped_in_other_months', 7),
        ('returns_of_other_months', 8),
        ('counted_in_other_months', 9),
        ('after_third_month', 10),
        ('not_processed', 11),
        ('request_undated', 12),
        ('ship_date_unknown', 13),
        ('refused_requests', 14),
        ('excess_units', 15),
        ('unknown_orders', 16)
    ) as listed (step, step_number)
),

explained as (
    select
        sides.merchant_id,
        sides.rate_month,
        sides.definition,
        sides.side,
        coalesce(steps.step, 'none') as step,
        coalesce(steps.step_quantity, 0) as step_quantity,
        sides.our_quantity,
        sides.their_quantity
    from sides
    left join steps
        on
            sides.merchant_id = steps.merchant_id
            and sides.rate_month = steps.rate_month
            and sides.definition = steps.definition
            and sides.side = steps.side
)

select
    explained.merchant_id,
    explained.rate_month,
    explained.definition,
    explained.side,
    explained.step,
    cast(coalesce(places.step_number, 17) as bigint) as step_number,
    explained.step_quantity,
    explained.our_quantity,
    explained.their_quantity,
    explained.their_quantity
    - explained.our_quantity
    - cast(
        sum(explained.step_quantity) over (
            partition by explained.merchant_id, explained.rate_month, explained.definition, explained.side
        ) as bigint
    ) as unexplained_quantity
from explained
left join places on explained.step = places.step
