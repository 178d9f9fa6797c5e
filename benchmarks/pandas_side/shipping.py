"""Shipments of the shop and of the parcel aggregator, scans, and the parcels that both tell of."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.pandas_side.shops import Shop

_SHOP_COLUMNS = {
    "SHIPMENT ID": "shipment_id",
    "DATE SHIPPED": "shipped_date",
    "ORDER ID": "order_id",
    "TRACKING NO": "awb",
    "SHIPPING METHOD": "service",
    "SHIPPING COUNTRY": "destination_country",
    "SHIPMENT ITEMS": "items",
}
# Column of the report, code of a parcel to the customer, code of one that comes back; the first of two that say the
# same of one moment gives the name.
_STEPS = (
    ("Created at", "order_placed", "order_placed"),
    ("Pickup Date", "picked_up", "picked_up"),
    ("TimeStamp Of Last Failed Delivery", "failed_delivery", "failed_delivery"),
    ("Out For Delivery 1st Attempt", "out_for_delivery", "out_for_delivery"),
    ("Out For Delivery 2nd Attempt", "out_for_delivery", "out_for_delivery"),
    ("Out For Delivery 3rd Attempt", "out_for_delivery", "out_for_delivery"),
    ("Out For Pickup 1st Attempt", "out_for_pickup", "out_for_pickup"),
    ("Out For Pickup 2nd Attempt", "out_for_pickup", "out_for_pickup"),
    ("Out For Pickup 3rd Attempt", "out_for_pickup", "out_for_pickup"),
    ("RTO Mark Date", "rto_requested", "rto_requested"),
    ("RTO Intransit Timestamp", "rto_in_transit", "rto_in_transit"),
    ("RTO Delivery Date", "rto_delivered", "rto_delivered"),
    ("Delivery Date", "delivered", "arrived_at_warehouse"),
    ("Destination Hub In Scan Time", "destination_hub_in", "destination_hub_in"),
)
_TIMES = (*(name for name, _, _ in _STEPS), "Latest Timestamp")
_REPORT_COLUMNS = {
    "AWB": "awb",
    "Order ID": "order_id",
    "Reference Number": "reference_number",
    "Courier Partner": "carrier",
    "Mode of Shipment": "service",
    "Payment Mode": "payment_mode",
    "Clickpost Unified Status": "status_raw",
    "Reason For Last Failed Delivery": "problem",
    "Pickup Pincode": "origin_zone",
    "Pickup Country": "origin_country",
    "Drop Pincode": "destination_zone",
    "RTO AWB": "rto_awb",
    "Shipping Cost": "cost_amount",
    "Items Quantity": "items_quantity",
    "Product SKU Code": "skus",
    "SKU Wise Item Quantity": "sku_quantities",
    "RVP Reason": "return_reason_raw",
    "RVP Reason SKU Wise": "sku_reasons",
    "Expected Date of Delivery (Max)": "promised_date",
}
_STATUSES = {
    "OrderPlaced": "order_placed",
    "PickupFailed": "pickup_failed",
    "PickedUp": "picked_up",
    "InTransit": "in_transit",
    "OutForDelivery": "out_for_delivery",
    "Delivered": "delivered",
    "FailedDelivery": "failed_delivery",
    "Cancelled": "cancelled",
    "RTO": "rto_requested",
    "RTO-Delivered": "rto_delivered",
    "RTO-InTransit": "rto_in_transit",
    "Lost": "lost",
    "OutForPickup": "out_for_pickup",
    "DestinationHubIn": "destination_hub_in",
}
_CODES = {
    1: "order_placed",
    3: "pickup_failed",
    4: "picked_up",
    5: "in_transit",
    6: "out_for_delivery",
    8: "delivered",
    9: "failed_delivery",
    10: "cancelled",
    12: "rto_requested",
    14: "rto_delivered",
    16: "lost",
    21: "rto_in_transit",
    25: "out_for_pickup",
    1004: "destination_hub_in",
}
# Of codes of one moment the later on the way is the status; up to 10 nothing travels yet.
_STAGES = {
    "order_placed": 2,
    "out_for_pickup": 11,
    "pickup_failed": 12,
    "picked_up": 14,
    "in_transit": 15,
    "destination_hub_in": 20,
    "out_for_delivery": 22,
    "failed_delivery": 23,
    "rto_requested": 31,
    "rto_in_transit": 32,
    "cancelled": 42,
    "lost": 44,
    "arrived_at_warehouse": 46,
    "rto_delivered": 47,
    "delivered": 48,
}
_INDIA = pd.Timedelta(minutes=330)
_ITEM = r"^(?P<product_id>\d+)\|(?P<product_name>.*)\|(?P<sku>[^|]*)\|(?P<quantity>\d+)$"
_DELIVERED = ["delivered", "arrived_at_warehouse"]


def read_shop_shipments(shop: Shop) -> pd.DataFrame:
    """Parcels as the shop's control panel exports them."""
    types: Any = dict.fromkeys(_SHOP_COLUMNS, "string")
    types |= dict.fromkeys(("DATE SHIPPED", "SHIPPING METHOD", "SHIPPING COUNTRY"), "category")
    frames = [
        pd.read_csv(
            path,
            usecols=list(_SHOP_COLUMNS),
            dtype=types,
        )
        for path in shop.files("shipments")
    ]
    shipments = pd.concat(frames, ignore_index=True).rename(columns=_SHOP_COLUMNS)
    shipments = shipments.drop_duplicates("shipment_id", keep="last")
    days = shipments["shipped_date"].astype("category")
    plain = days.cat.categories.astype("string").str.replace(r"(\d)(?:st|nd|rd|th)\b", r"\1", regex=True)
    parsed = pd.to_datetime(plain, format="%b %d %Y")
    shipments["shipped_date"] = parsed.take(days.cat.codes.to_numpy(), allow_fill=True, fill_value=pd.NaT)
    return shipments


