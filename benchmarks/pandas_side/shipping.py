"""What the shop and the parcel aggregator say of parcels: their files, read.

What is made of it is in ``scans`` and ``parcels``.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.pandas_side.scans import DELIVERED, STEPS
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
_TIMES = (*(name for name, _, _ in STEPS), "Latest Timestamp")
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
_INDIA = pd.Timedelta(minutes=330)


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
            report["status"].isin(DELIVERED),
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
