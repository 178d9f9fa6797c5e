"""Scans of parcels, from columns of the aggregator's report and from its messages, and what they add up to."""

from __future__ import annotations

import numpy as np
import pandas as pd

# Column of the report, code of a parcel to the customer, code of one that comes back; the first of two that say the
# same of one moment gives the name.
STEPS = (
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
DELIVERED = ["delivered", "arrived_at_warehouse"]


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
    for rank, (column, forward, reverse) in enumerate(STEPS):
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
            happened_at=latest, code_raw=report["status_raw"].astype("string"), code=report["status"], rank=len(STEPS)
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
        delivered_at=happened.where(code.isin(DELIVERED)),
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
