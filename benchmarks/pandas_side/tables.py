"""A shop's tables, one after the other, each written as soon as it is there."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from benchmarks.pandas_side import counting, legs, money, products, reasons, returning, shipping
from benchmarks.pandas_side import orders as ordering
from benchmarks.pandas_side import parcels as parcelling
from benchmarks.pandas_side import scans as scanning
from benchmarks.pandas_side.shops import Shop
from benchmarks.pandas_side.twins import find_twins


def build(shop: Shop, folder: Path) -> None:
    """Make all tables of a shop.

    Args:
        shop: the shop.
        folder: where the Parquet files go; made.
    """
    folder.mkdir(parents=True)

    def write(name: str, table: pd.DataFrame) -> None:
        table.to_parquet(folder / f"{name}.parquet", index=False)

    orders, lines = ordering.read_orders(shop)
    write("orders", orders)
    write("order_lines", lines)
    refunds = ordering.refunds(orders)
    write("refunds", refunds)
    versions = products.product_versions(shop)
    write("product_versions", versions)
    write("order_line_products", products.order_line_products(orders, lines, versions))
    shipments = shipping.read_shop_shipments(shop)
    report = shipping.read_report(shop)
    newest = shipping.newest_rows(report)
    messages = shipping.read_messages(shop)
    events = scanning.tracking_events(report, messages)
    write("tracking_events", events)
    scans = scanning.parcel_scans(events)
    del events
    write("parcel_scans", scans)
    parcels = parcelling.make_parcels(shop, orders, shipments, newest, scans)
    del scans
    write("parcels", parcels)
    own_items, other_items = parcelling.shop_items(shipments), parcelling.told_items(newest)
    write("shipments", pd.concat([shipments.drop(columns="items"), _shipments_of(newest)], ignore_index=True))
    write("shipment_lines", pd.concat([own_items, other_items.drop(columns="is_reverse")], ignore_index=True))
    parcel_lines = parcelling.make_parcel_lines(parcels, own_items, other_items, lines)
    del own_items, other_items, shipments, newest
    write("parcel_lines", parcel_lines)
    units = ordering.order_units(orders, lines, parcels, parcel_lines)
    write("order_units", units)
    line_rto = ordering.order_line_rto(lines, parcels, parcel_lines)
    write("order_line_rto", line_rto)

    write("lead_times", legs.lead_times(shop, orders, parcels))
    back = money.rto_goods(shop, parcels, parcel_lines, lines)
    write("rto_matches", back)
    write("ledger_rto", money.ledger_rto(back))
    packed = counting.packed_units(units, lines, parcels, parcel_lines)
    del parcel_lines

    returns, asked = returning.read_return_lines(shop, report, messages)
    del report, messages
    write("return_lines", returns)
    matches = returning.match_returns(returns, orders, lines)
    write("return_line_matches", matches)
    twins = find_twins(returns, matches)
    write("return_line_twins", twins)
    returned = returning.return_units(shop, returns, asked, matches, twins, units, lines)
    write("return_units", returned)
    covered = returning.coverage(shop, returns, orders)
    classes = reasons.return_reasons(returns)
    write("return_reasons", classes)
    sold = counting.line_units(units, lines, line_rto, packed, returned)
    write("line_units", sold)
    laid = counting.line_returns(sold, returned, classes)
    write("line_returns", laid)
    weekly = counting.weekly(units, laid)
    write("return_rate_weekly", weekly)
    write("return_rate_overall", counting.overall(covered, units, weekly))
    write("return_rate_by_product", counting.by_product(sold, laid))
    write("return_rate_by_reason", counting.by_reason(weekly, laid))
    del sold, laid
    claims = money.return_claims(returns, matches, twins, lines)
    write("return_claims", claims)
    paid = money.refund_matches(refunds, orders, units, parcels, claims)
    write("refund_matches", paid)
    write("ledger_refunds", money.ledger_refunds(paid))


def _shipments_of(newest: pd.DataFrame) -> pd.DataFrame:
    columns = ["awb", "order_id", "carrier", "service", "status", "outcome", "cost_amount", "origin_zone"]
    return newest[columns].assign(shipment_id=newest["awb"], observed_at=newest["observed_at"])
