"""The other way to do it: core tables and marts as a competent analyst writes them in pandas, to Parquet.

It reads the same files as ``keeprate ingest`` and makes the same tables from them, with whole columns at a time: chosen
columns and types when reading, categories, merges and groupings, no loop over rows. It knows these two shops: their
formats are written down, not proven; it does not count records, quarantine (broken order cells are dropped), mask,
make pseudonyms, keep history, check, or work incrementally. A test holds its tables to those of the warehouse.

It does less than ``keeprate build``. Made here:

* core: orders, order_lines, refunds, shipments, shipment_lines, tracking_events, parcel_scans, parcels, parcel_lines,
  order_units, order_line_rto, product_versions (fewer columns, nothing carried forward), order_line_products (by SKU or
  product), rto_matches (goods, without what refunds say), return_lines, return_line_matches, return_line_twins,
  return_units, returns_coverage (not written), return_development, order_exposure, return_reasons, return_claims,
  refund_matches;
* marts: return_rate_weekly, return_rate_overall, return_rate_by_product (without reasons), return_rate_by_reason,
  lead_times (the two legs out), ledger_refunds and ledger_rto (by month).

Not made: raw and quarantine tables, histories, customer_identities, merchants, policies and their stamp on orders,
stock_levels, return_status_events, return_status_changes, return_lifecycle, return_matches, parcel_tellings, tables of
codes; of the marts contradictions, coverage_shares, data_coverage, source_coverage, trust_box, ledger_returns,
ledger_leftovers, ledger_reconciliation, refund_ledger, return_development, unmapped_reasons. Of the tables that are
made, text that nothing computes with is left out (place and remark of scans, names on parcels, attributes).
"""
