"""The other way to do it: core tables and marts as a competent analyst writes them in pandas, to Parquet.

It reads the same files as ``keeprate ingest`` and makes the same tables from them, with whole columns at a time: chosen
columns and types when reading, categories, merges and groupings, no loop over rows. It knows these two shops: their
formats are written down, not proven; it does not count records, quarantine (broken order cells are dropped), mask,
make pseudonyms, keep history, check, or work incrementally. A test holds its tables to those of the warehouse.

It does less than ``keeprate build``. Made here:

* core: orders, order_lines, refunds, shipments, shipment_lines, tracking_events, parcel_scans, parcels, parcel_lines,
  order_units, order_line_rto, product_versions (fewer columns, nothing carried forward), order_line_products (by SKU or
  product), rto_matches (goods, without what refunds say), return_lines, return_line_matches, return_line_twins,
  return_units, returns_coverage (not written), line_units (units alone, without category, supplier and dates),
  line_returns (by request), return_reasons, return_claims, refund_matches;
* marts: what is counted in return_rate_weekly, return_rate_overall, return_rate_by_product and return_rate_by_reason,
  observed rates; lead_times (the two legs out), ledger_refunds and ledger_rto (by month).

What models learn (curves, projections, risks, warnings, changes: the tables of ``ml``, and what marts show of them) is
not computed here; its seconds are taken off the full build where the two are compared (``bars.over_pandas``), its
memory is not.

Not made: raw and quarantine tables, histories, customer_identities, merchants, policies and their stamp on orders,
stock_levels, return_status_events, return_status_changes, return_lifecycle, return_matches, return_outcomes, the
clocks, line_parcels, carrier_transit, line_starts, sold_days, returned_days, report_periods, repurchase_pairs,
parcel_tellings, tables of codes; of the marts contradictions, coverage_shares, data_coverage, source_coverage,
trust_box, ledger_returns, ledger_leftovers, ledger_reconciliation, refund_ledger, return_development,
unmapped_reasons, store_rates, store_rate_differences, return_outcomes, retained_revenue, order_cancellations,
repurchases, and all of what is learned. Of the tables that are made, text that nothing computes with is left out
(place and remark of scans, names on parcels, attributes).
"""
