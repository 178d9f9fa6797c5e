"""What return lines claim, what refunds paid back, and the ledgers of money and of parcels that never arrived."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.pandas_side.shops import Shop

_WORDS = {
    "refund": "refund",
    "refund issued": "refund",
    "退款": "refund",
    "已退款": "refund",
    "退貨退款": "refund",
    "store credit": "store_credit",
    "store credit issued": "store_credit",
    "購物金": "store_credit",
    "已發購物金": "store_credit",
    "replacement": "exchange",
    "replacement sent": "exchange",
    "exchange": "exchange",
    "換貨": "exchange",
    "已寄換貨": "exchange",
    "repair": "repair",
    "repaired": "repair",
    "維修": "repair",
    "已維修": "repair",
    "rejected": "rejected",
    "request rejected": "rejected",
    "已婉拒": "rejected",
}


def return_claims(
    returns: pd.DataFrame, matches: pd.DataFrame, twins: pd.DataFrame, lines: pd.DataFrame
) -> pd.DataFrame:
    """What each return line asks for, how it ended, and what its goods had cost."""
    claims = returns[
        ["return_line_id", "status", "quantity", "store_credit_amount", "action", "resolution", "requested_date"]
    ].merge(matches, on="return_line_id")
    claims["is_twin"] = claims["return_line_id"].isin(twins["return_line_id"])
    columns = ["order_id", "order_line_id", "quantity", "line_total_amount", "line_total_merchant_amount"]
    sold = lines.loc[lines["order_id"].isin(claims["order_id"]), columns].astype({"order_line_id": "string"})
    sold = sold.rename(columns={"quantity": "sold_quantity"})
    claims = claims.merge(sold, on=["order_id", "order_line_id"], how="left")
    share = np.fmin(claims["quantity"], claims["sold_quantity"]) / claims["sold_quantity"]
    claims["goods_amount"] = (claims.pop("line_total_amount") * share).round(4)
    claims["goods_merchant_amount"] = (claims.pop("line_total_merchant_amount") * share).round(4)
    asked, done = _kind(claims.pop("action")), _kind(claims.pop("resolution"))
    status = claims["status"]
    credit = claims["store_credit_amount"].fillna(0) > 0
    claims["requested_kind"] = asked
    claims["resolution_kind"] = np.select(
        [
            status.isin(["rejected", "cancelled"]),
            done.notna() & (done != "other"),
            credit,
            status == "refunded",
            (status == "repaired") & (asked == "exchange"),
            status == "repaired",
        ],
        [status, done.fillna(""), "store_credit", "refund", "exchange", "repair"],
        done.fillna(""),
    )
    claims["resolution_kind"] = claims["resolution_kind"].replace("", pd.NA)
    is_over = claims["resolution_kind"].isin(["rejected", "cancelled"])
    claims["is_countable"] = ~claims["is_twin"] & ~claims["is_orphan"] & ~is_over
    claims["is_refund_possible"] = claims["is_countable"] & (
        claims["resolution_kind"].isna() | claims["resolution_kind"].isin(["refund", "other"])
    )
    return claims.drop(columns="sold_quantity")


def _kind(words: pd.Series) -> pd.Series:
    plain = words.astype("string").str.strip().str.lower().replace("", pd.NA)
    return plain.map(_WORDS).fillna("other").where(plain.notna())


def refund_matches(
    refunds: pd.DataFrame, orders: pd.DataFrame, units: pd.DataFrame, parcels: pd.DataFrame, claims: pd.DataFrame
) -> pd.DataFrame:
    """What every refund paid back. This shop refunds orders, so no refund names a line."""
    table = refunds.merge(
        orders[["order_id", "status", "total_amount", "gift_certificate_amount"]], on="order_id"
    ).merge(units[["order_id", "ordered_quantity", "shipped_quantity"]], on="order_id")
    forward = parcels[(parcels["direction"] == "forward") & parcels["order_id"].isin(table["order_id"])]
    is_moved = (
        forward["shipped_at"].notna() | forward["shipped_date"].notna() | forward["delivered_at"].notna()
    ) | forward["is_rto"]
    of_parcels = (
        forward.assign(is_moved=is_moved)
        .groupby("order_id")
        .agg(is_moved=("is_moved", "any"), has_rto=("is_rto", "any"), is_wholly_rto=("is_rto", "all"))
    )
    table = table.join(of_parcels, on="order_id").join(_of_orders(claims), on="order_id")
    flags = ["is_moved", "has_rto", "is_wholly_rto"]
    table[flags] = table[flags].fillna(False).astype(bool)
    table[["countable_count", "possible_count"]] = table[["countable_count", "possible_count"]].fillna(0)
    priced = claims[claims["is_refund_possible"] & (claims["goods_amount"] > 0)]
    equal = priced.groupby(["order_id", "goods_amount"])["return_line_id"].agg(["size", "min"])
    equal = equal.rename_axis(index={"goods_amount": "refund_amount"}).set_axis(["equal_count", "equal_id"], axis=1)
    table = table.join(equal, on=["order_id", "refund_amount"])
    # Integers that may be missing would give conditions that may be missing.
    counts = ["equal_count", "possible_quantity"]
    table[counts] = table[counts].astype("float64")
    money = table["refund_amount"]
    is_single = (table["countable_count"] == 1) | (table["possible_count"] == 1)
    table["matched_by"] = np.select(
        [
            table["is_wholly_rto"],
            table["has_rto"] & (table["countable_count"] == 0),
            is_single & ~table["has_rto"],
            table["equal_count"] == 1,
            table["refunded_amount"].round(4) == money,
            table["possible_amount"].round(4) == money,
            (table["total_amount"] == money) & (table["possible_quantity"] >= table["ordered_quantity"]),
            table["countable_count"] > 0,
        ],
        ["order", "order", "single_return", "equal_money", "refunded_set", "whole_set", "whole_order", "order_set"],
        "",
    )
    way = table["matched_by"]
    single = table["only_countable_id"].where(table["countable_count"] == 1, table["only_possible_id"])
    table["return_line_id"] = single.where(way == "single_return").fillna(table["equal_id"].where(way == "equal_money"))
    is_never_shipped = (table["shipped_quantity"] == 0) & ~table["is_moved"]
    table["kind"] = np.select(
        [way == "order_set", way == "order", way != "", is_never_shipped],
        ["order_level_not_attributable", "rto_refunded", "matched_return", "cancelled_before_shipping"],
        "refund_without_return",
    )
    return table[
        ["order_id", "return_line_id", "kind", "matched_by", "refund_amount", "refund_merchant_amount", "placed_date"]
    ]


def _of_orders(claims: pd.DataFrame) -> pd.DataFrame:
    counted = claims[claims["is_countable"]]
    possible = counted[counted["is_refund_possible"]]
    refunded = counted[counted["resolution_kind"] == "refund"]

    def whole(group: pd.DataFrame) -> pd.Series:
        by_order = group.groupby("order_id")["goods_amount"]
        return by_order.sum().where(by_order.count() == by_order.size())

    by_count, by_possible = counted.groupby("order_id"), possible.groupby("order_id")
    return pd.DataFrame(
        {
            "countable_count": by_count.size(),
            "only_countable_id": by_count["return_line_id"].min(),
            "possible_count": by_possible.size(),
            "only_possible_id": by_possible["return_line_id"].min(),
            "possible_quantity": by_possible["quantity"].sum(),
            "possible_amount": whole(possible),
            "refunded_amount": whole(refunded),
        }
    )


def ledger_refunds(matches: pd.DataFrame) -> pd.DataFrame:
    """Refunded money by month of the order and kind."""
    month = matches["placed_date"].dt.to_period("M").dt.start_time.rename("ledger_month")
    return (
        matches.groupby([month, "kind"])
        .agg(refund_count=("order_id", "size"), refund_amount=("refund_merchant_amount", "sum"))
        .reset_index()
    )


def rto_goods(shop: Shop, parcels: pd.DataFrame, parcel_lines: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Parcels that never arrived and what was in them."""
    back = parcels[parcels["is_rto"]]
    columns = ["parcel_id", "order_id", "order_line_id", "quantity"]
    items = parcel_lines.loc[parcel_lines["parcel_id"].isin(back["parcel_id"]), columns]
    sold = lines.loc[lines["order_id"].isin(back["order_id"])].astype({"order_line_id": "string"})
    sold = sold[["order_id", "order_line_id", "quantity", "line_total_merchant_amount"]]
    items = items.merge(sold, on=["order_id", "order_line_id"], how="left", suffixes=("", "_sold"))
    share = np.fmin(items["quantity"].astype("float64").fillna(np.inf), items["quantity_sold"])
    items["amount"] = (items["line_total_merchant_amount"] * share / items["quantity_sold"]).round(4)
    of_parcel = items.groupby("parcel_id").agg(
        quantity=("quantity", lambda units: units.sum(min_count=1)),
        amount=("amount", lambda money: money.sum(skipna=False)),
    )
    of_order = sold.groupby("order_id").agg(
        all_quantity=("quantity", "sum"), all_amount=("line_total_merchant_amount", "sum")
    )
    count = parcels[parcels["direction"] == "forward"].groupby("order_id").size()
    table = back[["parcel_id", "order_id", "shipped_date", "status"]].join(of_parcel, on="parcel_id")
    table = table.join(of_order, on="order_id")
    is_only = table["order_id"].map(count) == 1
    table["quantity"] = table["quantity"].fillna(table.pop("all_quantity").where(is_only))
    table["goods_merchant_amount"] = table.pop("amount").fillna(table.pop("all_amount").where(is_only))
    marked = back["rto_marked_at"].fillna(back["rto_delivered_at"])
    table["rto_date"] = shop.local_dates(marked).fillna(back["shipped_date"])
    table["is_back"] = back["rto_delivered_at"].notna() | (back["status"] == "rto_delivered")
    return table.drop(columns=["shipped_date", "status"])


def ledger_rto(table: pd.DataFrame) -> pd.DataFrame:
    """Parcels that never arrived, by month."""
    month = table["rto_date"].dt.to_period("M").dt.start_time.rename("ledger_month")
    return (
        table.groupby(month)
        .agg(
            parcel_count=("parcel_id", "size"),
            back_count=("is_back", "sum"),
            quantity=("quantity", "sum"),
            goods_amount=("goods_merchant_amount", "sum"),
        )
        .reset_index()
    )
