"""What merchants that share tell each other about maturity, and what is assumed where nobody tells anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import erf

import numpy as np
from numpy.typing import NDArray

ASSUMED_STRENGTH = 4.0
"""Returns the assumed curve counts for: a guess of ours, soon outweighed by a shop's own returns."""
SHARED_STRENGTH = 40.0
"""Most returns that the curves of others may count for: shops differ."""
ASSUMED_RATE = 0.10
"""Final return rate of a shop nobody knows anything of; it counts for five units."""
MEDIAN_OF_HORIZON = 0.35
SPREAD_OF_LOGARITHM = 0.6


@dataclass(frozen=True)
class SharedPrior:
    """Curve and rate of other merchants, all of whom share.

    Attributes:
        on_day: returns by lag in days, of all merchants together.
        up_to_day: returns of a lag of t or less among lines old enough to show lag t.
        returned_quantity: returns the rate was learned from.
        exposure_quantity: units, each counted by its developed share.
        merchants: how many stand behind it.
    """

    on_day: tuple[float, ...]
    up_to_day: tuple[float, ...]
    returned_quantity: float
    exposure_quantity: float
    merchants: int = 1

    @property
    def rate(self) -> float:
        """Final return rate of all together, the assumed one where they have sold nothing."""
        return (self.returned_quantity + 5.0 * ASSUMED_RATE) / (self.exposure_quantity + 5.0)

    @classmethod
    def of(cls, priors: Sequence[SharedPrior]) -> SharedPrior | None:
        """Pool the priors of several merchants; each counts for at most 500 returns, so that none rules.

        Args:
            priors: one a merchant.

        Returns:
            The pooled prior, or None without any.
        """
        if not priors:
            return None
        longest = max(len(prior.on_day) for prior in priors)
        on_day, up_to_day = np.zeros(longest), np.zeros(longest)
        returned = exposure = 0.0
        for prior in sorted(priors, key=lambda one: (one.on_day, one.exposure_quantity)):
            scale = min(1.0, 500.0 / max(max(prior.up_to_day, default=0.0), 1e-9))
            on_day[: len(prior.on_day)] += scale * np.array(prior.on_day)
            up_to_day[: len(prior.up_to_day)] += scale * np.array(prior.up_to_day)
            returned += scale * prior.returned_quantity
            exposure += scale * prior.exposure_quantity
        return cls(
            tuple(on_day.tolist()),
            tuple(up_to_day.tolist()),
            returned,
            exposure,
            sum(prior.merchants for prior in priors),
        )


def assumed_hazards(days: int, horizon: int) -> NDArray[np.float64]:
    """Reversed hazards that are taken where nothing is known: log-normal lags, cut at the horizon.

    Args:
        days: length of the result.
        horizon: the horizon whose 35 % is the median.

    Returns:
        q(t) for t = 0 .. days - 1.
    """
    ends = np.log((np.arange(days) + 1.0) / (MEDIAN_OF_HORIZON * (horizon + 1.0))) / SPREAD_OF_LOGARITHM
    reached = np.array([0.5 * (1.0 + erf(end / 2.0**0.5)) for end in ends])
    before = np.concatenate([[0.0], reached[:-1]])
    return np.clip(1.0 - before / np.maximum(reached, 1e-12), 1e-6, 1.0 - 1e-6)
