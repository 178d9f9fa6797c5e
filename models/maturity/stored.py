"""Curves that were learned before, read back from their table: developed shares without learning them again."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl

from models.maturity.cells import ALL_REASONS, ANY


class StoredCurves:
    """The developed shares of one merchant's curves.

    Args:
        frame: as :attr:`models.maturity.Curves.frame` tells it: window_class, category, reason_class, age_days,
            developed_share; ``*`` rows are what an unknown window or category takes.
        known_from: first day returns are known for, or None.
        known_through: last day returns are known for.
    """

    def __init__(self, frame: pl.DataFrame, *, known_from: dt.date | None, known_through: dt.date) -> None:
        self.frame = frame
        self.known_from = known_from
        self.known_through = known_through
        ordered = frame.sort("window_class", "category", "reason_class", "age_days")
        cells = ordered.group_by("window_class", "category", "reason_class", maintain_order=True).agg("developed_share")
        self._row = {key: row for row, key in enumerate(cells.drop("developed_share").iter_rows())}
        longest = max((len(shares) for shares in cells["developed_share"]), default=0)
        # Beyond its horizon a curve is complete.
        self._share = np.ones((len(cells), longest + 1))
        for row, shares in enumerate(cells["developed_share"]):
            self._share[row, : len(shares)] = shares.to_numpy()

    def developed(self, frame: pl.DataFrame) -> pl.Series:
        """Say which share of their final returns lines have shown by the last known day.

        Args:
            frame: window_class, category, start_date and, where not all reasons are meant, reason_class.

        Returns:
            ``developed_share``, one a row, 0..1; what came before the first known day is subtracted, 0 where there
            are no curves at all.
        """
        if frame.is_empty() or not self._row:
            return pl.Series("developed_share", np.zeros(len(frame)), dtype=pl.Float64)
        if "reason_class" not in frame.columns:
            frame = frame.with_columns(reason_class=pl.lit(ALL_REASONS))
        names = ["window_class", "category", "reason_class"]
        cells = frame.select(names).unique(maintain_order=True)
        cells = cells.with_columns(row=pl.Series([self._row_of(*key) for key in cells.iter_rows()], dtype=pl.Int64))
        rows = frame.join(cells, on=names, how="left", maintain_order="left", nulls_equal=True)["row"].to_numpy()
        age = (pl.lit(self.known_through) - pl.col("start_date")).dt.total_days().fill_null(-1)
        ages = frame.select(age.alias("age"))["age"].to_numpy()
        share = self._at(rows, ages)
        if self.known_from is not None:
            gap = (self.known_through - self.known_from).days
            share = share - self._at(rows, ages - gap - 1)
        return pl.Series("developed_share", np.clip(share, 0.0, 1.0), dtype=pl.Float64)

    def _at(self, rows: np.ndarray, ages: np.ndarray) -> np.ndarray:
        return np.where(ages < 0, 0.0, self._share[rows, np.clip(ages, 0, self._share.shape[1] - 1)])

    def _row_of(self, window_class: str | None, category: str | None, reason_class: str) -> int:
        for reason in (reason_class, ALL_REASONS):
            for window in (window_class, ANY):
                for group in (category or "none", ANY):
                    if (window, group, reason) in self._row:
                        return self._row[window, group, reason]
        return 0
