"""Units sold and returned line by line, and their counts: by week, by period, by product, by reason."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.pandas_side.returning import Covered

_CLASSES = ["defective", "not_as_described", "poor_quality", "delivery", "changed_mind", "unclear", "unmapped"]
_LINE = ["order_id", "order_line_id"]
_SUMS = ["returned_quantity", "excess_returned_quantity"]


def packed_units(units: pd.DataFrame, lines: pd.DataFrame, parcels: pd.DataFrame, items: pd.DataFrame) -> pd.Series:
    """Units in parcels to the customer, by line of those orders that did not ship whole."""
    forward = parcels[(parcels["direction"] == "forward") & (parcels["outcome"] != "cancelled")]
    chosen = items[items["order_id"].isin(_partly_shipped(units, lines)) & items["order_line_id"].notna()]
    chosen = chosen[chosen["parcel_id"].isin(forward["parcel_id"])].astype({"order_line_id": "string"})
    return chosen["quantity"].fillna(0).groupby([chosen[name] for name in _LINE]).sum()


def line_units(
    units: pd.DataFrame, lines: pd.DataFrame, line_rto: pd.DataFrame, packed: pd.Series, returned: pd.DataFrame
) -> pd.DataFrame:
    """Units of every line that were ordered, shipped and came back undelivered, and those that can come back."""
    columns = ["order_id", "placed_date", "order_week", "shipped_quantity", "rto_quantity"]
    of_orders = units[columns].rename(columns={"shipped_quantity": "order_shipped", "rto_quantity": "order_rto"})
    sold = pd.DataFrame(
        {
            "order_id": lines["order_id"],
            "order_line_id": lines["order_line_id"].astype("string"),
            "product_id": lines["product_id"].astype("string").fillna(lines["sku"].astype("string")).fillna("0"),
            "sku": lines["sku"],
            "ordered_quantity": lines["quantity"],
        }
    )
    sold = pd.concat([sold, _on_no_line(units, lines)], ignore_index=True).merge(of_orders, on="order_id")
    sold["shipped_quantity"] = sold["ordered_quantity"].where(sold["order_shipped"] > 0, 0)
    is_rest = sold["order_line_id"] == "-"
    sold.loc[is_rest, "shipped_quantity"] = sold.pop("rest").fillna(0).astype("int64")[is_rest]
    is_part = sold["order_id"].isin(_partly_shipped(units, lines))
    part = _shipped_in_turn(sold[is_part], packed, returned)
    sold.loc[part.index, "shipped_quantity"] = part
    is_whole_rto = sold["order_rto"] == sold["order_shipped"]
    sold["rto_quantity"] = sold["shipped_quantity"].where(is_whole_rto, 0)
    proven = line_rto.astype({"order_line_id": "string"}).set_index(_LINE)["rto_quantity"]
    is_hit = sold["order_id"].isin(line_rto["order_id"]) & ~is_whole_rto & (sold["order_rto"] > 0)
    hit = sold.loc[is_hit, _LINE].join(proven, on=_LINE)["rto_quantity"].fillna(0).astype("int64")
    sold.loc[is_hit, "rto_quantity"] = np.minimum(hit, sold.loc[is_hit, "shipped_quantity"])
    sold["eligible_quantity"] = sold["shipped_quantity"] - sold["rto_quantity"]
    return sold.drop(columns=["order_shipped", "order_rto"])


def _on_no_line(units: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Shipped units that no line holds."""
    held = units["order_id"].map(lines.groupby("order_id", sort=False)["quantity"].sum()).fillna(0)
    rest = pd.DataFrame(
        {
            "order_id": units["order_id"],
            "order_line_id": "-",
            "product_id": "0",
            "ordered_quantity": (units["ordered_quantity"] - held).clip(lower=0).astype("int64"),
            "rest": units["shipped_quantity"] - held,
        }
    )
    return rest[rest["rest"] > 0]


