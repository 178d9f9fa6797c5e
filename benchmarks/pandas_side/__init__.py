"""The other way to do it: core tables and marts as a competent analyst writes them in pandas, to Parquet.

It reads the same files as ``keeprate ingest`` and makes the same tables from them, with whole columns at a time: chosen
columns and types when reading, categories, merges and groupings, no loop over rows. It knows these two shops: their
formats are written down, not proven; it does not count records, quarantine (broken order cells are dropped), mask,
make pseudonyms, keep history, check, or work incrementally. A test holds its tables to those of the warehouse.

It does less than ``keeprate build``. Made here:

* core: orders, order_lines, refunds, shipments, shipment_lines, tracking_events, parcel_scans, parcels, parcel_lines,
  order_units, order_line_rto, return_lines, return_line_matches, return_line_twins, return_units, returns_coverage,
  return_development, order_exposure, products (newest and earlier versions as product_versions, without carrying
  fields forward), order_line_products (by SKU), rto_matches (parcels and their goods, without what refunds say);
* marts: return_rate_weekly, return_rate_overall, return_rate_by_product (without reasons), lead_times (orders and
  parcels), ledger_refunds by month, ledger_rto by month.

Not made: raw and quarantine tables, histories, customer_identities, policies, stock_levels, return_reasons,
return_status_events and return_status_changes, return_claims, return_lifecycle, return_matches, kinds of
refund_matches, parcel_tellings as a table of its own; of the marts contradictions, coverage, trust box,
ledger_returns, ledger_leftovers, ledger_reconciliation, refund_ledger, return_rate_by_reason, unmapped_reasons.
"""
