"""One merchant's order lines with their returns, and what of them was known on an earlier day.

Belongs here: days on which something was known. Not here: reading them from anywhere, and judging.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import polars as pl

LINES_SCHEMA: dict[str, type[pl.DataType]] = {
    "line": pl.Int64,
    "product_id": pl.String,
    "variant_id": pl.String,
    "category": pl.String,
    "supplier": pl.String,
    "brand": pl.String,
    "fulfilment_type": pl.String,
    "window_class": pl.String,
    "horizon_days": pl.Int64,
    "carrier": pl.String,
    "placed_date": pl.Date,
    "order_week": pl.Date,
    "shipped_date": pl.Date,
    "delivered_date": pl.Date,
    "start_date": pl.Date,
    "quantity": pl.Int64,
}
RETURNS_SCHEMA: dict[str, type[pl.DataType]] = {
    "line": pl.Int64,
    "known_date": pl.Date,
    "reason_class": pl.String,
    "quantity": pl.Int64,
}
KEYS = [
    "product_id", "variant_id", "category", "supplier", "brand", "fulfilment_type", "window_class", "horizon_days",
    "order_week", "start_date",
]  # fmt: skip
LEAST_DELIVERIES = 5
"""With fewer deliveries a carrier has no median of its own."""
LONGEST_WAY = 120
FINAL_RATIO = 0.8
"""Undated labels of the youngest lines are taken for final where they come to this part of the older lines' rate."""


@dataclass(frozen=True)
class History:
    """What is known of one merchant today.

    Attributes:
        lines: one row an order line that can come back, see :data:`LINES_SCHEMA`; ``line`` numbers them.
        returns: units that came back, see :data:`RETURNS_SCHEMA`; ``known_date`` is null where no source tells a day.
        known_from: first day returns are known for, or None.
        known_through: last day returns are known for.
    """

    lines: pl.DataFrame
    returns: pl.DataFrame
    known_from: date | None
    known_through: date


@dataclass(frozen=True)
class Known:
    """What was known at the end of a day.

    Attributes:
        lines: the order lines, with ``start_date`` as it would have been told then.
        sold: units and lines by the keys that models count by.
        returned: the same with squares of units, by the same keys, ``lag_days`` and ``reason_class``.
        known_from: first day returns are known for, or None.
        known_through: the day.
    """

    lines: pl.DataFrame
    sold: pl.DataFrame
    returned: pl.DataFrame
    known_from: date | None
    known_through: date


def undated_quantity(history: History) -> int:
    """Units that came back on a day that nothing tells."""
    return int(history.returns.filter(pl.col("known_date").is_null())["quantity"].sum())


def counted_by_lines(history: History) -> History:
    """The same history with every line counted once, and as returned where any unit of it came back.

    Where lines hold many units, a rate of units is made by a few large lines; one of lines is not.

    Args:
        history: every return has a ``known_date``; the first of a line's counts.
    """
    once = pl.lit(1, dtype=pl.Int64).alias("quantity")
    order = ["line", "known_date", "reason_class"]
    first = history.returns.sort(order).unique("line", keep="first", maintain_order=True).with_columns(once)
    return replace(history, lines=history.lines.with_columns(once), returns=first)


def units_a_line(history: History) -> float:
    """Mean units of a line; 1 without lines."""
    return float(history.lines["quantity"].sum()) / len(history.lines) if len(history.lines) else 1.0


def with_label_lag(history: History, days: int) -> History:
    """Let returns without a day be known so many days after their order.

    Where no return at all has a day, the order's day starts every clock and the horizon is the lag: nothing else
    can be measured. If then the youngest lines, whose labels should not be there yet, come back about as often as
    older ones, the file was made later than its last order, and all labels are final.

    Args:
        history: with returns whose ``known_date`` is null.
        days: the lag.

    Returns:
        The history in which every return has a day.
    """
    placed = history.lines.select("line", "placed_date")
    lag = pl.duration(days=days)
    returns = history.returns.join(placed, on="line", how="inner", maintain_order="left")
    is_undated = returns["known_date"].is_null()
    dated = returns.with_columns(pl.coalesce("known_date", pl.col("placed_date") + lag)).drop("placed_date")
    if not is_undated.all() or not len(returns):
        return replace(history, returns=dated)
    lines = history.lines.with_columns(
        pl.lit(days, dtype=pl.Int64).alias("horizon_days"),
        pl.col("placed_date").alias("start_date"),
        pl.lit(None, dtype=pl.Date).alias("delivered_date"),
    )
    through = history.known_through
    if _labels_are_final(lines, returns, through, days):
        through += timedelta(days=days)
    return replace(history, lines=lines, returns=dated, known_through=through)


