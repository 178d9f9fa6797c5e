"""Return lines that two sources tell: pairs of lines, one to one, the nearest first."""

from __future__ import annotations

import numpy as np
import pandas as pd


def find_twins(returns: pd.DataFrame, matches: pd.DataFrame) -> pd.DataFrame:
    """Return lines that another source tells as well: pairs of lines, the one with more to say first."""
    live = returns[~returns["status"].isin(["rejected", "cancelled"])]
    is_item_unknown = live["product_id"].isna() & live["sku"].isna()
    lines = pd.DataFrame(
        {
            "return_line_id": live["return_line_id"],
            "list_name": live["list_name"],
            "source": live["list_name"] + np.where(is_item_unknown, "/", ""),
            "product_id": live["product_id"],
            "sku": live["sku"].str.strip().str.lower(),
            "awb": live["awb"].str.strip().str.lower(),
            "is_item_unknown": is_item_unknown,
            "lacks_comment": live["comments"].fillna("").str.strip() == "",
            "lacks_reason": live["reason_raw"].fillna("").str.strip() == "",
            "date": live["requested_date"],
            "began_at": live["requested_at"].fillna(live["requested_date"]),
        }
    ).merge(matches[["return_line_id", "order_id", "order_line_id"]], on="return_line_id")
    is_shared = lines.groupby("order_id", sort=False)["source"].transform("nunique") > 1
    is_shared |= lines.groupby("awb", sort=False)["source"].transform("nunique") > 1
    lines = lines[is_shared].sort_values(
        ["lacks_comment", "lacks_reason", "began_at", "return_line_id"], ignore_index=True
    )
    lines["precedence"] = np.arange(len(lines))
    item = lines["order_line_id"].fillna(lines["product_id"]).fillna(lines["sku"]).fillna("")
    lines["position"] = (
        lines.sort_values(["began_at", "return_line_id"]).groupby([lines["source"], lines["order_id"], item]).cumcount()
    )
    met = pd.concat([_met(lines, "order_id"), _met(lines[lines["awb"].notna()], "awb")])
    pairs = _ranked(met.drop_duplicates(), lines)
    return _chosen(pairs)


def _met(lines: pd.DataFrame, key: str) -> pd.DataFrame:
    columns = [key, "precedence", "source", "order_id"] if key != "order_id" else [key, "precedence", "source"]
    both = lines[columns].merge(lines[columns], on=key, suffixes=("", "_other"))
    both = both[(both["source"] != both["source_other"]) & (both["precedence"] < both["precedence_other"])]
    if key == "awb":
        both = both[both["order_id"] == both["order_id_other"]]
    return both[["precedence", "precedence_other"]]


def _ranked(met: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    first = lines.iloc[met["precedence"]].reset_index(drop=True)
    other = lines.iloc[met["precedence_other"]].reset_index(drop=True)
    waybill = np.select(
        [first["awb"].eq(other["awb"]).fillna(False), first["awb"].isna() | other["awb"].isna()], [0.0, 1.0], np.nan
    )

    def same(name: str) -> pd.Series:
        return first[name].eq(other[name]).fillna(False).astype(bool)

    def differs(name: str) -> pd.Series:
        return first[name].ne(other[name]).fillna(False).astype(bool) & first[name].notna() & other[name].notna()

    item = np.select(
        [
            same("order_id") & same("order_line_id"),
            differs("product_id") | differs("sku"),
            same("product_id"),
            same("sku"),
            first["is_item_unknown"] | other["is_item_unknown"],
        ],
        [1.0, np.nan, 2.0, 3.0, 4.0],
        np.nan,
    )
    pairs = pd.DataFrame(
        {
            "return_line_id": other["return_line_id"],
            "twin_return_line_id": first["return_line_id"],
            "source": other["source"],
            "twin_source": first["source"],
            "waybill": waybill,
            "item": item,
            "days": (first["date"] - other["date"]).abs().dt.days,
            "positions": (first["position"] - other["position"]).abs(),
            "first": met["precedence"].to_numpy(),
            "second": met["precedence_other"].to_numpy(),
        }
    )
    is_close = (pairs["waybill"] == 0) & ~(pairs["days"] > 180)
    is_near = (pairs["waybill"] == 1) & (pairs["days"] <= 30) & (first["list_name"] != other["list_name"])
    pairs = pairs[pairs["item"].notna() & (is_close | is_near)]
    pairs = pairs.sort_values(["waybill", "item", "days", "positions", "first", "second"], ignore_index=True)
    return pairs.assign(place=np.arange(len(pairs)))


def _chosen(pairs: pd.DataFrame) -> pd.DataFrame:
    """Pairs in which each of the two is the other's nearest, then once more among those left."""
    first = _mutual(pairs)
    taken = pd.concat([first[["first", "source"]].set_axis(["line", "other"], axis=1),
                       first[["second", "twin_source"]].set_axis(["line", "other"], axis=1)])  # fmt: skip
    keys = pd.MultiIndex.from_frame(taken)
    is_free = ~(
        pd.MultiIndex.from_frame(pairs[["first", "source"]]).isin(keys)
        | pd.MultiIndex.from_frame(pairs[["second", "twin_source"]]).isin(keys)
    )
    accepted = pd.concat([first, _mutual(pairs[is_free])])
    return accepted.sort_values("place").drop_duplicates("return_line_id")[
        ["return_line_id", "twin_return_line_id", "days"]
    ]


def _mutual(pairs: pd.DataFrame) -> pd.DataFrame:
    best_of_first = pairs.groupby(["first", "source"])["place"].transform("min")
    best_of_second = pairs.groupby(["second", "twin_source"])["place"].transform("min")
    return pairs[(pairs["place"] == best_of_first) & (pairs["place"] == best_of_second)]
