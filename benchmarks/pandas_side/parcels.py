"""Parcels that shop and aggregator both tell of: how they ended, and what was in them."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from benchmarks.pandas_side.scans import DELIVERED
from benchmarks.pandas_side.shops import Shop

_ITEM = r"^(?P<product_id>\d+)\|(?P<product_name>.*)\|(?P<sku>[^|]*)\|(?P<quantity>\d+)$"


def make_parcels(
    shop: Shop, orders: pd.DataFrame, shipments: pd.DataFrame, newest: pd.DataFrame, scans: pd.DataFrame
) -> pd.DataFrame:
    """Parcels: a waybill, a direction and an order, whoever tells of it."""
    own = shipments[["shipment_id", "order_id", "awb", "service", "destination_country", "shipped_date"]].assign(
        direction="forward", has_own=1
    )
    own["parcel_key"] = own["awb"].fillna("SHIPMENT " + own["shipment_id"])
    columns = ["awb", "order_id", "carrier", "payment_mode", "origin_country", "origin_zone", "destination_zone"]
    columns += ["rto_awb", "status", "outcome", "problem", "return_reason_raw", "cost_amount", "promised_date"]
    told = newest[[*columns, "observed_at"]].assign(
        direction=np.where(newest["is_reverse"], "reverse", "forward"),
        has_told=1,
        parcel_key=newest["awb"],
        booked_at=newest["Created at"],
        row_shipped_at=newest["Pickup Date"],
        row_delivered_at=newest["Delivery Date"].mask(newest["outcome"] == "returned_to_origin"),
        row_rto_marked_at=newest["RTO Mark Date"],
        row_rto_delivered_at=newest["RTO Delivery Date"],
    )
    parcels = own.merge(told, on=["direction", "order_id", "parcel_key"], how="outer", suffixes=("", "_told"))
    parcels["awb"] = parcels["awb"].fillna(parcels["awb_told"])
    seen = scans.assign(direction=np.where(scans["is_reverse"], "reverse", "forward"), parcel_key=scans["awb"])
    parcels = parcels.merge(
        seen.drop(columns=["is_reverse"]),
        on=["direction", "order_id", "parcel_key"],
        how="outer",
        suffixes=("", "_seen"),
    )
    parcels["awb"] = parcels["awb"].fillna(parcels["awb_seen"])
    parcels["parcel_id"] = parcels["direction"] + ":" + parcels["order_id"].fillna("") + ":" + parcels["parcel_key"]
    parcels["shipment_count"] = (parcels["has_own"].fillna(0) + parcels["has_told"].fillna(0)).astype("int64")
    parcels["event_count"] = parcels["event_count"].fillna(0).astype("int64")
    _judge(parcels)
    parcels["is_orphan"] = ~parcels["order_id"].isin(orders["order_id"])
    for name in ("shipped_at", "delivered_at", "rto_marked_at", "rto_delivered_at"):
        parcels[name] = parcels[f"row_{name}"].fillna(parcels[name])
    of_rows = shop.local_dates(parcels["row_shipped_at"])
    # The aggregator says when it saw a parcel, so it speaks before the shop.
    parcels["shipped_date"] = of_rows.fillna(parcels["shipped_date"])
    dropped = [
        name for name in parcels.columns if name.startswith(("row_", "has_")) or name.endswith(("_told", "_seen"))
    ]
    return parcels.drop(columns=[*dropped, "parcel_key", "status_at", "observed_at"])


def _judge(parcels: pd.DataFrame) -> None:
    """Status, outcome and whether it came back undelivered, from the newest of row and scans."""
    seen, told = parcels["status_seen"], parcels["status"]
    is_row_newer = (parcels["status_at"] <= parcels["observed_at"]).fillna(False)
    status = told.where(is_row_newer, seen.fillna(told))
    row_ended = parcels["outcome"].where(parcels["outcome"] != "in_transit")
    seen_ended = seen.where(seen.isin(["lost", "cancelled"])).mask(seen.isin(DELIVERED), "delivered")
    ended = row_ended.where(is_row_newer & row_ended.notna(), seen_ended.fillna(row_ended))
    last_delivered = parcels[["row_delivered_at", "last_delivered_at"]].max(axis=1)
    last_rto = parcels[["row_rto_marked_at", "row_rto_delivered_at", "last_rto_at"]].max(axis=1)
    is_rto = np.select(
        [
            (ended == "returned_to_origin").fillna(False),
            last_delivered.notna() & last_rto.notna(),
            status.str.startswith("rto").fillna(False),
            ((status == "delivered") | (ended == "delivered")).fillna(False),
        ],
        [(status != "delivered").fillna(True), last_delivered < last_rto, True, False],
        last_delivered.isna() & last_rto.notna(),
    ).astype(bool) & (parcels["direction"] != "reverse")
    is_reverse = parcels["direction"] == "reverse"
    parcels["is_rto"] = is_rto
    parcels["status"] = status.mask(is_reverse & (status == "delivered"), "arrived_at_warehouse")
    parcels["outcome"] = np.select(
        [
            is_rto,
            ended.notna() & ((ended != "returned_to_origin") | is_reverse),
            last_delivered.notna() | (status == "delivered").fillna(False),
            (parcels["outcome"] == "in_transit").fillna(False) | (parcels["event_count"] > 0),
        ],
        ["returned_to_origin", ended.fillna(""), "delivered", "in_transit"],
        "unknown",
    )


def shop_items(shipments: pd.DataFrame) -> pd.DataFrame:
    """Items of the shop's parcels."""
    cells = shipments.loc[shipments["items"].notna(), ["shipment_id", "order_id", "awb", "items"]]
    cells["items"] = cells["items"].str.split(r"~(?=\d{1,18}\|)", regex=True)
    cells = cells.explode("items", ignore_index=True)
    items = cells.join(cells.pop("items").str.extract(_ITEM, flags=re.DOTALL))
    items["quantity"] = items["quantity"].astype("Int64")
    items["sku"] = items["sku"].str.strip().replace("", pd.NA)
    items["product_id"] = items["product_id"].replace("0", pd.NA)
    return items


