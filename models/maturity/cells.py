"""The two frames of one merchant as sorted counts a day, and the horizon of every window class.

What the counts say about maturity belongs in :mod:`models.maturity.reverse_hazard`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl

ANY = "*"
"""Stands for all categories, or all window classes, in the rows that others fall back to."""
ALL_REASONS = "all"
"""The reason class that holds every return."""
DEFAULT_HORIZON = 45
"""Days taken where no line says how long returns may come: a 30-day window, transit and processing."""
LONGEST_HORIZON = 400
LATE_SHARE = 0.02
"""Above this share of returns later than the stated horizon, the horizon is read from the returns instead."""

KEYS = ["window_class", "category"]
SOLD_SCHEMA: dict[str, type[pl.DataType]] = {
    "window_class": pl.String,
    "category": pl.String,
    "horizon_days": pl.Int64,
    "order_week": pl.Date,
    "start_date": pl.Date,
    "quantity": pl.Int64,
}
RETURNED_SCHEMA: dict[str, type[pl.DataType]] = {**SOLD_SCHEMA, "lag_days": pl.Int64, "reason_class": pl.String}


@dataclass(frozen=True)
class DayCounts:
    """Counts a start date of one merchant.

    Attributes:
        sold: window_class, category, order_week, start_date, age_days, quantity; sorted by these.
        returned: the same and reason_class, lag_days (at most the horizon); only returns that are known.
        horizons: days by window class.
        known_from: first day returns are known for, or None.
        known_through: last day returns are known for.
    """

    sold: pl.DataFrame
    returned: pl.DataFrame
    horizons: dict[str, int]
    known_from: dt.date | None
    known_through: dt.date


def _with_columns(frame: pl.DataFrame, schema: dict[str, type[pl.DataType]], extra: list[str]) -> pl.DataFrame:
    absent = [pl.lit(None, dtype=kind).alias(name) for name, kind in schema.items() if name not in frame.columns]
    kept = [pl.col(name).cast(kind) for name, kind in schema.items()]
    # A category of a name that stands for all is nobody's name.
    texts = [pl.col(name).fill_null("none").replace(ANY, "none") for name in KEYS]
    return frame.with_columns(absent).select(*kept, *extra).with_columns(texts)


def _horizons(sold: pl.DataFrame, returned: pl.DataFrame, known_through: dt.date) -> dict[str, int]:
    stated = pl.concat([sold.select("window_class", "horizon_days"), returned.select("window_class", "horizon_days")])
    stated = stated.group_by("window_class").agg(pl.col("horizon_days").max()).sort("window_class")
    horizons: dict[str, int] = {}
    for window_class, days in stated.iter_rows():
        horizon = min(max(int(days), 1), LONGEST_HORIZON) if days is not None else DEFAULT_HORIZON
        # Returns after the stated end come where a shop is lenient. Only lines old enough to show them are asked,
        # or young lines would make every shop look punctual.
        old = returned.filter(
            (pl.col("window_class") == window_class)
            & (pl.col("start_date") <= known_through - dt.timedelta(days=min(3 * horizon, LONGEST_HORIZON)))
        )
        total = int(old["quantity"].sum())
        late = old.filter(pl.col("lag_days") > horizon)
        if total >= 50 and int(late["quantity"].sum()) > LATE_SHARE * total:
            by_lag = old.group_by("lag_days").agg(pl.col("quantity").sum()).sort("lag_days")
            reached = np.cumsum(by_lag["quantity"].to_numpy()) >= 0.995 * total
            horizon = max(horizon, min(int(by_lag["lag_days"][int(np.argmax(reached))]), 3 * horizon, LONGEST_HORIZON))
        horizons[window_class] = horizon
    return horizons


def count_days(
    sold: pl.DataFrame,
    returned: pl.DataFrame,
    *,
    known_from: dt.date | None,
    known_through: dt.date,
    horizons: dict[str, int] | None = None,
    keep: tuple[str, ...] = (),
) -> DayCounts:
    """Count units sold and returned a window class, category, order week and start date.

    Args:
        sold: rows of units sold; quantities of zero or less are left out.
        returned: rows of units returned; returns outside the known days are left out, because nothing may be
            learned from what was not known yet.
        known_from: first day returns are known for, or None when the past is complete.
        known_through: last day returns are known for.
        horizons: days by window class when they are known already.
        keep: further columns to count by, in both frames.

    Returns:
        The counts, in one order whatever the order of the rows was.
    """
    sold = _with_columns(sold, SOLD_SCHEMA, list(keep)).filter(
        (pl.col("quantity") > 0) & pl.col("start_date").is_not_null()
    )
    returned = _with_columns(returned, RETURNED_SCHEMA, list(keep)).filter(
        (pl.col("quantity") > 0) & pl.col("start_date").is_not_null() & pl.col("lag_days").is_not_null()
    )
    returned = returned.with_columns(
        pl.col("lag_days").clip(0), pl.col("reason_class").fill_null("unmapped").replace(ALL_REASONS, "unmapped")
    )
    age = (pl.lit(known_through) - pl.col("start_date")).dt.total_days()
    returned = returned.filter(pl.col("lag_days") <= age)
    if known_from is not None:
        returned = returned.filter(pl.col("lag_days") >= (pl.lit(known_from) - pl.col("start_date")).dt.total_days())
    horizons = horizons if horizons is not None else _horizons(sold, returned, known_through)
    keys = [*keep, *KEYS, "order_week", "start_date"]
    week = pl.col("order_week").fill_null(pl.col("start_date").dt.truncate("1w"))
    sold = sold.with_columns(week).group_by(keys).agg(pl.col("quantity").sum()).sort(keys)
    longest = pl.col("window_class").replace_strict(horizons, default=DEFAULT_HORIZON, return_dtype=pl.Int64)
    returned = (
        returned.with_columns(week, pl.min_horizontal(pl.col("lag_days"), longest).alias("lag_days"))
        .group_by([*keys, "reason_class", "lag_days"])
        .agg(pl.col("quantity").sum())
        .sort([*keys, "reason_class", "lag_days"])
    )
    return DayCounts(
        sold=sold.with_columns(age.alias("age_days")),
        returned=returned.with_columns(age.alias("age_days")),
        horizons=horizons,
        known_from=known_from,
        known_through=known_through,
    )
