"""What customers ask back: requests in the shop, parcels and messages of the aggregator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from benchmarks.pandas_side.parcels import told_items
from benchmarks.pandas_side.shops import Shop, day_of

_COLUMNS: Any = {
    "return_id": "string",
    "order_id": "string",
    "product_id": "string",
    "sku": "string",
    "quantity": "int64",
    "reason": "category",
    "action": "category",
    "comments": "string",
    "status": "category",
    "store_credit": "float64",
    "resolution": "category",
    "date_requested": "string",
    "date_approved": "string",
    "date_received": "string",
    "date_resolved": "string",
    "awb": "string",
}
_STATUSES = {
    "pending": "pending",
    "return authorized": "authorized",
    "authorized": "authorized",
    "received": "received",
    "item(s) repaired": "repaired",
    "repaired": "repaired",
    "item(s) refunded": "refunded",
    "refunded": "refunded",
    "request rejected": "rejected",
    "rejected": "rejected",
    "cancelled": "cancelled",
}

Covered = dict[str, Any]
"""From when (missing: from the first order) and until when returns are known."""


def read_return_lines(shop: Shop, report: pd.DataFrame, messages: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """All return lines, each as its newest source tells it.

    Returns:
        The lines, and by return_line_id the first moment that a message tells of the request.
    """
    requests = _requests(shop)
    parcels, asked = _of_parcels(shop, report, messages)
    lines = pd.concat([requests, parcels], ignore_index=True)
    return lines, asked


def _requests(shop: Shop) -> pd.DataFrame:
    frames = [pd.read_csv(path, usecols=list(_COLUMNS), dtype=_COLUMNS) for path in shop.files("returns")]
    requests = pd.concat(frames, ignore_index=True).drop_duplicates("return_id", keep="last")
    for name in ("requested", "approved", "received", "resolved"):
        local = pd.to_datetime(requests.pop(f"date_{name}"), format="%Y-%m-%d %H:%M:%S")
        if name == "requested":
            requests["requested_date"] = local.dt.normalize()
        requests[f"{name}_at"] = shop.universal(local)
    words = requests["status"].astype("string").str.lower()
    requests["status"] = words.map(_STATUSES).fillna("other")
    requests["reason_raw"] = requests.pop("reason").astype("string")
    requests["product_id"] = requests["product_id"].replace("0", pd.NA)
    requests = requests.rename(columns={"store_credit": "store_credit_amount"})
    return requests.assign(return_line_id=requests["return_id"], list_name="bigcommerce")


def _of_parcels(shop: Shop, report: pd.DataFrame, messages: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """Return lines of the aggregator: reverse parcels by SKU, and requests that have no parcel yet."""
    reverse = report[report["is_reverse"]].reset_index(drop=True)
    # Both reports may tell of one parcel: rows are told apart by their number.
    reverse["row"] = np.arange(len(reverse)).astype(str)
    items = told_items(reverse.assign(awb=reverse["row"]))
    rows = reverse[
        ["row", "awb", "order_id", "reference_number", "status", "observed_at", "Created at", "Delivery Date"]
    ]
    lines = items[["awb", "sku", "quantity", "return_reason_raw"]].rename(columns={"awb": "row"}).merge(rows, on="row")
    return_id = lines["reference_number"].where(lines["reference_number"] != lines["order_id"], lines["awb"])
    status = np.select(
        [
            lines["status"] == "arrived_at_warehouse",
            lines["status"] == "cancelled",
            lines["status"].str.startswith("rto_"),
        ],
        ["received", "cancelled", "other"],
        "authorized",
    )
    of_report = pd.DataFrame(
        {
            "return_line_id": return_id + "/" + lines["sku"].fillna("1"),
            "return_id": return_id,
            "order_id": lines["order_id"],
            "sku": lines["sku"],
            "quantity": lines["quantity"].where(lines["quantity"] > 0).fillna(1).astype("int64"),
            "status": status,
            "awb": lines["awb"],
            "requested_date": shop.local_dates(lines["Created at"]),
            "requested_at": lines["Created at"],
            "received_at": lines["Delivery Date"],
            "observed_at": lines["observed_at"],
            "reason_raw": lines["return_reason_raw"].astype("string"),
        }
    )
    of_messages, asked = _of_requests(shop, messages)
    told = pd.concat([of_report, of_messages], ignore_index=True)
    told = told.sort_values("observed_at", kind="stable").drop_duplicates("return_line_id", keep="last")
    return told.drop(columns="observed_at").assign(list_name="clickpost"), asked


def _of_requests(shop: Shop, messages: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    steps = messages.loc[
        messages["clickpost_status_code"].isin([101, 102]),
        ["clickpost_status_code", "forward_order_id", "return_reference_number", "item_info", "happened_at"],
    ].explode("item_info", ignore_index=True)
    if steps.empty:
        return pd.DataFrame(), pd.Series(dtype="datetime64[ns]")
    wanted = ["sku", "quantity", "return_reason", "refund_mode"]
    item = pd.DataFrame(steps.pop("item_info").tolist(), columns=wanted)
    sku = item["sku"].astype("string").replace("", pd.NA)
    steps["return_line_id"] = steps["return_reference_number"].astype("string") + "/" + sku.fillna("1")
    steps["sku"], steps["quantity"] = sku, item["quantity"].astype("int64")
    steps["reason_raw"] = item["return_reason"].astype("string")
    steps["action"] = item["refund_mode"].astype("string")
    is_request = steps["clickpost_status_code"] == 101
    asked = steps[is_request].groupby("return_line_id")["happened_at"].min()
    newest = steps.sort_values("happened_at", kind="stable").drop_duplicates("return_line_id", keep="last")
    first = steps.groupby("return_line_id")["happened_at"].min()
    requested_at = newest["return_line_id"].map(asked)
    return pd.DataFrame(
        {
            "return_line_id": newest["return_line_id"],
            "return_id": newest["return_reference_number"].astype("string"),
            "order_id": newest["forward_order_id"].astype("string"),
            "sku": newest["sku"],
            "quantity": newest["quantity"],
            "status": np.where(newest["clickpost_status_code"] == 101, "pending", "authorized"),
            "requested_date": shop.local_dates(requested_at.fillna(newest["return_line_id"].map(first))),
            "requested_at": requested_at,
            "observed_at": newest["happened_at"],
            "reason_raw": newest["reason_raw"],
            "action": newest["action"],
        }
    ), asked


def match_returns(returns: pd.DataFrame, orders: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """The order and the order's line of each return line."""
    plain = lines[lines["order_id"].isin(returns["order_id"])]
    plain = plain.assign(
        order_line_id=plain["order_line_id"].astype("string"),
        sku_key=plain["sku"].astype("string").str.strip().str.lower(),
        item_id=plain["product_id"].astype("string").fillna(plain["sku"].astype("string")),
    )
    # Where an order holds an item twice, the first line stands for both.
    plain = plain.sort_values("order_line_id", kind="stable")[["order_id", "order_line_id", "sku_key", "item_id"]]
    by_sku = plain[plain["sku_key"].notna()].drop_duplicates(["order_id", "sku_key"])
    by_item = plain[plain["item_id"].notna()].drop_duplicates(["order_id", "item_id"])
    only = plain.drop_duplicates("order_id", keep=False).set_index("order_id")["order_line_id"]
    wanted = returns[["return_line_id", "order_id"]].assign(
        sku_key=returns["sku"].str.strip().str.lower(), item_id=returns["product_id"].fillna(returns["sku"])
    )
    found = wanted.merge(
        by_sku[["order_id", "sku_key", "order_line_id"]].rename(columns={"order_line_id": "of_sku"}),
        on=["order_id", "sku_key"],
        how="left",
    ).merge(
        by_item[["order_id", "item_id", "order_line_id"]].rename(columns={"order_line_id": "of_item"}),
        on=["order_id", "item_id"],
        how="left",
    )
    of_only = found["order_id"].map(only).where(found["item_id"].isna())
    found["order_line_id"] = found["of_sku"].fillna(found["of_item"]).fillna(of_only)
    found["is_orphan"] = ~found["order_id"].isin(orders["order_id"])
    return found[["return_line_id", "order_id", "order_line_id", "is_orphan"]]


