"""What a decomposition counts: units by product and order week, and which of them a period has.

How the counts become parts of a change belongs in :mod:`models.rate_change.decompose`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import polars as pl

if TYPE_CHECKING:
    from datetime import date

GROUP = ("category", "product_id")
"""What a unit is told apart by; the first is the wider."""

CELL_SCHEMA: dict[str, pl.DataType] = {
    "category": pl.String(),
    "product_id": pl.String(),
    "order_week": pl.Date(),
    "shipped_quantity": pl.Int64(),
    "exposure_quantity": pl.Float64(),
    "exposure_error": pl.Float64(),
    "returned_quantity": pl.Int64(),
}
"""Columns of the cells: units shipped, units x developed share and its standard error, units returned."""

_ANY = "*"
"""A curve of all window classes, or of all categories of one."""

_NORMAL_95 = 1.6448536


class DevelopedShares(Protocol):
    """What a decomposition needs of ``models.maturity``: how much of its returns a unit can have shown."""

    @property
    def frame(self) -> pl.DataFrame:
        """The curves with ``lower_90`` and ``upper_90`` by window class, category, reason class and age."""
        ...

    def developed(self, frame: pl.DataFrame) -> pl.Series:
        """Developed share (0-1) of every row of a frame with ``window_class``, ``category``, ``start_date``."""
        ...


@dataclass(frozen=True)
class Periods:
    """Two periods of whole order weeks, by the Mondays of their first and last week; both ends belong to them.

    Attributes:
        before_first: Monday of the first week of the earlier period.
        before_last: Monday of its last week.
        after_first: Monday of the first week of the later period.
        after_last: Monday of its last week.
    """

    before_first: date
    before_last: date
    after_first: date
    after_last: date

    def __post_init__(self) -> None:
        """Refuse periods that share a week or stand in the wrong order.

        Raises:
            ValueError: naming the days.
        """
        if not self.before_first <= self.before_last < self.after_first <= self.after_last:
            raise ValueError(
                f"periods must follow each other without a shared week, found {self.before_first} to"
                f" {self.before_last} and {self.after_first} to {self.after_last}"
            )

    def code(self) -> pl.Expr:
        """0 for weeks of the earlier period, 1 for the later, 2 for all other weeks."""
        week = pl.col("order_week")
        return (
            pl.when(week.is_between(self.before_first, self.before_last))
            .then(pl.lit(0))
            .when(week.is_between(self.after_first, self.after_last))
            .then(pl.lit(1))
            .otherwise(pl.lit(2))
            .cast(pl.Int8)
        )


def change_cells(
    sold: pl.DataFrame,
    returned: pl.DataFrame,
    curves: DevelopedShares,
    *,
    known_through: date,
    reason_class: str = "all",
) -> pl.DataFrame:
    """Count one merchant's units by product and order week.

    Args:
        sold: units sold with ``product_id``, ``category``, ``window_class``, ``order_week``, ``start_date``,
            ``quantity``.
        returned: units returned with the same keys and ``reason_class``, ``quantity``.
        curves: developed shares as of ``known_through``.
        known_through: last day for which returns are known.
        reason_class: count returns of this class only, against its own curve; ``all`` counts every class.

    Returns:
        One row per category, product and order week, columns as :data:`CELL_SCHEMA`, sorted by key. The same
        rows in any order give the same bytes.
    """
    keys = [*GROUP, "order_week"]
    shipped = (
        sold.group_by([*keys, "window_class", "start_date"])
        .agg(pl.col("quantity").sum())
        .filter(pl.col("quantity") > 0)
    ).sort([*keys, "window_class", "start_date"])
    if reason_class != "all":
        shipped = shipped.with_columns(pl.lit(reason_class).alias("reason_class"))
        returned = returned.filter(pl.col("reason_class") == reason_class)
    share = curves.developed(shipped).fill_null(0.0).fill_nan(0.0).clip(0.0, 1.0) if shipped.height else []
    error = _curve_error(shipped, curves, known_through=known_through, reason_class=reason_class)
    shipped = shipped.with_columns(
        pl.Series("exposure_quantity", share, dtype=pl.Float64) * pl.col("quantity"),
        error.rename("exposure_error") * pl.col("quantity"),
    )
    # Sorted, so that sums of floats are taken in one order.
    units = shipped.group_by(keys, maintain_order=True).agg(
        pl.col("quantity").sum().alias("shipped_quantity"),
        pl.col("exposure_quantity").sum(),
        pl.col("exposure_error").sum(),
    )
    back = returned.group_by(keys).agg(pl.col("quantity").sum().alias("returned_quantity"))
    cells = units.join(back, on=keys, how="full", coalesce=True)
    return conformed(cells)


def conformed(cells: pl.DataFrame) -> pl.DataFrame:
    """Cells with every column of :data:`CELL_SCHEMA`, in its types, sorted by key; what is missing is nothing.

    Args:
        cells: at least ``category``, ``order_week``, ``shipped_quantity``, ``exposure_quantity``,
            ``returned_quantity``; without ``product_id`` a category is one group.

    Returns:
        One row per key; counts and exposures are not negative; neither what came back nor the exposure of a cell
        is more than what was shipped in it.
    """
    missing = [name for name in CELL_SCHEMA if name not in cells.columns]
    full = cells.with_columns(pl.lit(None, dtype=CELL_SCHEMA[name]).alias(name) for name in missing)
    full = full.select(pl.col(name).cast(kind) for name, kind in CELL_SCHEMA.items())
    full = full.with_columns(
        pl.col(GROUP[0]).fill_null("none"),
        pl.col(GROUP[1]).fill_null("-"),
        pl.col("shipped_quantity", "returned_quantity").fill_null(0).clip(lower_bound=0),
        pl.col("exposure_quantity", "exposure_error").fill_null(0.0).fill_nan(0.0).clip(lower_bound=0.0),
    ).filter(pl.col("order_week").is_not_null())
    keys = [*GROUP, "order_week"]
    sums = [name for name in CELL_SCHEMA if name not in keys]
    summed = full.sort(full.columns).group_by(keys, maintain_order=True).agg(pl.col(sums).sum())
    shipped = pl.col("shipped_quantity")
    return summed.with_columns(
        pl.min_horizontal("returned_quantity", shipped),
        pl.min_horizontal("exposure_quantity", shipped.cast(pl.Float64)),
    ).sort(keys)


def _curve_error(
    shipped: pl.DataFrame, curves: DevelopedShares, *, known_through: date, reason_class: str
) -> pl.Series:
    """Standard error of the developed shares, from the width of their 90 % interval; 0 where none is given."""
    names = ("window_class", "category", "age_days", "lower_90", "upper_90")
    frame = getattr(curves, "frame", None)
    if frame is None or not shipped.height or any(name not in frame.columns for name in names):
        return pl.Series("error", [0.0] * shipped.height, dtype=pl.Float64)
    if "reason_class" in frame.columns:
        frame = frame.filter(pl.col("reason_class") == reason_class)
    errors = frame.select(
        "window_class",
        "category",
        pl.col("age_days").cast(pl.Int64),
        ((pl.col("upper_90") - pl.col("lower_90")) / (2 * _NORMAL_95)).alias("error"),
    ).unique(["window_class", "category", "age_days"], keep="first", maintain_order=True)
    aged = shipped.select(
        "window_class",
        "category",
        (pl.lit(known_through) - pl.col("start_date")).dt.total_days().clip(lower_bound=0).alias("age_days"),
    )
    # A cell without a curve of its own is developed by a wider one, whose error it has; beyond the end of a curve
    # there is none.
    known = set(errors.select("window_class", "category").iter_rows())
    cells = aged.select("window_class", "category").unique().sort("window_class", "category")
    own = [next((cell for cell in ((w, c), (w, _ANY)) if cell in known), (_ANY, _ANY)) for w, c in cells.iter_rows()]
    named = cells.with_columns(
        pl.Series("curve_window", [window for window, _ in own], dtype=pl.String),
        pl.Series("curve_category", [category for _, category in own], dtype=pl.String),
    )
    joined = aged.join(named, on=["window_class", "category"], how="left", maintain_order="left").join(
        errors,
        left_on=["curve_window", "curve_category", "age_days"],
        right_on=["window_class", "category", "age_days"],
        how="left",
        maintain_order="left",
    )
    return joined["error"].fill_null(0.0).fill_nan(0.0).clip(lower_bound=0.0)
