-- description: Where every merchant's records went and how far its numbers can be trusted: what was loaded, set aside, left over or could not be matched.
-- grain: configured merchant
-- key: merchant_id
-- load: replace
-- columns:
--   merchant_id
--   order_count bigint: Orders loaded.
--   order_line_count bigint: Order lines loaded.
--   return_line_count bigint: Return lines loaded, whatever their status.
--   records_in_count bigint: Records counted in all files, independently of the loader.
--   records_loaded_count bigint: Records loaded.
--   records_quarantined_count bigint: Records set aside as a whole.
--   cells_quarantined_count bigint: Single cells set aside while their record stayed.
--   orders_without_lines_count bigint: Orders of which no line is loaded.
--   money_not_reconciled_count bigint: Orders whose lines do not add up to their subtotal and no booked difference explains it.
--   money_not_reconciled_share double: Those orders / orders whose money could be compared; empty where none could.
--   orphan_return_count bigint: Return lines whose order is not loaded; they are in no rate.
--   excess_returned_quantity bigint: Units asked back beyond what their orders shipped; they are in no rate.
--   unmapped_reason_count bigint: Return lines whose stated reason is on no list.
--   unmapped_reason_share double: Those lines / return lines; empty without return lines.
--   unclear_reason_share double: Return lines that state no reason or one that says nothing / return lines; empty without return lines.
--   refunds_without_order_count bigint: Refunds whose order is not loaded; they are not in the refund ledger.
--   refunds_without_rate_count bigint: Refunds of loaded orders whose exchange rate is missing; counted in the refund ledger, not in its sums.
--   conflict_count bigint: Things on which two files of the same age disagreed; the later load won.
--   has_returns_source boolean: Files brought return lines; without one, return rates are unknown.
--   orders_from_date date: Day of the oldest order.
--   orders_through_date date: Day of the newest order.
--   returns_from_date date: First day that returns are known for, where orders begin earlier; older orders count only in part.
--   returns_through_date date: Last day that returns are known for.
-- checks:
--   unique: merchant_id
--   assert records_add_up: records_in_count = records_loaded_count + records_quarantined_count
--   assert shares_are_shares: money_not_reconciled_share between 0 and 1 and unmapped_reason_share between 0 and 1 and unclear_reason_share between 0 and 1
--   assert orphans_are_return_lines: orphan_return_count <= return_line_count

with
merchants as (
    select merchant_id
    from core.merchants
),

files as (
    select merchant_id, record_count, loaded_count, quarantined_count, quarantined_cell_count
    from raw.files
    where merged_at is not null
),

orders as (
    select merchant_id, order_id, placed_date, is_money_reconciled
    from core.orders
),

order_units as (
    select merchant_id, line_count
    from core.order_units
),

order_lines as (
    select merchant_id
    from core.order_lines
),

return_units as (
    select merchant_id, is_orphan, excess_returned_quantity
    from core.return_units
),

return_reasons as (
    select merchant_id, reason_class
    from core.return_reasons
),

refunds as (
    select merchant_id, order_id, refund_merchant_amount
    from core.refunds
    where coalesce(not is_declined, true) and refund_amount > 0
),

returns_coverage as (
    select merchant_id, returns_from_date, data_through_date
    from core.returns_coverage
),

conflicts as (
    select merchant_id
    from quarantine.conflicts
),

file_totals as (
    select
        merchant_id,
        cast(sum(record_count) as bigint) as records_in_count,
        cast(sum(loaded_count) as bigint) as records_loaded_count,
        cast(sum(quarantined_count) as bigint) as records_quarantined_count,
        cast(sum(quarantined_cell_count) as bigint) as cells_quarantined_count
    from files
    group by merchant_id
),

order_totals as (
    select
        merchant_id,
        count(*) as order_count,
        count(*) filter (where not is_money_reconciled) as money_not_reconciled_count,
        count(is_money_reconciled) as money_compared_count,
        min(placed_date) as orders_from_date,
        max(placed_date) as orders_through_date
    from orders
    group by merchant_id
),