def _partly_shipped(units: pd.DataFrame, lines: pd.DataFrame) -> pd.Series:
    held = units["order_id"].map(lines.groupby("order_id", sort=False)["quantity"].sum())
    return units.loc[(units["shipped_quantity"] > 0) & (units["shipped_quantity"] < held), "order_id"]


def _shipped_in_turn(sold: pd.DataFrame, packed: pd.Series, returned: pd.DataFrame) -> pd.Series:
    """Of orders that shipped in part: units in parcels and returned ones went out first, then lines in order."""
    back = returned[returned["is_counted"]].groupby(_LINE)["returned_quantity"].sum()
    table = sold.assign(length=sold["order_line_id"].str.len())
    table = table.sort_values(["order_id", "length", "order_line_id"], kind="stable")
    table = table.join(packed.rename("packed"), on=_LINE).join(back.rename("back"), on=_LINE)
    proven = np.minimum(table["ordered_quantity"], table[["packed", "back"]].max(axis=1).fillna(0))
    rest, order = table["ordered_quantity"] - proven, table["order_id"]
    before = proven.groupby(order).cumsum() - proven
    rest_before = proven.groupby(order).transform("sum") + rest.groupby(order).cumsum() - rest
    shipped = table["order_shipped"]
    first = np.minimum((shipped - before).clip(lower=0), proven)
    return (first + np.minimum((shipped - rest_before).clip(lower=0), rest)).astype("int64")


def line_returns(sold: pd.DataFrame, returned: pd.DataFrame, reasons: pd.DataFrame) -> pd.DataFrame:
    """The units of each request that lines can have given: of its product, else of any line of the order.

    Where an order holds a product on several lines, they stand together; a request for an item that it does not have
    may stand on several products.
    """
    columns = ["return_line_id", *_LINE, "product_id", "order_week", "known_date"]
    table = returned.loc[returned["is_counted"], [*columns, "requested_quantity", "returned_quantity"]]
    table = table.merge(reasons[["return_line_id", "reason_class"]], on="return_line_id")
    table = table.sort_values(["order_id", "known_date", "return_line_id"], ignore_index=True)
    held = sold[sold["order_id"].isin(table["order_id"])]
    of_line = table[_LINE].join(held.set_index(_LINE)["product_id"], on=_LINE)["product_id"]
    table["product_id"] = of_line.fillna(table["product_id"])
    order = held["order_line_id"].str.len()
    held = held.assign(length=order).sort_values(["order_id", "length", "order_line_id"], kind="stable")
    rooms = held.groupby(["order_id", "product_id"], sort=False)["eligible_quantity"].sum().rename("room")
    table = table.join(rooms, on=["order_id", "product_id"])
    is_known = table["room"].notna()
    known, unknown = table[is_known], table[~is_known].drop(columns=["room", "product_id"])
    known = known.assign(returned_quantity=_laid(known, ["order_id", "product_id"]).astype("int64"))
    taken = known.groupby(["order_id", "product_id"])["returned_quantity"].sum()
    laid = _laid_on_others(unknown, rooms.sub(taken, fill_value=0).reindex(rooms.index).rename("room").reset_index())
    found = pd.concat([known.drop(columns="room"), laid], ignore_index=True)
    whole = found.groupby("return_line_id")["returned_quantity"].transform("sum")
    is_first = ~found["return_line_id"].duplicated()
    found["excess_returned_quantity"] = (found["requested_quantity"] - whole).where(is_first, 0)
    return found


def _laid(requests: pd.DataFrame, key: list[str]) -> pd.Series:
    units = requests["returned_quantity"]
    before = units.groupby([requests[name] for name in key], sort=False).cumsum() - units
    return np.minimum(units, (requests["room"] - before).clip(lower=0))


