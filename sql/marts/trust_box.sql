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
--   source_count bigint: Sources that brought files.
--   late_source_count bigint: Sources whose newest day lies more than 7 days behind the newest of the others.
--   late_sources varchar: Their names, joined by a comma; empty where none is late.
--   unmapped_status_count bigint: Orders, return lines and parcels whose status is on no list (`other`).
--   unmatched_refund_count bigint: Refund items of which nothing is known that they pay back: no return, order level with several returns, unknown order.
--   unmatched_return_count bigint: Settled return lines without booked money, or of an order whose money cannot be told apart.
--   unmatched_rto_count bigint: Parcels that came back undelivered whose money is unknown or did not go back.
--   unmatched_parcel_count bigint: Parcels whose order is unknown or not loaded.
--   contradiction_count bigint: Contradictions of any severity, notes among them.
--   serious_contradiction_count bigint: Those of severity error: numbers are wrong until they are corrected.
--   has_returns_source boolean: Files brought return lines; without one, return rates are unknown.
--   data_through_date date: Day through which every source tells that tells of things that happen: the lowest of them; empty without one.
--   orders_from_date date: Day of the oldest order.
--   orders_through_date date: Day of the newest order.
--   returns_from_date date: First day that returns are known for, where orders begin earlier; older orders count only in part.
--   returns_through_date date: Last day that returns are known for.
-- checks:
--   unique: merchant_id
--   assert records_add_up: records_in_count = records_loaded_count + records_quarantined_count
--   assert shares_are_shares: money_not_reconciled_share between 0 and 1 and unmapped_reason_share between 0 and 1 and unclear_reason_share between 0 and 1
--   assert orphans_are_return_lines: orphan_return_count <= return_line_count
--   assert serious_ones_are_contradictions: serious_contradiction_count <= contradiction_count

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
    select merchant_id, order_id, status, placed_date, is_money_reconciled
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

source_coverage as (
    select merchant_id, source, is_moving, is_late, data_through_date
    from marts.source_coverage
),

return_lines as (
    select merchant_id, status
    from core.return_lines
),

parcels as (
    select merchant_id, status, is_orphan
    from core.parcels
),

refund_matches as (
    select merchant_id, kind
    from core.refund_matches
),

return_matches as (
    select merchant_id, kind
    from core.return_matches
),

rto_matches as (
    select merchant_id, kind
    from core.rto_matches
),

contradictions as (
    select merchant_id, severity
    from marts.contradictions
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
        count(*) filter (where status = 'other') as unmapped_status_count,
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
),

source_totals as (
    select
        merchant_id,
        count(*) as source_count,
        count(*) filter (where is_late) as late_source_count,
        string_agg(source, ', ' order by source asc) filter (where is_late) as late_sources,
        min(case when is_moving then data_through_date end) as data_through_date
    from source_coverage
    group by merchant_id
),

status_totals as (
    select merchant_id, count(*) as unmapped_status_count
    from return_lines
    where status = 'other'
    group by merchant_id
),

parcel_totals as (
    select
        merchant_id,
        count(*) filter (where status = 'other') as unmapped_status_count,
        count(*) filter (where is_orphan) as unmatched_parcel_count
    from parcels
    group by merchant_id
),

unmatched_refund_totals as (
    select merchant_id, count(*) as unmatched_refund_count
    from refund_matches
    where kind in ('refund_without_return', 'order_level_not_attributable', 'unknown_order')
    group by merchant_id
),

unmatched_return_totals as (
    select merchant_id, count(*) as unmatched_return_count
    from return_matches
    where kind in ('return_without_refund', 'order_level_not_attributable')
    group by merchant_id
),

unmatched_rto_totals as (
    select merchant_id, count(*) as unmatched_rto_count
    from rto_matches
    where kind in ('rto_not_refunded', 'rto_unknown_order', 'rto_refund_unknown')
    group by merchant_id
),

contradiction_totals as (
    select
        merchant_id,
        count(*) as contradiction_count,
        count(*) filter (where severity = 'error') as serious_contradiction_count
    from contradictions
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
    coalesce(source_totals.source_count, 0) as source_count,
    coalesce(source_totals.late_source_count, 0) as late_source_count,
    source_totals.late_sources,
    coalesce(order_totals.unmapped_status_count, 0)
    + coalesce(status_totals.unmapped_status_count, 0)
    + coalesce(parcel_totals.unmapped_status_count, 0) as unmapped_status_count,
    coalesce(unmatched_refund_totals.unmatched_refund_count, 0) as unmatched_refund_count,
    coalesce(unmatched_return_totals.unmatched_return_count, 0) as unmatched_return_count,
    coalesce(unmatched_rto_totals.unmatched_rto_count, 0) as unmatched_rto_count,
    coalesce(parcel_totals.unmatched_parcel_count, 0) as unmatched_parcel_count,
    coalesce(contradiction_totals.contradiction_count, 0) as contradiction_count,
    coalesce(contradiction_totals.serious_contradiction_count, 0) as serious_contradiction_count,
    returns_coverage.merchant_id is not null as has_returns_source,
    source_totals.data_through_date,
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
left join source_totals on merchants.merchant_id = source_totals.merchant_id
left join status_totals on merchants.merchant_id = status_totals.merchant_id
left join parcel_totals on merchants.merchant_id = parcel_totals.merchant_id
left join unmatched_refund_totals on merchants.merchant_id = unmatched_refund_totals.merchant_id
left join unmatched_return_totals on merchants.merchant_id = unmatched_return_totals.merchant_id
left join unmatched_rto_totals on merchants.merchant_id = unmatched_rto_totals.merchant_id
left join contradiction_totals on merchants.merchant_id = contradiction_totals.merchant_id
