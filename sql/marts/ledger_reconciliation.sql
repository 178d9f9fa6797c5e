-- description: Proof that the three ledgers lose nothing and count nothing twice: what the source tables hold against the sum over the ledger's kinds. Every difference is 0. A fourth line compares the ledgers with each other: money that paid back single return lines, told from either side.
-- grain: merchant x ledger
-- key: merchant_id, ledger
-- load: replace
-- columns:
--   merchant_id
--   ledger varchar: `returns` (goods), `refunds` (money), `rto` (parcels that never arrived), `refunds_of_returns` (refunds that paid back single return lines, as both ledgers tell it).
--   source_table varchar: Table that the total is taken from.
--   source_count bigint: Rows of the source table.
--   ledger_count bigint: Rows over all kinds and months.
--   count_difference bigint: The one less the other.
--   source_quantity bigint: Units in the source.
--   ledger_quantity bigint: Units over all kinds and months.
--   quantity_difference bigint: The one less the other.
--   source_amount decimal(38,4): Money in the source, in the merchant's currency, rows without left out.
--   ledger_amount decimal(38,4): Money over all kinds and months.
--   amount_difference decimal(38,4): The one less the other.
--   currency_code varchar: The merchant's ISO 4217 currency.
-- checks:
--   not_null: ledger
--   unique: merchant_id, ledger
--   assert counts_reconcile: count_difference = 0
--   assert units_reconcile: quantity_difference = 0
--   assert money_reconciles: amount_difference = 0
with
merchants as (
    select merchant_id, currency_code
    from core.merchants
),

return_lines as (
    select merchant_id, return_line_id, quantity
    from core.return_lines
),

return_claims as (
    select merchant_id, goods_merchant_amount
    from core.return_claims
),

refunds as (
    select merchant_id, quantity, refund_merchant_amount
    from core.refunds
),

refund_matches as (
    select merchant_id, return_line_id, refund_merchant_amount
    from core.refund_matches
    where return_line_id is not null
),

return_matches as (
    select merchant_id, refund_count
    from core.return_matches
    where refund_count > 0
),

parcels as (
    select merchant_id
    from core.parcels
    where is_rto
),

rto_matches as (
    select merchant_id, quantity, goods_merchant_amount
    from core.rto_matches
),

ledger_returns as (
    select merchant_id, return_line_count, quantity, goods_amount, refund_amount
    from marts.ledger_returns
),

ledger_refunds as (
    select merchant_id, refund_count, quantity, refund_amount
    from marts.ledger_refunds
),

ledger_rto as (
    select merchant_id, parcel_count, quantity, goods_amount
    from marts.ledger_rto
),

-- Each side as one long list: what it counts, the units, the money.
source_parts as (
    select merchant_id, 'returns' as ledger, 1 as item_count, quantity, 0 as amount
    from return_lines
    union all
    select merchant_id, 'returns' as ledger, 0 as item_count, 0 as quantity, goods_merchant_amount as amount
    from return_claims
    union all
    select merchant_id, 'refunds' as ledger, 1 as item_count, quantity, refund_merchant_amount as amount
    from refunds
    union all
    select merchant_id, 'rto' as ledger, 1 as item_count, 0 as quantity, 0 as amount
    from parcels
    union all
    select merchant_id, 'rto' as ledger, 0 as item_count, quantity, goods_merchant_amount as amount
    from rto_matches
    union all
    select
        merchant_id,
        'refunds_of_returns' as ledger,
        1 as item_count,
        0 as quantity,
        refund_merchant_amount as amount
    from refund_matches
),

ledger_parts as (
    select merchant_id, 'returns' as ledger, return_line_count as item_count, quantity, goods_amount as amount
    from ledger_returns
    union all
    select merchant_id, 'refunds' as ledger, refund_count as item_count, quantity, refund_amount as amount
    from ledger_refunds
    union all
    select merchant_id, 'rto' as ledger, parcel_count as item_count, quantity, goods_amount as amount
    from ledger_rto
    union all
    select
        merchant_id,
        'refunds_of_returns' as ledger,
        refund_count as item_count,
        0 as quantity,
        0 as amount
    from return_matches
    union all
    select
        merchant_id,
        'refunds_of_returns' as ledger,
        0 as item_count,
        0 as quantity,
        refund_amount as amount
    from ledger_returns
),

source_totals as (
    select
        merchant_id,
        ledger,
        cast(sum(item_count) as bigint) as item_count,
        cast(coalesce(sum(quantity), 0) as bigint) as quantity,
        cast(coalesce(sum(amount), 0) as decimal(38, 4)) as amount
    from source_parts
    group by merchant_id, ledger
),

ledger_totals as (
    select
        merchant_id,
        ledger,
        cast(sum(item_count) as bigint) as item_count,
        cast(coalesce(sum(quantity), 0) as bigint) as quantity,
        cast(coalesce(sum(amount), 0) as decimal(38, 4)) as amount
    from ledger_parts
    group by merchant_id, ledger
),

ledgers as (
    select listed.ledger, listed.source_table
    from (
        values
        ('returns', 'core.return_lines'),
        ('refunds', 'core.refunds'),
        ('rto', 'core.parcels'),
        ('refunds_of_returns', 'core.refund_matches')
    ) as listed (ledger, source_table)
),

compared as (
    select
        merchants.merchant_id,
        merchants.currency_code,
        ledgers.ledger,
        ledgers.source_table,
        coalesce(source_totals.item_count, 0) as source_count,
        coalesce(ledger_totals.item_count, 0) as ledger_count,
        coalesce(source_totals.quantity, 0) as source_quantity,
        coalesce(ledger_totals.quantity, 0) as ledger_quantity,
        coalesce(source_totals.amount, 0) as source_amount,
        coalesce(ledger_totals.amount, 0) as ledger_amount
    from merchants
    cross join ledgers
    left join source_totals
        on merchants.merchant_id = source_totals.merchant_id and ledgers.ledger = source_totals.ledger
    left join ledger_totals
        on merchants.merchant_id = ledger_totals.merchant_id and ledgers.ledger = ledger_totals.ledger
)

select
    merchant_id,
    ledger,
    source_table,
    source_count,
    ledger_count,
    source_count - ledger_count as count_difference,
    source_quantity,
    ledger_quantity,
    source_quantity - ledger_quantity as quantity_difference,
    source_amount,
    ledger_amount,
    cast(source_amount - ledger_amount as decimal(38, 4)) as amount_difference,
    currency_code
from compared