line_totals as (
    select merchant_id, count(*) as order_line_count
    from order_lines
    group by merchant_id
),

bare_order_totals as (
    select merchant_id, count(*) as orders_without_lines_count
    from order_units
    where line_count = 0
    group by merchant_id
),

return_totals as (
    select
        merchant_id,
        count(*) as return_line_count,
        count(*) filter (where is_orphan) as orphan_return_count,
        cast(sum(excess_returned_quantity) as bigint) as excess_returned_quantity
    from return_units
    group by merchant_id
),

reason_totals as (
    select
        merchant_id,
        count(*) as return_line_count,
        count(*) filter (where reason_class = 'unmapped') as unmapped_reason_count,
        count(*) filter (where reason_class = 'unclear') as unclear_reason_count
    from return_reasons
    group by merchant_id
),

refund_totals as (
    select
        refunds.merchant_id,
        count(*) filter (where orders.order_id is null) as refunds_without_order_count,
        count(*) filter (where orders.order_id is not null and refunds.refund_merchant_amount is null)
            as refunds_without_rate_count
    from refunds
    left join orders on refunds.merchant_id = orders.merchant_id and refunds.order_id = orders.order_id
    group by refunds.merchant_id
),

conflict_totals as (
    select merchant_id, count(*) as conflict_count
    from conflicts
    group by merchant_id
)

select
    merchants.merchant_id,
    coalesce(order_totals.order_count, 0) as order_count,
    coalesce(line_totals.order_line_count, 0) as order_line_count,
    coalesce(return_totals.return_line_count, 0) as return_line_count,
    coalesce(file_totals.records_in_count, 0) as records_in_count,
    coalesce(file_totals.records_loaded_count, 0) as records_loaded_count,
    coalesce(file_totals.records_quarantined_count, 0) as records_quarantined_count,
    coalesce(file_totals.cells_quarantined_count, 0) as cells_quarantined_count,
    coalesce(bare_order_totals.orders_without_lines_count, 0) as orders_without_lines_count,
    coalesce(order_totals.money_not_reconciled_count, 0) as money_not_reconciled_count,
    case
        when order_totals.money_compared_count > 0
            then order_totals.money_not_reconciled_count / order_totals.money_compared_count
    end as money_not_reconciled_share,
    coalesce(return_totals.orphan_return_count, 0) as orphan_return_count,
    coalesce(return_totals.excess_returned_quantity, 0) as excess_returned_quantity,
    coalesce(reason_totals.unmapped_reason_count, 0) as unmapped_reason_count,
    reason_totals.unmapped_reason_count / reason_totals.return_line_count as unmapped_reason_share,
    reason_totals.unclear_reason_count / reason_totals.return_line_count as unclear_reason_share,
    coalesce(refund_totals.refunds_without_order_count, 0) as refunds_without_order_count,
    coalesce(refund_totals.refunds_without_rate_count, 0) as refunds_without_rate_count,
    coalesce(conflict_totals.conflict_count, 0) as conflict_count,
    returns_coverage.merchant_id is not null as has_returns_source,
    order_totals.orders_from_date,
    order_totals.orders_through_date,
    returns_coverage.returns_from_date,
    returns_coverage.data_through_date as returns_through_date
from merchants
left join file_totals on merchants.merchant_id = file_totals.merchant_id
left join order_totals on merchants.merchant_id = order_totals.merchant_id
left join line_totals on merchants.merchant_id = line_totals.merchant_id
left join bare_order_totals on merchants.merchant_id = bare_order_totals.merchant_id
left join return_totals on merchants.merchant_id = return_totals.merchant_id
left join reason_totals on merchants.merchant_id = reason_totals.merchant_id
left join refund_totals on merchants.merchant_id = refund_totals.merchant_id
left join conflict_totals on merchants.merchant_id = conflict_totals.merchant_id
left join returns_coverage on merchants.merchant_id = returns_coverage.merchant_id
