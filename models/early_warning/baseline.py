"""What is usual for units of a kind: how much their own rates differ, and how unevenly returns fall.

Belongs here: the prior on a unit's own rate and the dispersion, both fitted from rows known at a look. Not here:
whether a rate rose (``evidence``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SHAPES = np.array([0.7, 1.0, 1.5, 2.2, 3.3, 5.0, 7.5, 11.0, 17.0, 25.0, 50.0, 100.0, 300.0])
"""Grid of the prior's ``a``; the variance of the units' own rates against their like is 1 / a."""
LENT_UNITS = 20.0
"""A small category's prior leans on the whole shop's as on that many more units."""
LEAST_FACTOR = 1.0
"""Returns are never taken for more even than of units that each come back or stay, for themselves."""
MOST_FACTOR = 1e4
ROUNDS = 8
"""Of drawing in and fitting."""
BLOCK = 4
"""Weeks whose counts are taken together for the dispersion."""
TAIL = 1.5
"""Weight of variance beyond that of independent units."""
LEAST_RATIO = 0.4
"""Lowest variance over mean that is believed."""


@dataclass(frozen=True)
class Dispersion:
    """Variance of a count of four weeks = factor x mean x (1 - mean / sold) + extra x mean squared.

    Blocks of weeks, because what moves between neighbouring weeks (estimated deliveries) hides in single ones.

    Attributes:
        factor: returns come in clusters (one customer, several items); 1 where each unit decides for itself.
        extra: a unit's rate differs from month to month without having changed.
    """

    factor: float = LEAST_FACTOR
    extra: float = 0.0

    def of(self, expected: np.ndarray, sold: np.ndarray, tail: float = TAIL) -> np.ndarray:
        """Variance over mean of each unit's sum, unless told otherwise for use far out in the tail.

        A sum of clusters has a longer tail than a Poisson count scaled to the same variance: what is needed to reach
        two, three or five times the mean is that of a scaled count with 1.2, 1.33 or 1.52 times the excess variance
        (clusters of geometric size, mean 1.5, large deviations), whence ``TAIL``.

        Args:
            expected: (units, weeks).
            sold: (units, weeks).
            tail: weight of variance beyond that of independent units; 1 for the middle of the distribution.

        Returns:
            (units,) at least ``LEAST_RATIO``.
        """
        total = np.maximum(expected.sum(-1), 1e-12)
        starts = np.arange(expected.shape[-1] % BLOCK, expected.shape[-1], BLOCK)
        blocks = np.add.reduceat(expected, np.unique(np.concatenate([[0], starts])), axis=-1)
        rate = (expected**2 / np.maximum(sold, 1.0)).sum(-1) / total
        even = 1 - np.minimum(rate, 1.0)
        ratio = self.factor * even + self.extra * (blocks**2).sum(-1) / total
        return np.maximum(even + tail * (ratio - even), LEAST_RATIO)


def dispersion(
    returned: np.ndarray, expected: np.ndarray, sold: np.ndarray, unit: np.ndarray, fitted: float
) -> Dispersion:
    """Dispersion of counts around their expectation, upper side.

    Weighted least squares of the squared residuals on the mean and its square, one standard error added. Counts far
    beyond the dispersion of the others are drawn in, and what rests on one unit alone is not believed (jackknife), so
    that one unit's recall does not blind the watch; where many lie far out, the reach grows with them round by round.

    Args:
        returned: (blocks,) counts.
        expected: (blocks,) at the units' own fitted rates.
        sold: (blocks,).
        unit: (blocks,) number of the unit of each.
        fitted: rates fitted to these cells, in degrees of freedom.
    """
    here = expected > 1e-4
    mean = expected[here]
    if mean.size < 30 or mean.sum() < 20:
        return Dispersion(1.2, 0.0)
    freed = mean.size / max(mean.size - fitted, mean.size / 2)
    own = mean * (1 - np.minimum(mean / np.maximum(sold[here], 1.0), 0.9))
    # Less weight to small counts than their own variance asks for: a unit that sells little has no room for clusters.
    weight = 1 / (1 + 2 * mean) ** 2
    factor, extra = 1.0, 0.0
    for _ in range(ROUNDS):
        reach = 8 * np.sqrt(factor * mean + extra * mean**2) + 8 * factor
        squared = (np.minimum(returned[here] - mean, reach)) ** 2 * freed
        before = factor
        factor, extra = _two_coefficients(own, mean**2, squared, weight, unit[here])
        factor = float(np.clip(factor, LEAST_FACTOR, MOST_FACTOR))
        if factor < 1.1 * before:
            break
    return Dispersion(factor, max(float(extra), 0.0))


def _two_coefficients(
    first: np.ndarray, second: np.ndarray, target: np.ndarray, weight: np.ndarray, unit: np.ndarray
) -> tuple[float, float]:
    """Weighted least squares on two columns, each coefficient with one standard error (jackknife by unit) added.

    Where the second cannot be told from nothing (two standard errors), the first is fitted alone.
    """
    pairs = ((first, first), (first, second), (second, second), (first, target), (second, target))
    by_unit = [np.bincount(unit, weight * one * other) for one, other in pairs]
    # The first entry is of all units, the others leave one out.
    aa, ab, bb, at, bt = (np.concatenate([[part.sum()], part.sum() - part]) for part in by_unit)
    whole = aa * bb - ab**2
    if whole[0] > 1e-9 * aa[0] * bb[0]:
        told = np.maximum(whole, 1e-12 * aa[0] * bb[0])
        a, b = (bb * at - ab * bt) / told, (aa * bt - ab * at) / told
        error = _jackknife_error(b)
        if b[0] > 2 * error:
            return float(a[0]) + _jackknife_error(a), float(b[0]) + error
    alone = at / np.maximum(aa, 1e-12)
    return float(alone[0]) + _jackknife_error(alone), 0.0


def _jackknife_error(estimates: np.ndarray) -> float:
    """Standard error of the first estimate from the others, each of which leaves one unit out.

    A unit that makes a coefficient by itself hides from errors of residuals, since the fit runs through it.
    """
    return float(np.sqrt(((estimates[1:] - estimates[0]) ** 2).sum()))


def shape_by_group(returned: np.ndarray, expected: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
    """The prior's ``a`` of each group, by marginal likelihood (negative binomial) on a grid.

    Args:
        returned: (units,) counts divided by the dispersion.
        expected: (units,) expectations at theta = 1, divided by the dispersion.
        group: (units,) number of the unit's group.
        groups: how many.

    Returns:
        (groups,); a group of few units leans on all.
    """
    from scipy.special import gammaln

    here = expected > 1e-6
    count, mean = returned[here][:, None], expected[here][:, None]
    if not here.any():
        return np.full(groups, SHAPES[SHAPES.size // 2])
    fit = gammaln(SHAPES + count) - gammaln(SHAPES) - count * np.log(SHAPES + mean)
    fit -= SHAPES * np.log1p(mean / SHAPES)
    by_group = np.stack([np.bincount(group[here], column, groups) for column in fit.T], 1)
    lent = by_group.sum(0) * min(1.0, LENT_UNITS / count.shape[0])
    return SHAPES[np.argmax(by_group + lent, axis=1)]
