"""Counts by unit: sold, exposed (sold x developed share), returned, by reason class; sums in one order only.

Trials are order lines where the frames tell how many there are, else units; units are counted beside them, for what is
shown and for amounts. Belongs here: from the frames of sold and returned to arrays. Not here: any estimate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.product_risk.beta_binomial import Floats
from models.product_risk.names import unit_id

CLASS_ALL = "all"
WHOLE = "all"
"""Name of the group of units that lie in no single category."""
_CELL = ["window_class", "category", "start_date"]
_COUNTS = ["trials", "quantity"]
_WHOLE_LINES = 20.0
_UNIT_COLUMNS = {
    "product": ["product_id"],
    "variant": ["product_id", "variant_id"],
    "supplier": ["supplier"],
    "fulfilment_type": ["fulfilment_type"],
    "brand": ["brand"],
}
UNIT_KINDS = tuple(_UNIT_COLUMNS)


class DevelopedCurves(Protocol):
    """Anything that tells which share of a cell's returns is known by now.

    Where it has a ``known_from``, the first day returns are known for, older lines that show nothing are left out.
    """

    def developed(self, frame: pl.DataFrame) -> pl.Series:
        """Share 0-1 for each row of a frame with window_class, category, start_date (and reason_class)."""
        ...


@dataclass(frozen=True)
class ClassCounts:
    """Counts of trials of one reason class, one element a unit (``weeks``: one a unit and week of order).

    Attributes:
        exposure: sold x developed share.
        unreturned: exposure of what has not come back.
        young: developed share of the average exposed trial, weighed by exposure.
        returned: what came back.
        week_exposure, week_returned: the same by unit and week.
        pair_exposure, pair_returned: the same by unit and category.
        exposure_quantity, returned_quantity: exposure and returns in units of goods.
    """

    exposure: Floats
    unreturned: Floats
    young: Floats
    returned: Floats
    week_exposure: Floats
    week_returned: Floats
    pair_exposure: Floats
    pair_returned: Floats
    exposure_quantity: Floats
    returned_quantity: Floats


@dataclass(frozen=True)
class UnitCounts:
    """Counts of all units of a kind.

    Attributes:
        keys: unit_id, product_id (of variants), category (most sold of the unit), one row a unit, sorted.
        sold: trials, order lines or units of goods.
        shipped_quantity: units of goods sold.
        weeks: number of the unit for each unit and week.
        categories: names of the categories.
        category: number of each unit's category.
        pair_unit, pair_category: numbers of unit and category for each unit and category that it is sold in.
        classes: counts by reason class, 'all' first.
    """

    keys: pl.DataFrame
    sold: Floats
    shipped_quantity: Floats
    weeks: NDArray[np.int64]
    categories: list[str]
    category: NDArray[np.int64]
    pair_unit: NDArray[np.int64]
    pair_category: NDArray[np.int64]
    classes: dict[str, ClassCounts]


def size_of_returns(counts: UnitCounts) -> float:
    """Units that come back with a returned line, over those that a line of its unit ships.

    Below 1 where lines come back in part: of two units one. Twenty returned lines as large as what was shipped stand
    beside what came; each line weighs the same, so that one of thousands of units says little of the others.

    Args:
        counts: of all units of a kind.

    Returns:
        One number for the merchant; 1 where every unit is a line.
    """
    returned = counts.classes[CLASS_ALL]
    sold = counts.sold > 0
    units_a_line = counts.shipped_quantity[sold] / counts.sold[sold]
    whole = returned.returned_quantity[sold] / np.maximum(units_a_line, 1e-9)
    return float((whole.sum() + _WHOLE_LINES) / (returned.returned[sold].sum() + _WHOLE_LINES))


def unit_columns(unit: str) -> list[str]:
    """Columns that name a unit of that kind.

    Raises:
        ValueError: no such kind.
    """
    if unit not in _UNIT_COLUMNS:
        raise ValueError(f"unit is {unit!r}, expected one of {', '.join(UNIT_KINDS)}")
    return _UNIT_COLUMNS[unit]


def count_units(sold: pl.DataFrame, returned: pl.DataFrame, curves: DevelopedCurves, by: list[str]) -> UnitCounts:
    """Count what was sold, exposed and returned by unit.

    Args:
        sold: sold ``quantity`` by key and start date, and their ``line_count``; the trials are lines where both
            frames have it.
        returned: the same of what came back, with the same keys and ``reason_class``.
        curves: tells the developed share of each cell of window class, category and start date.
        by: columns that name a unit.

    Returns:
        Arrays over units in sorted order; the same for the same rows in any order.
    """
    trials = "line_count" if all("line_count" in frame.columns for frame in (sold, returned)) else "quantity"
    sold, returned = (
        _with_returns_known(frame.with_columns(trials=pl.col(trials)), curves) for frame in (sold, returned)
    )
    names = list(dict.fromkeys([*by, "category", "order_week", *_CELL]))
    sold_rows = _grouped(sold, names)
    returned_rows = _grouped(returned, [*names, "reason_class"])
    keys = _keys(sold_rows, returned_rows, by)
    tables = {
        "unit_number": _distinct(sold_rows, returned_rows, by),
        "week_number": _distinct(sold_rows, returned_rows, [*by, "order_week"]),
        "cell_number": _distinct(sold_rows, returned_rows, _CELL),
        "pair_number": _distinct(sold_rows, returned_rows, list(dict.fromkeys([*by, "category"]))),
    }
    cells = tables["cell_number"]

    def numbers(rows: pl.DataFrame, names: list[str]) -> pl.DataFrame:
        for name in names:
            table = tables[name]
            rows = rows.join(
                table.with_row_index(name), on=table.columns, how="left", nulls_equal=True, maintain_order="left"
            )
        return rows

    sold_rows, returned_rows = numbers(sold_rows, list(tables)), numbers(returned_rows, list(tables))
    names_of_classes = sorted(set(returned_rows["reason_class"].drop_nulls().to_list()) - {CLASS_ALL})
    counter = _Counter(sold_rows, returned_rows, {name: len(table) for name, table in tables.items()})
    classes = {}
    for name in [CLASS_ALL, *names_of_classes]:
        developed = _developed(curves, cells, name)
        classes[name] = counter.count(name, developed)
    categories = sorted(set(tables["pair_number"]["category"].to_list()))
    position = {category: index for index, category in enumerate(categories)}
    weeks = numbers(tables["week_number"], ["unit_number"])
    pairs = numbers(tables["pair_number"], ["unit_number"])
    return UnitCounts(
        keys=keys,
        sold=counter.sum("unit_number", sold_rows, counter.sold),
        shipped_quantity=counter.sum("unit_number", sold_rows, counter.sold_quantity),
        weeks=weeks["unit_number"].to_numpy().astype(np.int64),
        categories=categories,
        category=np.array([position[category] for category in keys["category"].to_list()], dtype=np.int64),
        pair_unit=pairs["unit_number"].to_numpy().astype(np.int64),
        pair_category=np.array([position[name] for name in pairs["category"].to_list()], dtype=np.int64),
        classes=classes,
    )


class _Counter:
    """The rows as arrays, so that each class costs a few sums."""

    def __init__(self, sold: pl.DataFrame, returned: pl.DataFrame, lengths: dict[str, int]) -> None:
        self.lengths, self.sold_rows, self.returned_rows = lengths, sold, returned
        self.sold_cell = _numbers(sold, "cell_number")
        self.sold, self.sold_quantity = _floats(sold, "trials"), _floats(sold, "quantity")

    def sum(self, name: str, rows: pl.DataFrame, values: Floats) -> Floats:
        return np.bincount(_numbers(rows, name), values, minlength=self.lengths[name]).astype(np.float64)

    def count(self, name: str, developed: Floats) -> ClassCounts:
        rows = self.returned_rows if name == CLASS_ALL else self.returned_rows.filter(pl.col("reason_class") == name)
        back = _floats(rows, "trials")
        share = developed[self.sold_cell]
        exposed = self.sold * share
        exposure = self.sum("unit_number", self.sold_rows, exposed)
        square = self.sum("unit_number", self.sold_rows, exposed * share)
        came_back = self.sum("unit_number", rows, back * developed[_numbers(rows, "cell_number")])
        return ClassCounts(
            exposure=exposure,
            unreturned=np.maximum(exposure - came_back, 0.0),
            young=np.divide(square, exposure, out=np.ones_like(square), where=exposure > 0),
            returned=self.sum("unit_number", rows, back),
            week_exposure=self.sum("week_number", self.sold_rows, exposed),
            week_returned=self.sum("week_number", rows, back),
            pair_exposure=self.sum("pair_number", self.sold_rows, exposed),
            pair_returned=self.sum("pair_number", rows, back),
            exposure_quantity=self.sum("unit_number", self.sold_rows, self.sold_quantity * share),
            returned_quantity=self.sum("unit_number", rows, _floats(rows, "quantity")),
        )


def _with_returns_known(frame: pl.DataFrame, curves: DevelopedCurves) -> pl.DataFrame:
    """Nothing of lines whose returns had all come before any were known: unlike young ones they never will tell."""
    known_from = getattr(curves, "known_from", None)
    if known_from is None or frame.is_empty():
        return frame
    old = frame.select(_CELL).filter(pl.col("start_date") < known_from).unique().sort(_CELL, nulls_last=True)
    named = old.with_columns(pl.col("window_class", "category").fill_null("none"))
    unseen = old.filter(pl.Series(_developed(curves, named, CLASS_ALL) <= 0.0, dtype=pl.Boolean))
    marked = frame.join(unseen.with_columns(_unseen=True), on=_CELL, how="left", nulls_equal=True)
    counts = pl.when(pl.col("_unseen").is_null()).then(pl.col(_COUNTS)).otherwise(0)
    return marked.with_columns(counts).drop("_unseen")


def _floats(rows: pl.DataFrame, name: str) -> Floats:
    return rows[name].to_numpy().astype(np.float64)


def _numbers(rows: pl.DataFrame, name: str) -> NDArray[np.int64]:
    return rows[name].to_numpy().astype(np.int64)


def _distinct(sold: pl.DataFrame, returned: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    return pl.concat([sold.select(names), returned.select(names)]).unique().sort(names, nulls_last=True)


def _grouped(frame: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    text = [name for name in names if name not in ("order_week", "start_date")]
    filled = frame.with_columns(pl.col(text).cast(pl.String).fill_null("none"))
    return filled.group_by(names).agg(pl.col(_COUNTS).sum()).sort(names, nulls_last=True)


def _keys(sold: pl.DataFrame, returned: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """One row a unit with its most sold category; units that are only known from returns are kept."""
    both = pl.concat(
        [sold.select(*by, "category", "quantity"), returned.select(*by, "category", pl.lit(0).alias("quantity"))],
        how="vertical_relaxed",
    )
    most = both.group_by(list(dict.fromkeys([*by, "category"]))).agg(pl.col("quantity").sum())
    most = most.sort([*by, "quantity", "category"], descending=[False] * len(by) + [True, False])
    keys = most.unique(subset=by, keep="first", maintain_order=True).drop("quantity").sort(by)
    product = pl.col("product_id") if "product_id" in by else pl.lit(None, dtype=pl.String).alias("product_id")
    unit = next(kind for kind, columns in _UNIT_COLUMNS.items() if columns == by)
    return keys.select(*by[1:], product, "category", unit_id(unit))


def _developed(curves: DevelopedCurves, cells: pl.DataFrame, name: str) -> Floats:
    """Developed share of each cell, 0 where the curves do not know it."""
    if cells.is_empty():
        return np.zeros(0)
    shares = curves.developed(cells.with_columns(pl.lit(name).alias("reason_class")))
    values = shares.cast(pl.Float64).fill_nan(None).fill_null(0.0).to_numpy()
    return np.clip(values, 0.0, 1.0)
