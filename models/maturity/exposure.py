"""Lines of one merchant as what was expected of them and what they have shown, by group and week."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.maturity.cells import ALL_REASONS, KEYS, DayCounts
from models.maturity.curves import Curves
from models.maturity.level import MOST_WEEKS, WeekEvidence

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def relative_rates(observed: Floats, expected: Floats, *, dispersion: float) -> tuple[Floats, Floats]:
    """Shrink observed over expected to 1 with a Gamma-Poisson rule whose strength the cells' spread tells.

    Args:
        observed: returns a cell.
        expected: returns a cell at the common rate.
        dispersion: how many times Poisson the returns vary.

    Returns:
        Ratio a cell and its variance; both none where there is nothing to compare a cell with.
    """
    squares = float((expected**2).sum())
    if squares <= 0 or len(observed) < 2:
        return np.ones_like(expected), np.zeros_like(expected)
    excess = float(((observed - expected) ** 2).sum()) - dispersion * float(expected.sum())
    spread = max(excess / squares, 1e-4)
    told = 1.0 / (dispersion * spread)
    ratio = (observed + told) / (expected + told)
    return ratio, ratio * dispersion / (expected + told)


@dataclass(frozen=True)
class Expectation:
    """What a merchant's cells return at the mean level, for one reason class.

    Attributes:
        reason: reason class or ``all``.
        by_cell: final return rate by (window_class, category).
        doubt: variance of these, by the same cells.
        base: final return rate of a cell nobody has seen.
    """

    reason: str
    by_cell: dict[tuple[str, str], float]
    doubt: dict[tuple[str, str], float]
    base: float


@dataclass(frozen=True)
class LineSums:
    """Sums of one reason class by group and week, groups x weeks.

    Attributes:
        to_come: returns still to come at the mean level.
        shown: returns that should have been seen at the mean level.
        exposure: units counted by their developed share; a group.
        to_come_doubt: variance of the returns still to come that the cells' rates leave; a group.
        doubt: the same of the final returns of new lines like these; a group.
    """

    to_come: Floats
    shown: Floats
    exposure: Floats
    to_come_doubt: Floats
    doubt: Floats


def _of_reason(returned: pl.DataFrame, reason: str) -> pl.DataFrame:
    return returned if reason == ALL_REASONS else returned.filter(pl.col("reason_class") == reason)


def _cells_of(lines: pl.DataFrame, curves: Curves, reason: str) -> tuple[list[tuple[str, str]], Integers, Integers]:
    """Cells of the lines, the cell of every line, and the curve of every cell."""
    cells = lines.select(KEYS).unique().sort(KEYS)
    rows = curves.rows_of(cells.with_columns(reason_class=pl.lit(reason)))
    numbered = cells.with_columns(cell=pl.Series(range(cells.height), dtype=pl.Int64))
    place = lines.select(KEYS).join(numbered, on=KEYS, how="left", maintain_order="left")["cell"].to_numpy()
    return list(cells.iter_rows()), place.astype(np.int64), rows


def expect(counts: DayCounts, curves: Curves, reason: str, *, one_rate: bool = False) -> Expectation:
    """Learn the final rate of every cell: the merchant's, times the cell's own shrunken ratio.

    Args:
        counts: all lines of the merchant.
        curves: of the merchant.
        reason: reason class or ``all``.
        one_rate: whether all cells are known to return alike.

    Returns:
        The rates.
    """
    lines, returned = counts.sold, _of_reason(counts.returned, reason)
    cells, place, rows = _cells_of(lines, curves, reason)
    share, _ = curves.seen_share(rows[place], lines["start_date"])
    exposure = np.bincount(place, weights=lines["quantity"].to_numpy() * share, minlength=len(cells)).astype(np.float64)
    came = returned.group_by(KEYS).agg(pl.col("quantity").sum())
    found = {(row[0], row[1]): float(row[2]) for row in came.iter_rows()}
    observed = np.array([found.get(cell, 0.0) for cell in cells])
    # Five units at a rate that is assumed, or told by those who share: gone after a few dozen units of its own.
    start = curves.prior_rate if reason == ALL_REASONS else 0.2 * curves.prior_rate
    base = min((float(observed.sum()) + 5.0 * start) / (float(exposure.sum()) + 5.0), 0.999)
    if one_rate:
        return Expectation(reason, {}, {}, base)
    ratios, doubts = relative_rates(observed, base * exposure, dispersion=curves.dispersion)
    rates = np.minimum(base * ratios, 0.999).tolist()
    doubt = dict(zip(cells, (base**2 * doubts).tolist(), strict=True))
    return Expectation(reason, dict(zip(cells, rates, strict=True)), doubt, base)


def week_numbers(lines: pl.DataFrame, last: int | None = None) -> tuple[Integers, int]:
    """Number the order weeks; the oldest are taken together.

    Args:
        lines: with order_week.
        last: number of the last week, when another frame has set it.

    Returns:
        Number of the week of every line, and the last.
    """
    weeks = lines["order_week"].to_physical().to_numpy().astype(np.int64) // 7
    last = int(weeks.max()) if last is None else last
    return np.clip(weeks, last - MOST_WEEKS + 1, last), last


def sum_lines(
    lines: pl.DataFrame,
    curves: Curves,
    expectation: Expectation,
    group: Integers,
    week: Integers,
    shape: tuple[int, int],
) -> tuple[LineSums, Floats]:
    """Add up what lines are expected to return, by group and week.

    Args:
        lines: window_class, category, start_date, quantity.
        curves: of the merchant.
        expectation: rates of the reason class.
        group: row of the result for every line.
        week: column of the result for every line.
        shape: groups, weeks.

    Returns:
        The sums, and the mean variance of the logarithm of the developed share by week.
    """
    cells, place, rows = _cells_of(lines, curves, expectation.reason)
    rate = np.array([expectation.by_cell.get(cell, expectation.base) for cell in cells])[place]
    share, variance = curves.seen_share(rows[place], lines["start_date"])
    units = lines["quantity"].to_numpy().astype(np.float64)
    flat, size = group * shape[1] + week, shape[0] * shape[1]

    def added(weights: Floats) -> Floats:
        return np.bincount(flat, weights=weights, minlength=size).astype(np.float64).reshape(shape)

    shown = added(units * rate * share)
    noise = added(units * rate * share * variance).sum(0) / np.maximum(shown.sum(0), 1e-12)
    exposure = np.bincount(group, weights=units * share, minlength=shape[0]).astype(np.float64)
    unsure = np.array([expectation.doubt.get(cell, 0.0) for cell in cells])
    pairs = group * len(cells) + place

    def doubted(weights: Floats) -> Floats:
        by_cell = np.bincount(pairs, weights=weights, minlength=shape[0] * len(cells))
        return by_cell.reshape(shape[0], len(cells)) ** 2 @ unsure

    to_come = units * (1.0 - share)
    return LineSums(added(rate * to_come), shown, exposure, doubted(to_come), doubted(units)), noise


def week_evidence(counts: DayCounts, curves: Curves, expectation: Expectation) -> WeekEvidence:
    """Add up all lines of the merchant by order week.

    Args:
        counts: all lines, at least one.
        curves: of the merchant.
        expectation: rates of the reason class.

    Returns:
        Evidence of every week that sold something.
    """
    numbers, last = week_numbers(counts.sold)
    weeks, column = np.unique(numbers, return_inverse=True)
    nothing = np.zeros_like(column)
    sums, noise = sum_lines(counts.sold, curves, expectation, nothing, column, (1, len(weeks)))
    returned = _of_reason(counts.returned, expectation.reason)
    came = np.zeros(len(weeks))
    if returned.height:
        at = np.clip(np.searchsorted(weeks, week_numbers(returned, last)[0]), 0, len(weeks) - 1)
        came = np.bincount(at, weights=returned["quantity"].to_numpy(), minlength=len(weeks)).astype(np.float64)
    units = np.bincount(column, weights=counts.sold["quantity"].to_numpy(), minlength=len(weeks))
    expected = sums.shown[0] + sums.to_come[0]
    return WeekEvidence(
        week=weeks.astype(np.float64),
        expected=expected,
        seen=sums.shown[0] / np.maximum(expected, 1e-12),
        log_variance=noise,
        returned=came,
        rate=expected / np.maximum(units, 1.0),
    )
