"""Intervals of counts to come and of true rates, from a mean and a variance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LONGEST_TABLE = 600
"""Up to so many possible counts the law is tabled count by count; beyond it a Beta law is close enough."""


def _correlation(trials: Floats, share: Floats, variance: Floats) -> Floats:
    chance = trials * share * (1.0 - share)
    excess = np.divide(variance, chance, out=np.ones_like(chance), where=chance > 0) - 1.0
    return np.clip(np.divide(excess, trials - 1.0, out=np.zeros_like(excess), where=trials > 1.0), 1e-9, 0.98)


def _tabled(trials: Floats, a: Floats, b: Floats, longest: int, tails: tuple[float, ...]) -> Floats:
    """Ends of mid-P intervals of beta-binomial laws, rows x tails."""
    from scipy.special import betaln, gammaln

    counts = np.arange(longest + 1, dtype=np.float64)[None, :]
    left = trials[:, None] - counts
    inside = left >= 0
    left = np.where(inside, left, 0.0)
    logarithm = (
        gammaln(trials + 1.0)[:, None]
        - gammaln(counts + 1.0)
        - gammaln(left + 1.0)
        + betaln(counts + a[:, None], left + b[:, None])
        - betaln(a, b)[:, None]
    )
    mass = np.where(inside, np.exp(logarithm), 0.0)
    mass /= np.maximum(mass.sum(axis=1, keepdims=True), 1e-300)
    # Half of a count's own mass: whole-tail quantiles of small counts would cover far more than they say.
    below = np.cumsum(mass, axis=1) - mass
    middle = below + 0.5 * mass
    middle[~inside] = 2.0
    rows = np.arange(len(trials))
    bounds = np.zeros((len(trials), len(tails)))
    for place, tail in enumerate(tails[: len(tails) // 2]):
        low = np.argmax(middle >= tail, axis=1)
        # What the lower end could not cut, because nothing lies below it, is cut above: else small counts over-cover.
        upper = 1.0 - (2.0 * tail - below[rows, low])
        bounds[:, place] = low
        bounds[:, -1 - place] = np.maximum((middle <= upper[:, None]).sum(axis=1) - 1, low)
    for place in range(len(tails) // 2 - 1, 0, -1):
        bounds[:, -place] = np.maximum(bounds[:, -place], bounds[:, -1 - place])
    return bounds


def count_bounds(trials: Floats, mean: Floats, variance: Floats, tails: tuple[float, ...]) -> Floats:
    """Ends of intervals of a count, such as of returns still to come, by a beta-binomial law of this mean and variance.

    Args:
        trials: units that may come back.
        mean: expected returns among them.
        variance: of that number, chance included.
        tails: probabilities below the quantile, symmetric: for each t there is 1 - t.

    Returns:
        Rows x tails, within 0 .. trials; mid-P for small counts, so that coverage is right on average. Where a lower
        end cuts less than its tail, at 0 nothing, the upper end of the same pair cuts the rest.
    """
    from scipy.special import betaincinv

    bounds = np.zeros((len(trials), len(tails)))
    share = np.clip(np.divide(mean, trials, out=np.zeros_like(mean), where=trials > 0), 1e-9, 1.0 - 1e-9)
    likeness = _correlation(trials, share, variance)
    a, b = share * (1.0 / likeness - 1.0), (1.0 - share) * (1.0 / likeness - 1.0)
    reach = np.minimum(trials, np.ceil(mean + 10.0 * np.sqrt(np.maximum(variance, 0.0)) + 10.0))
    for longest in (40, 160, LONGEST_TABLE):
        shorter = {40: -1, 160: 40, LONGEST_TABLE: 160}[longest]
        rows = np.flatnonzero((trials > 0) & (reach > shorter) & (reach <= longest))
        for part in np.array_split(rows, max(len(rows) * longest // 2_000_000, 1)):
            bounds[part] = _tabled(trials[part], a[part], b[part], longest, tails)
    rows = np.flatnonzero((trials > 0) & (reach > LONGEST_TABLE))
    if len(rows):
        spread = np.maximum(variance[rows], 1e-9) / trials[rows] ** 2
        total = np.maximum(share[rows] * (1.0 - share[rows]) / spread - 1.0, 0.02)
        for column, tail in enumerate(tails):
            reached = betaincinv(share[rows] * total, (1.0 - share[rows]) * total, tail)
            bounds[rows, column] = trials[rows] * reached
    # Where nearly all mass is on one count, the two tails may cross.
    for low, high in zip(range(len(tails) // 2), range(len(tails) - 1, -1, -1), strict=False):
        crossed = bounds[:, low] > bounds[:, high]
        bounds[crossed, low] = bounds[crossed, high] = np.minimum(bounds[crossed, low], bounds[crossed, high])
    return bounds


def count_share_within(trials: Floats, mean: Floats, variance: Floats, came: Floats, level: float) -> Floats:
    """How far a count that came in the end lies within the middle ``level`` of its law, its own chance split.

    Counts are whole: an interval that must hold them whole holds more than its level of small ones. Here a count on an
    edge counts with the part of its chance that lies inside; the mean is the level where the law is right.

    Args:
        trials: units that may come back.
        mean: expected returns among them.
        variance: of that number, chance included; the law is that of :func:`count_bounds`.
        came: returns that came of those trials.
        level: such as 0.9.

    Returns:
        0 .. 1 a row.
    """
    from scipy.stats import betabinom

    share = np.clip(np.divide(mean, trials, out=np.zeros_like(mean), where=trials > 0), 1e-9, 1.0 - 1e-9)
    likeness = _correlation(trials, share, variance)
    law = betabinom(trials, share * (1.0 / likeness - 1.0), (1.0 - share) * (1.0 / likeness - 1.0))
    to, at, tail = law.cdf(came), law.pmf(came), (1.0 - level) / 2.0
    inside = np.minimum(to, 1.0 - tail) - np.maximum(to - at, tail)
    return np.where(at > 0, np.clip(inside, 0.0, None) / np.maximum(at, 1e-300), 0.0)


def rate_bounds(mean: Floats, variance: Floats, tails: tuple[float, ...]) -> Floats:
    """Quantiles of a Beta law with this mean and variance.

    Args:
        mean: of the rate, 0..1.
        variance: of the rate.
        tails: probabilities below the quantile.

    Returns:
        Rows x tails.
    """
    from scipy.special import betaincinv

    middle = np.clip(mean, 1e-7, 1.0 - 1e-7)
    total = np.clip(middle * (1.0 - middle) / np.maximum(variance, 1e-14) - 1.0, 0.05, 1e12)
    return np.stack([betaincinv(middle * total, (1.0 - middle) * total, tail) for tail in tails], axis=1)
