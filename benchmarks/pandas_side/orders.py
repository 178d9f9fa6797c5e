"""Orders, their lines, and the refunds that orders tell."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.pandas_side.shops import Shop

_COLUMNS = {
    "Order ID": "order_id",
    "Customer ID": "customer_id",
    "Order Date": "placed_date",
    "Order Status": "status",
    "Subtotal (inc tax)": "subtotal_inc_tax_amount",
    "Subtotal (ex tax)": "subtotal_ex_tax_amount",
    "Tax Total": "tax_amount",
    "Shipping Cost (inc tax)": "shipping_amount",
    "Handling Cost (inc tax)": "handling_amount",
    "Store Credit Redeemed": "store_credit_amount",
    "Gift Certificate Amount Redeemed": "gift_certificate_amount",
    "Order Total (inc tax)": "total_amount",
    "Payment Method": "payment_method",
    "Total Quantity": "total_quantity",
    "Total Shipped": "shipped_quantity",
    "Date Shipped": "shipped_date",
    "Order Currency Code": "currency_code",
    "Exchange Rate": "exchange_rate",
    "Shipping State": "ship_region",
    "Shipping Country": "ship_country",
    "Refund Amount": "refund_amount",
    "Product Details": "product_details",
}
_CATEGORIES = (
    "Order Date",
    "Order Status",
    "Payment Method",
    "Date Shipped",
    "Order Currency Code",
    "Shipping State",
    "Shipping Country",
)
_STATUSES = {
    "Awaiting fulfillment": "awaiting_fulfillment",
    "Awaiting shipment": "awaiting_shipment",
    "Awaiting payment": "awaiting_payment",
    "Pending": "pending",
    "Manual verification required": "manual_verification",
    "Shipped": "shipped",
    "Completed": "completed",
    "Partially shipped": "partially_shipped",
    "Disputed": "disputed",
    "Cancelled": "cancelled",
    "Declined": "declined",
    "Refunded": "refunded",
    "Partially refunded": "partially_refunded",
}
_LINE = (
    r"^(?P<product_id>\d+), Product Qty: (?P<quantity>\d+), Product SKU: (?P<sku>.*?), Product Name: "
    r"(?P<product_name>.*?), Product Weight: (?P<weight>[\d.]+), Product Variation Details: (?P<product_options>.*?), "
    r"Product Unit Price: (?P<unit_price_amount>[\d.]+), Product Total Price: (?P<line_total_amount>[\d.]+)$"
)


def read_orders(shop: Shop) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the newest word on every order.

    Returns:
        Orders by order_id, and their lines; lines of orders whose cell does not add up are left out.
    """
    frames = [_read(shop, path) for path in shop.files("orders")]
    orders = pd.concat(frames, ignore_index=True).drop_duplicates("order_id", keep="last")
    lines = _lines(orders)
    return orders.drop(columns="product_details"), lines


def _read(shop: Shop, path: Path) -> pd.DataFrame:
    types: Any = {"Order ID": "string", "Customer ID": "Int64", "Product Details": "string"}
    types |= dict.fromkeys(_CATEGORIES, "category")
    orders = pd.read_csv(path, usecols=list(_COLUMNS), dtype=types)
    orders = orders.rename(columns=_COLUMNS)
    for name in ("placed_date", "shipped_date"):
        orders[name] = _dates(orders[name], shop.date_format)
    orders["status"] = orders["status"].map(_STATUSES).fillna("other").astype("category")
    rate = orders["exchange_rate"].where(orders["currency_code"] != shop.currency_code, 1.0)
    rate = rate.where((rate > 0) & ((rate != 1) | (orders["currency_code"] == shop.currency_code)))
    orders["merchant_rate"] = rate
    orders["total_merchant_amount"] = (orders["total_amount"] / rate).round(4)
    orders["is_guest"] = orders["customer_id"].fillna(0) == 0
    return orders


def _dates(texts: pd.Series, date_format: str) -> pd.Series:
    """Some hundred days stand on a million rows: only the categories are parsed."""
    parsed = pd.to_datetime(texts.cat.categories, format=date_format)
    return pd.Series(parsed.take(texts.cat.codes.to_numpy(), fill_value=pd.NaT, allow_fill=True), index=texts.index)


def _lines(orders: pd.DataFrame) -> pd.DataFrame:
    cells = orders.set_index("order_id")["product_details"].str.removeprefix("Product ID: ")
    items = cells.str.split("|Product ID: ", regex=False).explode()
    # Names may hold line breaks.
    lines = items.str.extract(_LINE, flags=re.DOTALL)
    is_unread = lines["product_id"].isna()
    quantity = pd.to_numeric(lines["quantity"], errors="coerce")
    wanted = orders.set_index("order_id")["total_quantity"]
    broken = quantity.groupby(level=0, sort=False).sum().ne(wanted.astype("float64"))
    is_broken = broken | is_unread.groupby(level=0, sort=False).any()
    lines = lines[~lines.index.isin(is_broken.index[is_broken])]
    lines = lines.astype({"quantity": "int64", "unit_price_amount": "float64", "line_total_amount": "float64"})
    lines["weight"] = lines["weight"].astype("float64")
    for name in ("product_id", "sku", "product_name", "product_options"):
        lines[name] = _tidy(lines[name])
    lines = lines.reset_index()
    rate = lines["order_id"].map(orders.set_index("order_id")["merchant_rate"])
    lines["line_total_merchant_amount"] = (lines["line_total_amount"] / rate).round(4)
    # Numbers within an order are text, as everywhere.
    lines["order_line_id"] = (lines.groupby("order_id", sort=False).cumcount() + 1).astype("string").astype("category")
    return lines


