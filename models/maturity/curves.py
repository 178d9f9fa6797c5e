"""The developed-share curves of one merchant: what they hold and what can be asked of them.

How they are learned belongs in :mod:`models.maturity.learning`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.maturity.cells import ALL_REASONS, ANY
from models.maturity.prior import ASSUMED_RATE, SharedPrior

Floats = NDArray[np.float64]

FRAME_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "window_class": pl.String,
    "category": pl.String,
    "reason_class": pl.String,
    "age_days": pl.Int64,
    "developed_share": pl.Float64,
    "lower_90": pl.Float64,
    "upper_90": pl.Float64,
    "at_risk_quantity": pl.Int64,
    "returned_quantity": pl.Int64,
    "credibility": pl.Float64,
    "basis": pl.String,
}


@dataclass(frozen=True)
class Curves:
    """Developed-share curves, one a cell of window class, category and reason class.

    Attributes:
        cells: window_class, category, reason_class, horizon_days, credibility, basis; row i belongs to row i of the
            arrays. Rows with ``*`` are what others fall back to.
        share: G(age), cells x (longest horizon + 1); 1 from a cell's horizon on.
        log_variance: of the logarithm of G, same shape.
        at_risk: lines at least so old, same shape; units where lines are not told.
        returned: returns of these on that age, same shape.
        dispersion: how many times binomial returned units vary (clusters of customers, lines of many units, drifting
            lags).
        half_life_weeks: how fast older weeks are forgotten; infinite for not at all.
        known_from: first day returns are known for, or None.
        known_through: last day returns are known for.
        shared: what other merchants may learn from this one.
        prior_rate: final return rate that a shop without any evidence starts from.
    """

    cells: pl.DataFrame
    share: Floats
    log_variance: Floats
    at_risk: Floats
    returned: Floats
    dispersion: float
    half_life_weeks: float
    known_from: dt.date | None
    known_through: dt.date
    shared: SharedPrior
    prior_rate: float = ASSUMED_RATE
    _rows: dict[tuple[str, str, str], int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        keys = self.cells.select("window_class", "category", "reason_class").iter_rows()
        object.__setattr__(self, "_rows", {key: row for row, key in enumerate(keys)})

    @property
    def frame(self) -> pl.DataFrame:
        """The curves as a table, one row a cell and age, with 90 % intervals of the true developed share.

        Cells with ``*`` are among them: what an unknown window or category takes.
        """
        named = self.cells.with_row_index("row")
        if named.is_empty():
            return pl.DataFrame(schema=FRAME_SCHEMA)
        rows = named["row"].to_numpy()
        share, noise = self.share[rows], np.sqrt(self.log_variance[rows])
        inner = np.clip(share, 1e-12, 1.0 - 1e-12)
        odds, width = np.log(inner / (1.0 - inner)), 1.645 * noise / (1.0 - inner)
        certain = noise <= 0
        lower = np.where(certain, share, 1.0 / (1.0 + np.exp(np.clip(-odds + width, -700, 700))))
        upper = np.where(certain, share, 1.0 / (1.0 + np.exp(np.clip(-odds - width, -700, 700))))
        days = share.shape[1]
        long = named.select(pl.all().repeat_by(days).explode()) if days else named
        long = long.with_columns(
            age_days=pl.Series(np.tile(np.arange(days), len(rows)), dtype=pl.Int64),
            developed_share=pl.Series(share.ravel()),
            lower_90=pl.Series(np.minimum(lower, share).ravel()),
            upper_90=pl.Series(np.maximum(upper, share).ravel()),
            at_risk_quantity=pl.Series(np.rint(self.at_risk[rows]).astype(np.int64).ravel()),
            returned_quantity=pl.Series(np.rint(self.returned[rows]).astype(np.int64).ravel()),
        )
        return long.filter(pl.col("age_days") <= pl.col("horizon_days")).select(list(FRAME_SCHEMA))

    def rows_of(self, frame: pl.DataFrame) -> NDArray[np.int64]:
        """Find the curve of every row; an unknown category takes its window class's, an unknown class the shop's.

        Args:
            frame: with window_class, category and, where not all reasons are meant, reason_class.

        Returns:
            Row of ``share`` for every row of the frame.
        """
        names = ["window_class", "category"]
        if "reason_class" in frame.columns:
            names.append("reason_class")
        keyed = frame.select(
            pl.col(name).cast(pl.String).fill_null(ALL_REASONS if name == "reason_class" else "none") for name in names
        )
        unique = keyed.unique()
        found = [self._row_of(*key) for key in unique.iter_rows()]
        looked_up = keyed.join(
            unique.with_columns(row=pl.Series(found, dtype=pl.Int64)), on=names, how="left", maintain_order="left"
        )
        return looked_up["row"].to_numpy()

    def _row_of(self, window_class: str, category: str, reason: str = ALL_REASONS) -> int:
        tried = [
            (window_class, category, reason),
            (window_class, ANY, reason),
            (window_class, category, ALL_REASONS),
            (window_class, ANY, ALL_REASONS),
            (ANY, ANY, reason),
            (ANY, ANY, ALL_REASONS),
        ]
        return next(self._rows[key] for key in tried if key in self._rows)

    def seen_share(self, rows: NDArray[np.int64], starts: pl.Series) -> tuple[Floats, Floats]:
        """Share of the final returns of lines that is known, and its uncertainty.

        Args:
            rows: row of ``share`` for every line.
            starts: start date of every line.

        Returns:
            The share between the known days, 0 for lines that have not started, and the variance of the logarithm
            of the developed share.
        """
        age = (pl.lit(self.known_through) - pl.col("start")).dt.total_days().alias("start")
        ages = pl.DataFrame({"start": starts}).select(age.fill_null(-1))["start"].to_numpy()
        last = self.share.shape[1] - 1
        share = np.where(ages < 0, 0.0, self.share[rows, np.clip(ages, 0, last)])
        variance = np.where(ages < 0, 0.0, self.log_variance[rows, np.clip(ages, 0, last)])
        if self.known_from is not None:
            gap = (self.known_through - self.known_from).days
            before = ages - gap - 1
            share = share - np.where(before < 0, 0.0, self.share[rows, np.clip(before, 0, last)])
        return np.clip(share, 0.0, 1.0), variance

    def developed(self, frame: pl.DataFrame) -> pl.Series:
        """Say which share of their final returns lines have shown by the last known day.

        Args:
            frame: window_class, category, start_date and, where not all reasons are meant, reason_class.

        Returns:
            ``developed_share``, one a row, 0..1; what came before the first known day is subtracted.
        """
        if frame.is_empty():
            return pl.Series("developed_share", [], dtype=pl.Float64)
        share, _ = self.seen_share(self.rows_of(frame), frame["start_date"])
        return pl.Series("developed_share", share, dtype=pl.Float64)

    def as_prior(self) -> SharedPrior:
        """Give what other merchants may learn from this one, where both share."""
        return self.shared