def told_items(newest: pd.DataFrame) -> pd.DataFrame:
    """Items of the aggregator's parcels: by SKU where it names any, else one of unknown kind."""
    rows = newest[["awb", "order_id", "is_reverse", "items_quantity", "skus", "return_reason_raw"]]
    items = rows.assign(sku=rows["skus"].str.split(",")).explode("sku").drop(columns="skus")
    items = items.drop_duplicates(["awb", "sku"])
    stated = _pairs(newest, "sku_quantities", ",", ":")
    stated["stated"] = pd.to_numeric(stated.pop("value")).astype("Int64")
    stated = stated.groupby(["awb", "sku"], sort=False)["stated"].sum().reset_index()
    items = items.merge(stated, on=["awb", "sku"], how="left")
    count = items.groupby("awb", sort=False)["awb"].transform("size")
    of_one = items["items_quantity"].where(count == 1)
    each = pd.Series(1, index=items.index, dtype="Int64").where(items["items_quantity"] == count)
    items["quantity"] = items["stated"].fillna(of_one).fillna(each)
    reasons = _pairs(newest, "sku_reasons", r", (?=\S+: )", ": ").drop_duplicates()
    # Two units of one SKU may come back for two reasons.
    reasons = reasons.groupby(["awb", "sku"], sort=False)["value"].agg(own_reason="; ".join).reset_index()
    items = items.merge(reasons, on=["awb", "sku"], how="left")
    items["return_reason_raw"] = items.pop("own_reason").fillna(items["return_reason_raw"].astype("string"))
    return items.drop(columns=["stated", "items_quantity"])


