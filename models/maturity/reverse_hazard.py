"""Reversed hazards of return lags: how many of the returns up to a day came on that very day.

Lags are known only up to a line's age (right truncation). The reversed hazard q(t) = P(lag = t | lag <= t) is
estimated from lines at least t days old alone and needs no return rate, so that weeks with more returns do not
bend the curve (Lagakos, Barraj and De Gruttola 1988; on weeks it is the actuaries' chain-ladder). The developed
share is G(a) = product over t > a of (1 - q(t)).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

LARGEST_VARIANCE = 1.5
"""Of the logarithm of a developed share: beyond it a share is simply unknown."""


@dataclass(frozen=True)
class LagCounts:
    """Weighted returns by cell and lag.

    Attributes:
        on_day: returns of lag t, cells x (horizon + 1).
        up_to_day: returns of a lag of t or less among lines at least t days old, same shape.
        effective: ``up_to_day`` as the number of equally weighted returns that would tell as much.
    """

    on_day: Floats
    up_to_day: Floats
    effective: Floats


@dataclass(frozen=True)
class Hazards:
    """Shrunk reversed hazards, cells x (horizon + 1), and the variance of each.

    Attributes:
        share: q(t); the first column is 1 by definition and is not used.
        variance: of q(t), with the uncertainty of the parent.
        weight: share of the cell's own data in q(t), 0..1.
        strength: how many returns the parent counts for.
    """

    share: Floats
    variance: Floats
    weight: Floats
    strength: float


def count_lags(
    cell: Integers,
    start: Integers,
    lag: Integers,
    age: Integers,
    quantity: Floats,
    *,
    shape: tuple[int, int],
    half_life_days: float,
) -> LagCounts:
    """Add up returns by cell and lag; a return known d days ago weighs 2 ** (-d / half life).

    Args:
        cell: row of the result for every entry.
        start: day of the start, counted back from the last known day (0 or negative).
        lag: days from start to return, at most ``shape[1] - 1``.
        age: age of the line in days, at least ``lag``.
        quantity: units.
        shape: cells, horizon + 1.
        half_life_days: in days of the calendar; infinite weighs all alike.

    Returns:
        The counts; O(entries + cells x horizon), without an array a line.
    """
    cells, days = shape
    rate = np.log(2.0) / half_life_days
    grown = np.exp(rate * np.arange(days))

    def added(at: Integers, weights: Floats) -> Floats:
        summed = np.bincount(cell * (days + 1) + at, weights=weights, minlength=cells * (days + 1))
        return summed.astype(np.float64).reshape(cells, days + 1)

    def standing(weights: Floats) -> Floats:
        change = added(lag, weights) - added(np.minimum(age + 1, days), weights)
        return np.maximum(np.cumsum(change, axis=1)[:, :days], 0.0)

    weights = quantity * np.exp(rate * start)
    on_day = added(lag, weights)[:, :days] * grown
    up_to_day = standing(weights) * grown
    squares = standing(quantity * np.exp(2.0 * rate * start)) * grown**2
    effective = np.where(squares > 1e-12, up_to_day**2 / np.maximum(squares, 1e-12), 0.0)
    return LagCounts(on_day, np.maximum(up_to_day, on_day), effective)


def shrink(counts: LagCounts, parent: Floats, parent_variance: Floats, *, dispersion: float) -> Hazards:
    """Pull the hazards of every cell to its parent's with a strength estimated from how much cells differ.

    Beta-binomial moments: what cells differ beyond (over-dispersed) chance is the intra-class correlation, its
    inverse the number of returns the parent counts for. One cell alone has nothing to compare with its likes;
    the strength is then a mild default.

    Args:
        counts: of the cells.
        parent: hazards to pull to, broadcastable to the counts.
        parent_variance: of these.
        dispersion: how many times binomial the counts vary.

    Returns:
        The hazards of the cells.
    """
    told = counts.effective / dispersion
    own = np.divide(counts.on_day, counts.up_to_day, out=np.zeros_like(counts.on_day), where=counts.up_to_day > 0)
    parent = np.broadcast_to(parent, own.shape)
    spread = parent * (1.0 - parent)
    seen = told[:, 1:]
    excess = float((seen**2 * (own - parent)[:, 1:] ** 2 - seen * spread[:, 1:]).sum())
    room = float((seen * np.maximum(seen - 1.0, 0.0) * spread[:, 1:]).sum())
    likeness = 0.002 if own.shape[0] < 2 or room <= 0 else float(np.clip(excess / room, 0.0005, 0.2))
    strength = 1.0 / likeness - 1.0
    return pull(counts, parent, parent_variance, dispersion=dispersion, strength=strength)


def pull(counts: LagCounts, parent: Floats, parent_variance: Floats, *, dispersion: float, strength: float) -> Hazards:
    """Pull the hazards of every cell to its parent's, which counts for ``strength`` returns.

    Args:
        counts: of the cells.
        parent: hazards to pull to, broadcastable to the counts.
        parent_variance: of these.
        dispersion: how many times binomial the counts vary.
        strength: returns the parent counts for.

    Returns:
        The hazards of the cells.
    """
    told = counts.effective / dispersion
    own = np.divide(counts.on_day, counts.up_to_day, out=np.zeros_like(counts.on_day), where=counts.up_to_day > 0)
    weight = told / (told + strength)
    share = np.clip(weight * own + (1.0 - weight) * parent, 1e-9, 1.0 - 1e-6)
    variance = share * (1.0 - share) / (told + strength + 1.0) + (1.0 - weight) ** 2 * parent_variance
    return Hazards(share, variance, weight, strength)


def developed_share(hazards: Hazards, horizons: Integers) -> tuple[Floats, Floats]:
    """Turn reversed hazards into developed shares.

    Args:
        hazards: cells x (longest horizon + 1).
        horizons: days a cell.

    Returns:
        G(age), 1 from the horizon on, and the variance of its logarithm; both cells x (longest horizon + 1).
    """
    days = hazards.share.shape[1]
    inside = np.arange(days)[None, :] <= horizons[:, None]
    steps = np.where(inside, np.log1p(-hazards.share), 0.0)
    noise = np.where(inside, hazards.variance / (1.0 - hazards.share) ** 2, 0.0)

    def after(values: Floats) -> Floats:
        summed = np.cumsum(values[:, ::-1], axis=1)[:, ::-1]
        return np.concatenate([summed[:, 1:], np.zeros((len(values), 1))], axis=1)

    return np.exp(after(steps)), np.minimum(after(noise), LARGEST_VARIANCE)


def weekly_triangle(
    start: Integers, lag: Integers, quantity: Floats, *, horizon: int, first_start: int
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Returns by week of start x week of lag, for dispersion and for the speed of forgetting.

    Args:
        start: day of the start, counted back from the last known day.
        lag: days from start to return.
        quantity: units.
        horizon: longest lag.
        first_start: earliest start to look at, as ``start``.

    Returns:
        Returns in the week of lag, returns up to it, and whether all its days are known; start weeks x lag weeks.
        The oldest start week comes first.
    """
    row = (start - first_start) // 7
    rows, columns = max((-first_start) // 7 + 1, 1), horizon // 7 + 1
    kept = (row >= 0) & (row < rows)
    flat = row[kept] * columns + lag[kept] // 7
    summed = np.bincount(flat, weights=quantity[kept], minlength=rows * columns)
    counts = summed.astype(np.float64).reshape(rows, columns)
    last_start = first_start + 7 * np.arange(rows) + 6
    known = last_start[:, None] + 7 * np.arange(columns)[None, :] + 6 <= 0
    known[:, -1] = last_start + horizon <= 0
    return counts, np.cumsum(counts, axis=1), known