def read_report(shop: Shop) -> pd.DataFrame:
    """All rows of the aggregator's reports, the older report first; times in UTC."""
    categories = (
        "Courier Partner",
        "Mode of Shipment",
        "Payment Mode",
        "Clickpost Unified Status",
        "Reason For Last Failed Delivery",
        "Pickup Pincode",
        "Pickup Country",
        "RVP Reason",
        "Expected Date of Delivery (Max)",
    )
    types: Any = dict.fromkeys((*_REPORT_COLUMNS, *_TIMES), "string") | dict.fromkeys(categories, "category")
    types |= {"Shipping Cost": "float64", "Items Quantity": "Int64"}
    frames = [
        pd.read_csv(path, usecols=[*_REPORT_COLUMNS, *_TIMES], dtype=types) for path in shop.files("clickpost-report")
    ]
    report = pd.concat(frames, ignore_index=True).rename(columns=_REPORT_COLUMNS)
    for name in _TIMES:
        report[name] = pd.to_datetime(report[name], format="%Y-%m-%d %H:%M:%S") - _INDIA
    report["is_reverse"] = report["carrier"].astype("string").str.endswith("Reverse")
    report["status"] = report["status_raw"].astype("string").map(_STATUSES)
    is_arrived = report["is_reverse"] & (report["status"] == "delivered")
    report["status"] = report["status"].mask(is_arrived, "arrived_at_warehouse")
    report["promised_date"] = pd.to_datetime(report["promised_date"].astype("string"), format="%Y-%m-%d")
    report["observed_at"] = report["Latest Timestamp"]
    report["outcome"] = np.select(
        [
            report["status"] == "rto_delivered",
            report["status"].isin(_DELIVERED),
            report["status"].isin(["lost", "cancelled"]),
            report["RTO Delivery Date"].notna(),
        ],
        ["returned_to_origin", "delivered", report["status"], "returned_to_origin"],
        "in_transit",
    )
    return report


def newest_rows(report: pd.DataFrame) -> pd.DataFrame:
    """The last row of each parcel."""
    return report.sort_values("observed_at", kind="stable").drop_duplicates("awb", keep="last")


def read_messages(shop: Shop) -> pd.DataFrame:
    """The aggregator's webhooks, one row a message."""
    lines = [line for path in shop.files("clickpost-events") for line in path.read_text(encoding="utf-8").splitlines()]
    messages = pd.DataFrame(json.loads(f"[{','.join(lines)}]"))
    more = pd.DataFrame(messages.pop("additional").tolist())
    wanted = ["is_rvp", "order_id", "forward_order_id", "forward_awb", "return_reference_number", "item_info"]
    messages = messages.join(more.reindex(columns=wanted))
    written = messages["timestamp"].astype("string")
    is_universal = written.str.endswith("Z")
    moment = pd.to_datetime(written.str.slice(0, 19).str.replace("T", " "), format="%Y-%m-%d %H:%M:%S")
    messages["happened_at"] = moment.where(is_universal, moment - _INDIA)
    return messages


