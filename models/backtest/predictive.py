"""From an interval of a true rate to one of the rate that will be observed later.

A later observed rate differs from the true one by sampling; sampled returns may come in clusters, and true rates
drift. How much they do is measured once, on an earlier cut of the same history, never on what is judged.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.maturity.intervals import count_bounds, count_share_within

Floats = NDArray[np.float64]
LEAST_UNITS = 20
CLUSTERS = np.geomspace(1.0, 4096.0, 37)
DRIFTS = np.array([0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0])


@dataclass(frozen=True)
class Noise:
    """How much later observed rates vary beyond the true rate's own doubt.

    Attributes:
        cluster: how many times binomial returns vary, at least 1.
        drift: standard deviation of the true rate's change, as part of the rate.
        unit_count: units that it was measured on; 0 where it is assumed.
    """

    cluster: float = 1.0
    drift: float = 0.0
    unit_count: int = 0


@dataclass(frozen=True)
class Said:
    """What was said of the true rates of units.

    Attributes:
        rate: (units,) posterior means.
        lower_90, upper_90: (units,) bounds of the true rate.
    """

    rate: Floats
    lower_90: Floats
    upper_90: Floats

    @property
    def variance(self) -> Floats:
        """(units,) of the true rate, from the width of its interval."""
        return ((self.upper_90 - self.lower_90) / 3.29) ** 2


def measure_noise(said: Said, later: Floats, exposure: Floats) -> Noise:
    """Fit clusters and drift by likelihood to what came after an earlier cut.

    Args:
        said: as of the earlier cut.
        later: (units,) observed rates after it.
        exposure: (units,) units that they rest on.

    Returns:
        The most likely pair of a grid; none of both where there are fewer than 20 units.
    """
    usable = (exposure > 0) & (said.rate > 0) & (said.rate < 1)
    if usable.sum() < LEAST_UNITS:
        return Noise()
    mean, exposure, spread = said.rate[usable], exposure[usable], said.variance[usable]
    # Quasi-likelihood: squares against variances, robust to what no normal law would bring.
    squares = (later[usable] - mean) ** 2
    sampling = mean * (1.0 - mean) / exposure
    variance = (
        spread + CLUSTERS[:, None, None] * sampling[None, None, :] + (DRIFTS[None, :, None] * mean[None, None, :]) ** 2
    )
    loss = (np.log(variance) + squares / variance).sum(axis=2)
    row, column = np.unravel_index(int(np.argmin(loss)), loss.shape)
    return Noise(float(CLUSTERS[row]), float(DRIFTS[column]), int(usable.sum()))


@dataclass(frozen=True)
class Later:
    """Law of later observed rates: Beta-Binomial of whole numbers of independent returns.

    Attributes:
        trials: (units,) independent units, at least 1.
        first, second: (units,) parameters of the Beta law of the rate.
    """

    trials: NDArray[np.int64]
    first: Floats
    second: Floats

    def bounds(self, level: float) -> tuple[Floats, Floats]:
        """(units,) lower and upper bound of the observed rate, see :func:`models.maturity.intervals.count_bounds`.

        Args:
            level: such as 0.9.
        """
        tail = (1.0 - level) / 2.0
        found = count_bounds(*self._moments(), (tail, 1.0 - tail))
        return found[:, 0] / self.trials, found[:, 1] / self.trials

    def share_within(self, observed: Floats, level: float) -> Floats:
        """(units,) how far an observed rate lies within the middle ``level`` of its law, its own chance split.

        Args:
            observed: (units,) rates.
            level: such as 0.9.
        """
        count = np.clip(np.rint(observed * self.trials), 0, self.trials)
        return count_share_within(*self._moments(), count, level)

    def draws(self, count: int, seed: int) -> Floats:
        """(count, units) observed rates as they may come.

        Args:
            count: how many of each.
            seed: of the draws.
        """
        random = np.random.default_rng(seed)
        shape = (count, len(self.trials))
        return random.binomial(self.trials, random.beta(self.first, self.second, shape)) / self.trials

    def _moments(self) -> tuple[Floats, Floats, Floats]:
        """(units,) trials, mean and variance of the counts."""
        trials, strength = self.trials.astype(np.float64), self.first + self.second
        mean = trials * self.first / strength
        return trials, mean, mean * (self.second / strength) * (strength + trials) / (strength + 1.0)


def later_law(said: Said, exposure: Floats, noise: Noise) -> Later:
    """Law of the rates that will be observed on so many units.

    Args:
        said: of the true rates.
        exposure: (units,) units to come.
        noise: clusters and drift.
    """
    mean = np.clip(said.rate, 1e-6, 1.0 - 1e-6)
    room = mean * (1.0 - mean)
    variance = np.clip(said.variance + (noise.drift * mean) ** 2, room * 1e-6, room * 0.9)
    strength = room / variance - 1.0
    trials = np.maximum(np.rint(exposure / noise.cluster), 1).astype(np.int64)
    return Later(trials, mean * strength, (1.0 - mean) * strength)