def return_units(
    shop: Shop,
    returns: pd.DataFrame,
    asked: pd.Series,
    matches: pd.DataFrame,
    twins: pd.DataFrame,
    units: pd.DataFrame,
    lines: pd.DataFrame,
) -> pd.DataFrame:
    """Units that each return line asks back, at most those that its order can still give."""
    table = returns[
        ["return_line_id", "product_id", "sku", "status", "quantity", "requested_date", "received_at"]
    ].merge(matches, on="return_line_id")
    table["is_twin"] = table["return_line_id"].isin(twins["return_line_id"])
    told = shop.local_dates(asked.reindex(table["return_line_id"]).set_axis(table.index))
    known = pd.concat([table["requested_date"], told], axis=1).min(axis=1)
    table["known_date"] = known.fillna(shop.local_dates(table["received_at"]))
    table["product_id"] = _products(table, lines)
    table = table.merge(
        units[["order_id", "order_week", "placed_date", "eligible_quantity"]], on="order_id", how="left"
    )
    table["is_counted"] = ~table["is_orphan"] & ~table["is_twin"] & ~table["status"].isin(["rejected", "cancelled"])
    table = table.sort_values(["order_id", "known_date", "return_line_id"], ignore_index=True)
    asked_back = table["quantity"].where(table["is_counted"], 0)
    before = asked_back.groupby(table["order_id"], sort=False).cumsum() - asked_back
    still = (table["eligible_quantity"] - before).where(table["is_counted"], 0)
    table["returned_quantity"] = np.fmin(table["quantity"], still).clip(lower=0).fillna(0).astype("int64")
    table["excess_returned_quantity"] = (table["quantity"] - table["returned_quantity"]).where(table["is_counted"], 0)
    table["age_days"] = (table["known_date"] - table["placed_date"]).dt.days.clip(lower=0)
    return table.rename(columns={"quantity": "requested_quantity"})