def _tidy(texts: pd.Series) -> pd.Series:
    """Texts without blanks around and HTML entities, as categories; each distinct text is tidied once."""
    codes, distinct = pd.factorize(texts)
    tidy = pd.Series(distinct, dtype="string").map(html.unescape).str.strip().replace("", pd.NA)
    return tidy.reindex(codes).set_axis(texts.index).astype("category")


def refunds(orders: pd.DataFrame) -> pd.DataFrame:
    """One refund an order that paid money back; this export does not say when."""
    paid = orders.loc[orders["refund_amount"].fillna(0) != 0, ["order_id", "placed_date", "refund_amount"]].copy()
    paid["refund_merchant_amount"] = (paid["refund_amount"] / orders["merchant_rate"]).round(4)
    return paid


def order_units(
    orders: pd.DataFrame, lines: pd.DataFrame, parcels: pd.DataFrame, parcel_lines: pd.DataFrame
) -> pd.DataFrame:
    """What each order holds, what went out, and what of it came back undelivered."""
    counts = lines.groupby("order_id", sort=False).agg(
        line_count=("quantity", "size"), line_quantity=("quantity", "sum")
    )
    units = orders[["order_id", "placed_date", "status", "total_quantity", "shipped_quantity"]].merge(
        counts, on="order_id", how="left"
    )
    units["line_count"] = units["line_count"].fillna(0).astype("int64")
    ordered = units["total_quantity"].fillna(units["line_quantity"]).fillna(0)
    status = units["status"].astype("string")
    is_sent_by_word = status.isin(["shipped", "completed"]) | (
        units["shipped_quantity"].isna()
        & (status.isna() | status.isin(["partially_shipped", "refunded", "partially_refunded", "disputed", "other"]))
    )
    shipped = np.select([units["shipped_quantity"] > 0, is_sent_by_word], [units["shipped_quantity"], ordered], 0)
    units["ordered_quantity"], units["shipped_quantity"] = ordered.astype("int64"), shipped.astype("int64")
    back = _sent_back(parcels, parcel_lines)
    units = units.merge(back, on="order_id", how="left")
    some = np.clip(np.fmin(units["sent_back"], units["shipped_quantity"] - units["other"]), 0, None)
    rto = np.where(units["is_all_back"].eq(True), units["shipped_quantity"], some.fillna(0))
    units["rto_quantity"] = rto.astype("int64")
    units["eligible_quantity"] = units["shipped_quantity"] - units["rto_quantity"]
    units["order_week"] = units["placed_date"].dt.to_period("W").dt.start_time
    return units.drop(columns=["line_quantity", "total_quantity", "status", "sent_back", "other", "is_all_back"])


def forward_parcels(parcels: pd.DataFrame) -> pd.DataFrame:
    """Parcels to customers of orders of which at least one came back undelivered."""
    forward = parcels[(parcels["direction"] == "forward") & (parcels["outcome"] != "cancelled")]
    forward = forward[forward["order_id"].notna()]
    orders = forward.loc[forward["is_rto"], "order_id"].unique()
    return forward.loc[forward["order_id"].isin(orders), ["parcel_id", "order_id", "is_rto"]]


def _sent_back(parcels: pd.DataFrame, parcel_lines: pd.DataFrame) -> pd.DataFrame:
    wanted = forward_parcels(parcels)
    quantity = (
        parcel_lines[parcel_lines["parcel_id"].isin(wanted["parcel_id"])]
        .groupby("parcel_id", sort=False)["quantity"]
        .agg(lambda units: units.sum(skipna=False))
    )
    packed = wanted.assign(quantity=wanted["parcel_id"].map(quantity))
    packed["least"] = packed["quantity"].clip(lower=1).fillna(1)
    packed["sent_back"] = packed["least"].where(packed["is_rto"], 0)
    packed["other"] = packed["least"].where(~packed["is_rto"], 0)
    packed["is_unknown"] = packed["quantity"].isna()
    by_order = packed.groupby("order_id", sort=False).agg(
        sent_back=("sent_back", "sum"),
        other=("other", "sum"),
        is_all=("is_rto", "all"),
        is_any_unknown=("is_unknown", "any"),
    )
    by_order["is_all_back"] = by_order["is_all"] & by_order["is_any_unknown"]
    return by_order[["sent_back", "other", "is_all_back"]].reset_index()


def order_line_rto(lines: pd.DataFrame, parcels: pd.DataFrame, parcel_lines: pd.DataFrame) -> pd.DataFrame:
    """Units of each line that came back undelivered."""
    wanted = forward_parcels(parcels)
    items = wanted.merge(parcel_lines[["parcel_id", "order_line_id", "quantity"]], on="parcel_id", how="left")
    is_unknown = items["quantity"].isna().groupby(items["order_id"], sort=False).any()
    is_all = wanted.groupby("order_id", sort=False)["is_rto"].all() & is_unknown
    items = items[items["order_line_id"].notna()]
    packed = (
        items.assign(
            sent_back=items["quantity"].where(items["is_rto"], 0), other=items["quantity"].where(~items["is_rto"], 0)
        )
        .groupby(["order_id", "order_line_id"], sort=False, observed=True)[["sent_back", "other"]]
        .sum()
        .reset_index()
    )
    hit = lines.loc[lines["order_id"].isin(wanted["order_id"]), ["order_id", "order_line_id", "quantity"]].astype(
        {"order_line_id": "string"}
    )
    hit = hit.merge(packed.astype({"order_line_id": "string"}), on=["order_id", "order_line_id"], how="left")
    some = np.fmin(hit["sent_back"], hit["quantity"] - hit["other"])
    hit["rto_quantity"] = hit["quantity"].where(hit["order_id"].map(is_all), some.where(hit["sent_back"].notna()))
    return hit.loc[hit["rto_quantity"] > 0, ["order_id", "order_line_id", "rto_quantity"]]