def _laid_on_others(requests: pd.DataFrame, rooms: pd.DataFrame) -> pd.DataFrame:
    """Requests for items that their orders do not have, laid on what is left of the others, one after the other."""
    rooms["room_until"] = rooms.groupby("order_id", sort=False)["room"].cumsum()
    until = requests.groupby("order_id", sort=False)["returned_quantity"].cumsum()
    pairs = requests.assign(until=until).merge(rooms, on="order_id", how="left")
    start = np.maximum(pairs["until"] - pairs["returned_quantity"], pairs["room_until"] - pairs["room"])
    units = (np.minimum(pairs["until"], pairs["room_until"]) - start).clip(lower=0).fillna(0).astype("int64")
    pairs["returned_quantity"] = units
    is_kept = (units > 0) | ~pairs["return_line_id"].isin(pairs.loc[units > 0, "return_line_id"])
    pairs = pairs[is_kept].sort_values("returned_quantity", ascending=False, kind="stable")
    is_more = (pairs["returned_quantity"] == 0) & pairs["return_line_id"].duplicated()
    return pairs[~is_more].drop(columns=["until", "room", "room_until"])


def weekly(units: pd.DataFrame, laid: pd.DataFrame) -> pd.DataFrame:
    """Orders, units shipped and returned by week of the order."""
    sold = units.groupby("order_week").agg(
        order_count=("order_id", "size"), shipped_quantity=("eligible_quantity", "sum")
    )
    table = sold.join(laid.groupby("order_week")[_SUMS].sum())
    table[_SUMS] = table[_SUMS].fillna(0).astype("int64")
    return _with_rate(table.reset_index())


def overall(covered: Covered, units: pd.DataFrame, weeks: pd.DataFrame) -> pd.DataFrame:
    """The same over the last weeks, and those before them."""
    last = min(covered["data_through_date"], units["placed_date"].max()) + pd.Timedelta(days=1)
    following = last - pd.Timedelta(days=last.weekday())
    parts = [weeks[weeks["order_week"] < following].assign(period="all")]
    for length, name in ((1, "week"), (4, "4_weeks"), (13, "13_weeks")):
        for end, period in ((0, f"last_{name}"), (length, f"previous_{name}")):
            age = (following - weeks["order_week"]).dt.days / 7
            parts.append(weeks[(age > end) & (age <= end + length)].assign(period=period))
    sums = pd.concat(parts).groupby("period")[["order_count", "shipped_quantity", *_SUMS]].sum()
    return _with_rate(sums.reset_index())


def by_product(sold: pd.DataFrame, laid: pd.DataFrame) -> pd.DataFrame:
    """Units and lines shipped and returned by product."""
    sold = sold.assign(product_id=sold["product_id"].astype("category"), is_shipped=sold["eligible_quantity"] > 0)
    sums = sold.groupby("product_id", observed=True).agg(
        sku_count=("sku", "nunique"),
        shipped_line_count=("is_shipped", "sum"),
        shipped_quantity=("eligible_quantity", "sum"),
    )
    sums.index = sums.index.astype("string")
    lines = laid[laid["returned_quantity"] > 0].drop_duplicates([*_LINE, "product_id"]).groupby("product_id").size()
    table = sums.join(laid.groupby("product_id")[_SUMS].sum()).join(lines.rename("returned_line_count"))
    counts = [*_SUMS, "returned_line_count"]
    table[counts] = table[counts].fillna(0).astype("int64")
    return _with_rate(table.reset_index(names="product_id"))


def by_reason(weeks: pd.DataFrame, laid: pd.DataFrame) -> pd.DataFrame:
    """Returned units by week of the order and class of the reason."""
    sums = laid.groupby(["order_week", "reason_class"]).agg(
        return_line_count=("return_line_id", "nunique"), returned_quantity=("returned_quantity", "sum")
    )
    table = weeks[["order_week", "shipped_quantity"]].merge(pd.DataFrame({"reason_class": _CLASSES}), how="cross")
    table = table.join(sums, on=["order_week", "reason_class"])
    table[list(sums)] = table[list(sums)].fillna(0).astype("int64")
    return _with_rate(table)


def _with_rate(table: pd.DataFrame) -> pd.DataFrame:
    shipped = table["shipped_quantity"]
    return table.assign(observed_return_rate=(table["returned_quantity"] / shipped).where(shipped > 0))
