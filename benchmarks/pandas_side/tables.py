"""A shop's tables, one after the other, each written as soon as it is there."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from benchmarks.pandas_side import orders as ordering
from benchmarks.pandas_side import rates, returning, shipping
from benchmarks.pandas_side.shops import Shop


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
    write("refunds", ordering.refunds(orders))
    shipments = shipping.read_shop_shipments(shop)
    report = shipping.read_report(shop)
    newest = shipping.newest_rows(report)
    messages = shipping.read_messages(shop)
    events = shipping.tracking_events(report, messages)
    write("tracking_events", events)
    scans = shipping.parcel_scans(events)
    del events
    write("parcel_scans", scans)
    parcels = shipping.make_parcels(shop, orders, shipments, newest, scans)
    del scans
    write("parcels", parcels)
    own_items, other_items = shipping.shop_items(shipments), shipping.told_items(newest)
    write("shipments", pd.concat([shipments.drop(columns="items"), _shipments_of(newest)], ignore_index=True))
    write("shipment_lines", pd.concat([own_items, other_items.drop(columns="is_reverse")], ignore_index=True))
    parcel_lines = shipping.make_parcel_lines(parcels, own_items, other_items, lines)
    del own_items, other_items, shipments, newest
    write("parcel_lines", parcel_lines)
    units = ordering.order_units(orders, lines, parcels, parcel_lines)
    write("order_units", units)
    line_rto = ordering.order_line_rto(lines, parcels, parcel_lines)
    write("order_line_rto", line_rto)

    returns, asked = returning.read_return_lines(shop, report, messages)
    del report, messages
    write("return_lines", returns)
    matches = returning.match_returns(returns, orders, lines)
    write("return_line_matches", matches)
    twins = returning.find_twins(returns, matches)
    write("return_line_twins", twins)
    returned = returning.return_units(shop, returns, asked, matches, twins, units, lines)
    write("return_units", returned)
    covered = returning.coverage(shop, returns, orders)
    curve = returning.development(covered, units, returned)
    write("return_development", curve)
    exposure = rates.order_exposure(covered, units, returned, curve)
    write("order_exposure", exposure)
    write("return_rate_weekly", rates.weekly(exposure))
    write("return_rate_overall", rates.overall(covered, exposure))
    write("return_rate_by_product", rates.by_product(exposure, lines, line_rto, returned))


def _shipments_of(newest: pd.DataFrame) -> pd.DataFrame:
    columns = ["awb", "order_id", "carrier", "service", "status", "outcome", "cost_amount", "origin_zone"]
    return newest[columns].assign(shipment_id=newest["awb"], observed_at=newest["observed_at"])
