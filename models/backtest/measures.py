"""How well numbers said before fit what came after: correlations, coverage, interval scores, the worst found.

Belongs here: measures of arrays. Not here: what is compared with what.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
BAND = 0.99
"""Coverage passes where the nominal level lies in this Monte-Carlo band around it."""


def pearson(first: Floats, second: Floats) -> float | None:
    """Pearson's correlation; None where one of both does not vary or there are fewer than three pairs.

    Args:
        first: (pairs,) values.
        second: (pairs,) values.
    """
    if len(first) < 3:
        return None
    one, other = first - first.mean(), second - second.mean()
    size = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float(np.clip((one * other).sum() / size, -1.0, 1.0)) if size > 1e-12 else None


def spearman(first: Floats, second: Floats) -> float | None:
    """Spearman's rank correlation, ties at their mean rank; None as for :func:`pearson`.

    Args:
        first: (pairs,) values.
        second: (pairs,) values.
    """
    return pearson(ranks(first), ranks(second))


def ranks(values: Floats) -> Floats:
    """(values,) ranks from 1 on; equal values share their mean rank."""
    _, inverse, times = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(times)
    return (last - (times - 1) / 2.0)[inverse].astype(np.float64)


def correlation_interval(correlation: float | None, pairs: int) -> tuple[float | None, float | None]:
    """95 % interval of a correlation by Fisher's transformation; for ranks an approximation.

    Args:
        correlation: as measured.
        pairs: how many pairs it rests on.
    """
    if correlation is None or pairs < 5:
        return None, None
    middle = np.arctanh(np.clip(correlation, -0.999999, 0.999999))
    width = 1.96 / np.sqrt(pairs - 3.0)
    return float(np.tanh(middle - width)), float(np.tanh(middle + width))


def coverage_band(held: float, intervals: int) -> tuple[float | None, float | None]:
    """99 % band of a coverage measured on so many intervals (Wilson), as if they were independent.

    Args:
        held: share of the intervals that hold their target.
        intervals: how many.
    """
    if intervals == 0:
        return None, None
    z2 = 2.5758**2
    middle = (held + z2 / (2 * intervals)) / (1 + z2 / intervals)
    width = np.sqrt(z2 * (held * (1 - held) / intervals + z2 / (4 * intervals**2))) / (1 + z2 / intervals)
    return max(0.0, float(middle - width)), min(1.0, float(middle + width))


def interval_score(lower: Floats, upper: Floats, truth: Floats, level: float) -> Floats:
    """(intervals,) width plus penalty of what misses (Gneiting and Raftery 2007); smaller is better.

    Args:
        lower: (intervals,) lower bounds.
        upper: (intervals,) upper bounds.
        truth: (intervals,) what they should hold.
        level: nominal, such as 0.9.
    """
    miss = np.maximum(lower - truth, 0.0) + np.maximum(truth - upper, 0.0)
    return upper - lower + 2.0 / (1.0 - level) * miss


def share_of_worst_found(said: Floats, later: Floats, share: float = 0.1) -> float | None:
    """Which part of the units that turned out worst were said to be the worst.

    Args:
        said: (units,) what was said before, larger is worse.
        later: (units,) what came.
        share: which part of the units, at least one, is the worst.

    Returns:
        Share; units on a tie at the edge count in part. None without units or where all came out alike.
    """
    if not len(said) or later.min() == later.max():
        return None
    number = max(1, int(np.ceil(share * len(said) - 1e-9)))
    return float((_in_worst(said, number) * _in_worst(later, number)).sum() / number)


def _in_worst(values: Floats, number: int) -> Floats:
    """(units,) weight with which each is among the worst; ties at the edge share what is left."""
    edge = np.sort(values)[::-1][number - 1]
    above, tied = values > edge, values == edge
    return above + tied * ((number - above.sum()) / tied.sum())


def upper_bound_of_share(count: int, tries: int, confidence: float = 0.95) -> float | None:
    """Exact one-sided upper bound of a share (Clopper-Pearson).

    Args:
        count: how often it happened.
        tries: of how many.
        confidence: of the bound.
    """
    from scipy.special import betaincinv

    if tries == 0:
        return None
    return 1.0 if count == tries else float(betaincinv(count + 1.0, tries - count, confidence))