def _products(table: pd.DataFrame, lines: pd.DataFrame) -> pd.Series:
    plain = lines[lines["order_id"].isin(table.loc[table["product_id"].isna(), "order_id"])]
    sku = plain["sku"].astype("string")
    product = plain["product_id"].astype("string").fillna(sku).fillna("0")
    plain = pd.DataFrame(
        {
            "order_id": plain["order_id"],
            "order_line_id": plain["order_line_id"].astype("string"),
            "sku": sku,
            "product": product,
        }
    )
    by_sku = plain[plain["sku"].notna()].groupby(["order_id", "sku"], sort=False)["product"].min().rename("of_sku")
    by_line = plain.set_index(["order_id", "order_line_id"])["product"].rename("of_line")
    found = table[["order_id", "sku", "order_line_id", "product_id"]].join(by_sku, on=["order_id", "sku"])
    found = found.join(by_line, on=["order_id", "order_line_id"])
    return found["product_id"].fillna(found["of_sku"]).fillna(found["of_line"]).fillna(found["sku"]).fillna("0")


def coverage(shop: Shop, returns: pd.DataFrame, orders: pd.DataFrame) -> Covered:
    """From when and until when returns are known."""
    kinds = ("returns", "clickpost-report", "clickpost-events")
    file_date = max(day_of(path) for kind in kinds for path in shop.files(kind))
    known = returns["requested_date"].fillna(shop.local_dates(returns["received_at"]))
    first_placed, last_placed = orders["placed_date"].min(), orders["placed_date"].max()
    begins = known.min() if (known.min() - first_placed).days > 28 else pd.NaT
    return {"returns_from_date": begins, "data_through_date": min(file_date, max(last_placed, known.max()))}
