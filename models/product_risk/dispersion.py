"""How much more returns vary from week to week within a unit than independent units would.

Returns that come in clusters (a customer sends back all of an order) or with weekly shocks make a count tell less
than its number; the factor divides counts, in intervals and lists alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.product_risk.beta_binomial import Floats
from models.product_risk.counts import ClassCounts

_PSEUDO_WEEKS = 30.0
_LEAST_EXPECTED, _ENOUGH_EXPECTED = (20.0, 8.0, 4.0, 2.0), 2_000.0
MOST = 25.0
"""A factor that a few units alone may bring about, such as one recall; more takes half of all parts of the shop."""
_PARTS = 10


@dataclass(frozen=True)
class Dispersion:
    """Variance over that of independent returns: ``constant + by_size x (trials of the week - 1)``."""

    constant: float
    by_size: float

    def factors(self, counts: ClassCounts, weeks: NDArray[np.int64]) -> Floats:
        """The factor of each unit, at least 1: weeks weighed by their exposure."""
        units = len(counts.exposure)
        square = np.bincount(weeks, counts.week_exposure**2, minlength=units)
        size = np.divide(square, counts.exposure, out=np.ones(units), where=counts.exposure > 0)
        return np.clip(self.constant + self.by_size * np.maximum(size - 1.0, 0.0), 1.0, None)


def estimate_dispersion(counts: ClassCounts, weeks: NDArray[np.int64], sold: Floats) -> Dispersion:
    """Estimate the factor from squared residuals of units' weeks about the units' own rates.

    A ratio of sums (residuals squared over their expected variance, degrees of freedom taken off), once for small
    and once for large weeks, so that a part that grows with the week's size is told from a constant one; thirty
    pseudo-weeks without over-dispersion keep a handful of weeks from saying much.

    Args:
        counts: one reason class.
        weeks: number of the unit of each unit and week.
        sold: trials, one number a unit.

    Returns:
        The two parts; (1, 0) where there is nothing to learn from.
    """
    exposure = counts.exposure
    rate = np.divide(counts.returned, exposure, out=np.zeros_like(exposure), where=exposure > 0)
    pooled = counts.returned.sum() / max(float(exposure.sum()), 1e-9)
    # chosen by what is expected, never by what came: units chosen for their returns would vary less
    usable = _large_units(pooled * exposure) & (rate < 0.95) & (sold > 1)
    in_use = usable[weeks] & (counts.week_exposure > 0)
    unit = weeks[in_use]
    size = counts.week_exposure[in_use]
    expected = rate[unit] * size
    share = size / exposure[unit]
    variance = expected * (1.0 - np.minimum(rate[unit], 0.95) * counts.young[unit]) * (1.0 - share)
    squares = (counts.week_returned[in_use] - expected) ** 2
    held = share < 0.999
    squares, variance, size, unit = squares[held], variance[held], size[held], unit[held]
    if variance.sum() < 5.0:
        return Dispersion(1.0, 0.0)
    most = _most(squares, variance, unit)
    return _two_parts(squares, _freed(squares, variance, sold[unit], most), size, most)


def _most(squares: Floats, variance: Floats, unit: NDArray[np.int64]) -> float:
    """The largest factor to believe: the median over ten parts of the units, as where all lines hold hundreds."""
    _, number = np.unique(unit, return_inverse=True)
    parts = [number % _PARTS == part for part in range(_PARTS)]
    # One part at least has a variance, since all together have.
    ratios = [_ratio(squares[part], variance[part]) for part in parts if variance[part].sum() > 0]
    return max(MOST, float(np.median(ratios)))


def _large_units(expected: Floats) -> NDArray[np.bool_]:
    """Units that are large enough to know their own rate, if they are enough: clusters bend small units' residuals."""
    for least in _LEAST_EXPECTED[:-1]:
        if expected[expected >= least].sum() >= _ENOUGH_EXPECTED:
            return expected >= least
    return expected >= _LEAST_EXPECTED[-1]


def _two_parts(squares: Floats, variance: Floats, size: Floats, most: float) -> Dispersion:
    order = np.argsort(size, kind="stable")
    squares, variance, size = squares[order], variance[order], size[order]
    half = int(np.searchsorted(np.cumsum(variance), 0.5 * variance.sum())) + 1
    whole = _ratio(squares, variance)
    if half < 50 or len(size) - half < 50:
        return Dispersion(min(max(whole, 1.0), most), 0.0)
    low, high = _ratio(squares[:half], variance[:half]), _ratio(squares[half:], variance[half:])
    low_size = float(size[:half] @ variance[:half] / variance[:half].sum()) - 1.0
    high_size = float(size[half:] @ variance[half:] / variance[half:].sum()) - 1.0
    if high_size - low_size < 1.0 or high - low < 2.0 * _error(squares[half:], variance[half:]):
        return Dispersion(min(max(whole, 1.0), most), 0.0)
    by_size = (high - low) / (high_size - low_size)
    return Dispersion(min(max(low - by_size * low_size, 1.0), most), by_size)


def _freed(squares: Floats, variance: Floats, sold: Floats, most: float) -> Floats:
    """Variance at the true rate: p (1 - p) of an estimated p is too small by the factor's share of the count."""
    factor = 1.0
    for _ in range(4):
        freed = variance / (1.0 - np.minimum(factor / np.maximum(sold, 1.0), 0.5))
        factor = min(max(_ratio(squares, freed), 1.0), most)
    return freed


def _ratio(squares: Floats, variance: Floats) -> float:
    typical = float(variance.sum()) / len(variance)
    return float((squares.sum() + _PSEUDO_WEEKS * typical) / (variance.sum() + _PSEUDO_WEEKS * typical))


def _error(squares: Floats, variance: Floats) -> float:
    ratio = squares.sum() / variance.sum()
    return float(np.sqrt(np.sum((squares - ratio * variance) ** 2)) / variance.sum())