def _labels_are_final(lines: pl.DataFrame, returns: pl.DataFrame, through: date, days: int) -> bool:
    young = pl.col("placed_date") > through - timedelta(days=days)
    older = ~young & (pl.col("placed_date") > through - timedelta(days=3 * days))

    def rate(which: pl.Expr) -> float:
        sold, back = (int(frame.filter(which)["quantity"].sum()) for frame in (lines, returns))
        return back / sold if sold else 0.0

    return rate(young) >= FINAL_RATIO * rate(older) > 0.0


def known_before(history: History, day: date) -> Known:
    """Wind back to what was known before a day.

    Lines count once ordered and, where the day of shipping is told, shipped; a delivery that had not happened yet
    is replaced by shipping plus the carrier's median of that time, as production does; a return counts once known.

    Args:
        history: every return has a ``known_date``.
        day: the first day of which nothing is known.
    """
    through = day - timedelta(days=1)
    has_shipped = pl.col("shipped_date").is_null() | (pl.col("shipped_date") < day)
    lines = history.lines.filter((pl.col("placed_date") < day) & has_shipped)
    lines = _as_told_then(lines, day)
    returns = history.returns.filter(pl.col("known_date") < day)
    sold, returned = counted(lines, returns)
    return Known(lines, sold, returned, history.known_from, through)


def known_today(history: History) -> Known:
    """What is known at the end of the data, as :func:`known_before`."""
    return known_before(history, history.known_through + timedelta(days=1))


def _as_told_then(lines: pl.DataFrame, day: date) -> pl.DataFrame:
    """Start dates in which no later delivery shows."""
    to_come = pl.col("delivered_date") >= day
    if lines.filter(to_come).is_empty():
        return lines
    arrived = lines.filter(pl.col("delivered_date") < day)
    way = (pl.col("delivered_date") - pl.col("shipped_date")).dt.total_days()
    whole = (pl.col("delivered_date") - pl.col("placed_date")).dt.total_days()
    ways = arrived.with_columns(way.alias("way")).filter(pl.col("way").is_between(0, LONGEST_WAY))
    by_carrier = (
        ways.group_by("carrier")
        .agg(pl.col("way").quantile(0.5, "lower").cast(pl.Int64).alias("carrier_days"), pl.len().alias("deliveries"))
        .filter(pl.col("deliveries") >= LEAST_DELIVERIES)
        .drop("deliveries")
    )
    transit = ways["way"].quantile(0.5, "lower") or 0
    from_order = arrived.select(whole.alias("days")).filter(pl.col("days").is_between(0, LONGEST_WAY))["days"]
    ordered = from_order.quantile(0.5, "lower") or 0
    told = pl.coalesce(
        pl.col("shipped_date") + pl.duration(days=pl.coalesce("carrier_days", pl.lit(int(transit)))),
        pl.col("placed_date") + pl.duration(days=int(ordered)),
    )
    return (
        lines.join(by_carrier, on="carrier", how="left", maintain_order="left")
        .with_columns(pl.when(to_come).then(told).otherwise("start_date").alias("start_date"))
        .drop("carrier_days")
    )


def counted(lines: pl.DataFrame, returns: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Count lines and their returns by the keys that models count by.

    Args:
        lines: as in :class:`History`.
        returns: of these and perhaps other lines, each with a ``known_date``.

    Returns:
        ``sold`` and ``returned``, sorted, with the columns of ``core.sold_days`` and ``core.returned_days``.
    """
    lines_held = pl.len().cast(pl.Int64).alias("line_count")
    sold = lines.group_by(KEYS).agg(pl.col("quantity").sum(), lines_held).sort(KEYS)
    lag = (pl.col("known_date") - pl.col("start_date")).dt.total_days().clip(0).alias("lag_days")
    names = [*KEYS, "lag_days", "reason_class"]
    returned = (
        returns.sort("line", "known_date", "reason_class", "quantity", nulls_last=True)
        .with_columns(pl.col("line").is_first_distinct().alias("is_first"))
        .join(lines.select("line", *KEYS), on="line", how="inner")
        .with_columns(lag)
        .group_by(names)
        .agg(
            pl.col("quantity").sum(),
            pl.col("is_first").sum().cast(pl.Int64).alias("line_count"),
            (pl.col("quantity") ** 2).sum().alias("quantity_squares"),
        )
        .sort(names)
    )
    return sold, returned
