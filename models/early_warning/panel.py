"""Units of one kind and their counts as arrays: who sold what in which week, what came back and when it was known.

Belongs here: rows to sparse arrays, what was known at a look. Not here: expectations (``expectation``), evidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from models.early_warning.cells import SKU, UNIT_KEYS, WEEK_DAYS

if TYPE_CHECKING:
    from scipy import sparse

ALL = "all"
WHOLE_SHOP = "*"
"""The reference of what has no like: a category's only SKU, and the categories themselves."""
UNTOLD = ("unclear", "unmapped")
"""Classes that are no reason of their own: a rise in them says that words were not read."""
_MONDAY = date(1970, 1, 5)


def week_number(column: str) -> pl.Expr:
    """Weeks since the first Monday of 1970."""
    return ((pl.col(column).cast(pl.Date) - _MONDAY).dt.total_days() // WEEK_DAYS).cast(pl.Int64)


def monday_of(number: int) -> date:
    """The Monday of a week number."""
    return _MONDAY + timedelta(weeks=int(number))


def number_of(monday: date) -> int:
    """The week number of a day."""
    return (monday - _MONDAY).days // WEEK_DAYS


@dataclass(frozen=True)
class Base:
    """The shop's rows, with weeks and references as numbers.

    Attributes:
        sold: UNIT_KEYS, first, week, column (reference x week), quantity.
        returned: the same and known, reason_class.
        classes: ``all`` and the reason classes that are watched.
        references: names; 0 is the whole shop.
        first_week: number of the earliest week.
        weeks: how many there are.
    """

    sold: pl.DataFrame
    returned: pl.DataFrame
    classes: tuple[str, ...]
    references: tuple[str, ...]
    first_week: int
    weeks: int


def base_of(sold_cells: pl.DataFrame, returned_cells: pl.DataFrame, last_look: date) -> Base:
    """Rows known by the last look, with numbers for weeks and references.

    A category with a single SKU has no like in itself; its reference is the shop.
    """
    last = number_of(last_look)
    sold = (
        sold_cells.filter(pl.col("quantity") > 0)
        .with_columns(week=week_number("sold_week"), first=week_number("first_sold_week"))
        .filter(pl.col("week") <= last)
    )
    first_week = int(sold["week"].to_numpy().min()) if sold.height else last
    alike = sold.group_by("category").agg(skus=pl.struct(*SKU).n_unique()).filter(pl.col("skus") > 1)
    names = (WHOLE_SHOP, *sorted(alike["category"].to_list()))
    codes = pl.DataFrame({"category": names, "reference": range(len(names))}, schema_overrides={"category": pl.String})
    weeks = last - first_week + 1
    column = (pl.col("reference") * weeks + pl.col("week") - first_week).alias("column")

    def coded(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.join(codes, on="category", how="left").with_columns(pl.col("reference").fill_null(0))

    sold = coded(sold).select(*UNIT_KEYS, "first", "week", column, "quantity").sort(*UNIT_KEYS, "week")
    returned = (
        coded(
            returned_cells.filter(pl.col("quantity") > 0).with_columns(
                week=week_number("sold_week"), known=week_number("known_week"), first=week_number("first_sold_week")
            )
        )
        .filter(pl.col("known") <= last, pl.col("week") <= last, pl.col("week") >= first_week)
        .select(*UNIT_KEYS, "first", "week", "known", column, "reason_class", "quantity")
        .sort(*UNIT_KEYS, "week", "known", "reason_class")
    )
    told = sorted(set(returned["reason_class"].drop_nulls().to_list()) - set(UNTOLD))
    return Base(sold, returned, (ALL, *told), names, first_week, weeks)


@dataclass(frozen=True)
class Panel:
    """Units of one kind.

    Attributes:
        kind: its name.
        units: one row per unit in order, what names it.
        sold: (units x columns) sparse quantities sold.
        entry_unit, entry_column: (entries,) of ``sold``, row by row.
        back_unit, back_column, back_known, back_class, back_quantity: (returns,) one entry per unit, cohort week and
            reference, week known, and class; class 0 (``all``) holds every return, untold ones too.
        references, weeks, first_week, classes: see :class:`Base`.
    """

    kind: str
    units: pl.DataFrame
    sold: sparse.csr_matrix
    back_unit: np.ndarray
    back_column: np.ndarray
    back_known: np.ndarray
    back_class: np.ndarray
    back_quantity: np.ndarray
    references: int
    weeks: int
    first_week: int
    classes: tuple[str, ...]

    def known_by(self, week: int) -> np.ndarray:
        """(returns,) whether known by the end of the week with this number."""
        return self.back_known <= week

    def returned_by_unit(self, week: int) -> np.ndarray:
        """(units, classes) returns known by the end of a week."""
        here = self.known_by(week)
        flat = self.back_unit[here] * len(self.classes) + self.back_class[here]
        size = self.units.height * len(self.classes)
        counts = np.bincount(flat, self.back_quantity[here], size)
        return counts.reshape(self.units.height, len(self.classes))

    def returned_by_column(self, week: int, kept: np.ndarray | None = None) -> np.ndarray:
        """(columns, classes) returns known by the end of a week, of all units; the whole shop's columns hold all.

        Args:
            week: its number.
            kept: (units,) whether a unit counts; None for all.
        """
        here = self.known_by(week)
        here = here if kept is None else here & kept[self.back_unit]
        columns, classes = self.references * self.weeks, len(self.classes)
        flat = self.back_column[here] * classes + self.back_class[here]
        counts = np.bincount(flat, self.back_quantity[here], columns * classes).reshape(-1, classes)
        return with_shop(counts, self.references, self.weeks)


def with_shop(by_column: np.ndarray, references: int, weeks: int) -> np.ndarray:
    """Fills reference 0, the whole shop, with the sum over all references.

    Args:
        by_column: (references x weeks, classes).
        references: how many.
        weeks: how many.
    """
    cube = by_column.reshape(references, weeks, -1)
    whole = cube.sum(0, keepdims=True)
    return np.concatenate([whole, cube[1:]]).reshape(by_column.shape)


def panel_of(base: Base, kind: str, keys: tuple[str, ...], *, against_shop: bool = False) -> Panel:
    """Units of one kind.

    Args:
        base: the shop's rows.
        kind: name.
        keys: columns of ``base.sold`` that name a unit.
        against_shop: True compares with the whole shop, not with the category.
    """
    from scipy import sparse

    weeks, classes = base.weeks, {name: place for place, name in enumerate(base.classes)}
    units = base.sold.select(keys).unique().sort(keys).with_row_index("unit")
    shop_column = pl.col("week") - base.first_week
    place = shop_column if against_shop else pl.col("column")
    cells = (
        base.sold.join(units, on=keys)
        .group_by("unit", place.alias("column"))
        .agg(pl.col("quantity").sum())
        .sort("unit", "column")
    )
    back = (
        base.returned.join(units, on=keys)
        .group_by("unit", place.alias("column"), "known", "reason_class")
        .agg(pl.col("quantity").sum())
        .sort("unit", "column", "known", "reason_class")
    )
    told = back.filter(pl.col("reason_class").is_in([name for name in base.classes if name != ALL]))
    code = told["reason_class"].replace_strict(classes, return_dtype=pl.Int64) if told.height else pl.Series([0] * 0)
    references = 1 if against_shop else len(base.references)
    both = [back, told]
    sold = sparse.csr_matrix(
        (cells["quantity"].to_numpy().astype(float), (cells["unit"].to_numpy(), cells["column"].to_numpy())),
        shape=(units.height, references * weeks),
    )
    return Panel(
        kind,
        units.drop("unit"),
        sold,
        *(
            np.concatenate([frame[name].to_numpy().astype(np.int64) for frame in both])
            for name in ("unit", "column", "known")
        ),
        np.concatenate([np.zeros(back.height, dtype=np.int64), code.to_numpy().astype(np.int64)]),
        np.concatenate([frame["quantity"].to_numpy().astype(float) for frame in both]),
        references,
        weeks,
        base.first_week,
        base.classes,
    )
