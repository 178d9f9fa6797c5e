"""How much a return rate varies from week to week beyond what counting explains.

Weeks have weather, campaigns and customers who send back five things at once. The standard error of a change must
hold that, or every large shop would have a "real" change every month. Two forms are estimated and the wider is
taken: a factor on the counting variance (clusters), and a shock common to all units of a week (weather).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ASSUMED_FACTOR = 1.5
"""The variance factor assumed before any week is seen."""

ASSUMED_FREEDOM = 2.0
"""How many weeks' worth that assumption has; without any week the resulting intervals are very wide."""

LEAST_FACTOR = 0.8
"""Below 1, because an estimate cut at the smallest true value is too large on average and intervals too wide."""


@dataclass(frozen=True)
class Weeks:
    """Deviations of weeks from what their period's rates expect, each array one value a week.

    Attributes:
        deviation: observed minus expected, in the statistic's own unit.
        counting_variance: variance of the deviation if every unit were by itself.
        shock_weight: how much the deviation moves per relative shock common to the week's units.
        freedom: degrees of freedom that the weeks have together.
    """

    deviation: NDArray[np.float64]
    counting_variance: NDArray[np.float64]
    shock_weight: NDArray[np.float64]
    freedom: float


@dataclass(frozen=True)
class Dispersion:
    """What the weeks say.

    Attributes:
        factor: of the counting variance, at least :data:`LEAST_FACTOR`.
        shock_variance: of a relative shock common to a week.
        freedom: degrees of freedom, the assumed ones among them.
        seen_freedom: those that weeks gave.
    """

    factor: float
    shock_variance: float
    freedom: float
    seen_freedom: float

    def variance(self, counting_variance: float, shock_weights: NDArray[np.float64]) -> float:
        """Variance of a weighted sum of weeks: the wider of the two forms."""
        by_factor = self.factor * counting_variance
        by_shock = counting_variance + self.shock_variance * float(np.sum(shock_weights**2))
        return max(by_factor, by_shock)


def period_weeks(
    deviation: NDArray[np.float64],
    counting_variance: NDArray[np.float64],
    leverage: NDArray[np.float64],
    shock_weight: NDArray[np.float64],
) -> Weeks:
    """Weeks measured against their own period's mean rates.

    Args:
        deviation: observed minus expected, by week.
        counting_variance: before the mean is taken away.
        leverage: the part of that variance which the fitted mean took away, by week.
        shock_weight: effect of a relative shock of the week.
    """
    total = float(np.sum(counting_variance))
    effective = total**2 / max(float(np.sum(counting_variance**2)), 1e-300) if total > 0 else 0.0
    shares = shock_weight / np.sum(shock_weight) if np.sum(shock_weight) != 0 else np.zeros_like(shock_weight)
    centred = np.maximum(1 - 2 * shares + np.sum(shares**2), 0.0)
    return Weeks(
        deviation,
        np.maximum(counting_variance - leverage, 0.0),
        shock_weight * np.sqrt(centred),
        max(effective - 1, 0.0),
    )


def history_weeks(
    expected: NDArray[np.float64], observed: NDArray[np.float64], counting_variance: NDArray[np.float64]
) -> Weeks:
    """Earlier weeks, each measured against the one before it, so that a slow drift does not count as dispersion.

    Args:
        expected: returned units to expect, by week in order of time.
        observed: returned units.
        counting_variance: of the returned units.
    """
    is_used = expected >= 1
    expected, observed, counting_variance = expected[is_used], observed[is_used], counting_variance[is_used]
    relative = observed / expected
    variance = counting_variance / expected**2
    pairs = max(len(relative) - 1, 0)
    return Weeks(
        np.diff(relative),
        variance[1:] + variance[:-1],
        np.full(pairs, np.sqrt(2.0)),
        # Neighbouring differences share a week: n - 1 of them tell as much as 2/3 (n - 1) separate weeks.
        pairs * 2 / 3,
    )


def estimate_dispersion(weeks: list[Weeks]) -> Dispersion:
    """Join what several stretches of weeks say, each by its degrees of freedom.

    Returns:
        The variance factor drawn a little to :data:`ASSUMED_FACTOR`, and the variance of common shocks.
    """
    factors = shocks = freedom = 0.0
    for stretch in weeks:
        counted = float(np.sum(stretch.counting_variance))
        weight = float(np.sum(stretch.shock_weight**2))
        if stretch.freedom <= 0 or counted <= 0 or weight <= 0:
            continue
        squares = float(np.sum(stretch.deviation**2))
        freedom += stretch.freedom
        factors += stretch.freedom * squares / counted
        shocks += stretch.freedom * (squares - counted) / weight
    joined = (factors + ASSUMED_FREEDOM * ASSUMED_FACTOR) / (freedom + ASSUMED_FREEDOM)
    shock = max(shocks / freedom, 0.0) if freedom > 0 else 0.0
    return Dispersion(max(joined, LEAST_FACTOR), shock, freedom + ASSUMED_FREEDOM, freedom)