def tracking_events(report: pd.DataFrame, messages: pd.DataFrame) -> pd.DataFrame:
    """All scans: one row a parcel, moment and name of what happened."""
    told = pd.concat([_of_report(report), _of_messages(messages)], ignore_index=True)
    told = told.drop_duplicates(["awb", "happened_at", "code_raw"])
    for name in ("code_raw", "code", "problem"):
        told[name] = told[name].astype("category")
    return told


def _of_report(report: pd.DataFrame) -> pd.DataFrame:
    is_reverse, is_back = report["is_reverse"], report["outcome"] == "returned_to_origin"
    base = report[["awb", "order_id", "is_reverse"]]
    parts = []
    for rank, (column, forward, reverse) in enumerate(_STEPS):
        happened = report[column]
        if happened.isna().all():
            continue
        code = pd.Series(np.where(is_reverse, reverse, forward), index=report.index, dtype="string")
        if column == "Delivery Date":
            code = code.mask(is_back, "rto_delivered")
        if column.startswith("TimeStamp"):
            is_pickup = is_reverse & ~(happened >= report["Pickup Date"])
            code = code.mask(is_pickup, "pickup_failed")
        parts.append(base.assign(happened_at=happened, code_raw=column, code=code, rank=rank)[happened.notna()])
    latest = report["observed_at"]
    parts.append(
        base.assign(
            happened_at=latest, code_raw=report["status_raw"].astype("string"), code=report["status"], rank=len(_STEPS)
        )[latest.notna()]
    )
    events = pd.concat(parts)
    events["record"] = events.index
    is_failure = events["code"].isin(["failed_delivery", "pickup_failed"])
    events["problem"] = report["problem"].astype("string").reindex(events.index).where(is_failure)
    # One moment of one row may stand in two cells.
    events = events.sort_values("rank", kind="stable").drop_duplicates(["record", "happened_at", "code"])
    return events.drop(columns=["rank", "record"])


def _of_messages(messages: pd.DataFrame) -> pd.DataFrame:
    scans = messages[messages["waybill"].fillna("") != ""]
    is_reverse = scans["is_rvp"].astype(bool)
    code = scans["clickpost_status_code"].map(_CODES)
    return pd.DataFrame(
        {
            "awb": scans["waybill"].astype("string"),
            "order_id": scans["order_id"].astype("string"),
            "is_reverse": is_reverse,
            "happened_at": scans["happened_at"],
            "code_raw": scans["clickpost_status_code"].astype("string"),
            "code": code.mask(is_reverse & (code == "delivered"), "arrived_at_warehouse"),
            "problem": pd.NA,
        }
    )


def parcel_scans(events: pd.DataFrame) -> pd.DataFrame:
    """What the scans of each waybill add up to."""
    code, happened = events["code"].astype("string"), events["happened_at"]
    stage = code.map(_STAGES)
    order = events.assign(
        stage=stage,
        delivered_at=happened.where(code.isin(_DELIVERED)),
        rto_at=happened.where(code.str.startswith("rto")),
        picked_at=happened.where(code == "picked_up"),
        rto_delivered_at=happened.where(code == "rto_delivered"),
    )
    scans = order.groupby("awb", sort=False).agg(
        order_id=("order_id", "first"),
        is_reverse=("is_reverse", "first"),
        event_count=("happened_at", "size"),
        shipped_at=("picked_at", "min"),
        delivered_at=("delivered_at", "min"),
        last_delivered_at=("delivered_at", "max"),
        rto_marked_at=("rto_at", "min"),
        last_rto_at=("rto_at", "max"),
        rto_delivered_at=("rto_delivered_at", "min"),
        first_event_at=("happened_at", "min"),
        last_event_at=("happened_at", "max"),
    )
    # A parcel that travels is where its last scan on the way was.
    order["is_travelling"] = order["stage"] > 10
    order = order.sort_values(["is_travelling", "happened_at", "stage"], kind="stable")
    last = order.drop_duplicates("awb", keep="last").set_index("awb")
    scans["status"], scans["status_at"] = last["code"].astype("string"), last["happened_at"]
    return scans.reset_index()


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
    seen_ended = seen.where(seen.isin(["lost", "cancelled"])).mask(seen.isin(_DELIVERED), "delivered")
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