def _pairs(rows: pd.DataFrame, column: str, between: str, within: str) -> pd.DataFrame:
    """Values by SKU from cells such as ``A-1:2,B-2:1``: awb, sku, value."""
    cells = rows.loc[rows[column].notna(), ["awb", column]]
    pairs = cells.assign(pair=cells[column].str.split(between, regex=len(between) > 1)).explode("pair")
    parts = pairs["pair"].str.split(within, n=1, regex=False, expand=True)
    return pd.DataFrame({"awb": pairs["awb"], "sku": parts[0].str.strip(), "value": parts[1].str.strip()})


def make_parcel_lines(
    parcels: pd.DataFrame, own_items: pd.DataFrame, other_items: pd.DataFrame, lines: pd.DataFrame
) -> pd.DataFrame:
    """Contents of parcels: from the shop, unless the aggregator knows more, and the order's line of each."""
    own = own_items.assign(
        parcel_id="forward:"
        + own_items["order_id"]
        + ":"
        + own_items["awb"].fillna("SHIPMENT " + own_items["shipment_id"]),
        is_told=False,
    )
    direction = np.where(other_items["is_reverse"], "reverse:", "forward:")
    told = other_items.assign(
        parcel_id=pd.Series(direction, index=other_items.index, dtype="string")
        + other_items["order_id"]
        + ":"
        + other_items["awb"],
        is_told=True,
    )
    items = pd.concat([own, told], ignore_index=True)
    key = items["parcel_id"].astype("category")
    quantity = items["quantity"].fillna(0).astype("int64")
    sums = pd.DataFrame(
        {
            "own": quantity.where(~items["is_told"], 0),
            "told": quantity.where(items["is_told"], 0),
            "own_count": (~items["is_told"]).astype("int64"),
            "told_count": items["is_told"].astype("int64"),
        }
    ).groupby(key, sort=False, observed=True)
    own_sum, told_sum = sums["own"].transform("sum"), sums["told"].transform("sum")
    own_count, told_count = sums["own_count"].transform("sum"), sums["told_count"].transform("sum")
    is_told_better = (own_count == 0) | (told_sum > own_sum) | ((told_sum == own_sum) & (told_count > own_count))
    items = items[items["is_told"] == is_told_better]
    return match_lines(items, lines).drop(columns=["is_told", "is_reverse", "skus"], errors="ignore")


def match_lines(items: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """The order's line of each item: by SKU, else by product, else the only one.

    Args:
        items: with order_id, sku, product_id (text, may be missing).
        lines: order lines.
    """
    plain = lines[["order_id", "order_line_id"]].assign(
        order_line_id=lines["order_line_id"].astype("string"),
        sku=lines["sku"].astype("string"),
        product_id=lines["product_id"].astype("string").replace("0", pd.NA),
    )
    plain = plain[plain["order_id"].isin(items["order_id"].unique())].sort_values("order_line_id", kind="stable")
    by_sku = plain[plain["sku"].notna()].drop_duplicates(["order_id", "sku"])
    by_product = plain[plain["product_id"].notna()].drop_duplicates(["order_id", "product_id"])
    only = plain.drop_duplicates("order_id", keep=False).set_index("order_id")["order_line_id"]
    items = items.merge(
        by_sku[["order_id", "sku", "order_line_id"]].rename(columns={"order_line_id": "of_sku"}),
        on=["order_id", "sku"],
        how="left",
    ).merge(
        by_product[["order_id", "product_id", "order_line_id"]].rename(columns={"order_line_id": "of_product"}),
        on=["order_id", "product_id"],
        how="left",
    )
    is_unknown = items["sku"].isna() & items["product_id"].isna()
    items["of_only"] = items["order_id"].map(only).where(is_unknown)
    items["order_line_id"] = items["of_sku"].fillna(items["of_product"]).fillna(items["of_only"])
    return items.drop(columns=["of_sku", "of_product", "of_only"])
