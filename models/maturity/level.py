"""The level of return rates over weeks, and what it says of cohorts whose returns are still to come.

Observed over expected returns of every week are a Gaussian process: a random walk, a slow swing, what weeks differ
on top, and chance that falls with exposure. The sizes of these are not chosen but averaged by their marginal
likelihood. The errors of the developed-share curve are a part of the same process, because all young weeks share
them: what the curve overstates in the observed part it understates in the part to come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WEEKS_IN_A_YEAR = 52.18
FLAT_VARIANCE = 2.0
"""Of the level's mean, relative to the pooled rate: as good as unknown."""
MOST_WEEKS = 170
"""Weeks before these are taken together: they say nothing on what is still to come."""
USUAL_DRIFT = 0.02
"""Of the level, a week: up to this all are alike, larger ones the rarer the larger."""
LEAST_WEIGHT = 5e-3
"""Of a law in the average; lighter ones change nothing that is shown."""


@dataclass(frozen=True)
class Law:
    """How weekly levels may move; all sizes relative to the mean level.

    Attributes:
        drift: standard deviation of a random walk's step a week.
        swing: standard deviation of a slow movement (Matern 3/2, 12 weeks).
        season: standard deviation of a yearly wave.
        wobble: standard deviation of a week's own level, however many units.
        cluster: variance of a week's own level times expected returns, as clusters of customers make it.
    """

    drift: float = 0.0
    swing: float = 0.0
    season: float = 0.0
    wobble: float = 0.0
    cluster: float = 0.0


def candidate_laws(*, weeks: int, fine: bool) -> list[Law]:
    """List the laws that are averaged.

    Args:
        weeks: length of the history; a yearly wave is only thought of when a year has been seen.
        fine: whether to take the long list.

    Returns:
        Laws in a fixed order.
    """
    if not fine:
        return [
            Law(drift, swing, 0.0, wobble)
            for drift, swing, wobble in product((0.005, 0.02, 0.06), (0, 0.25), (0, 0.12))
        ]
    seasons = (0.0, 0.12) if weeks >= 60 else (0.0,)
    # No shop's rate stands quite still: without a smallest drift, what is seen of matured weeks would count for ever.
    axes = product((0.005, 0.01, 0.02, 0.04, 0.1), (0, 0.15), seasons, (0, 0.05, 0.1, 0.2))
    return [Law(*sizes) for sizes in axes]


def plausibilities(laws: Sequence[Law]) -> Floats:
    """Weigh laws before anything is seen: each kind of movement is there or not at even odds, its sizes alike.

    Only drifts are not alike: a level that moves by a tenth every week doubles or halves within months, and shops
    too small to show it would have to allow for it in every interval.

    Args:
        laws: candidates.

    Returns:
        Logarithm of the weight, one a law.
    """
    weights = np.zeros(len(laws))
    for name in Law.__dataclass_fields__:
        sizes = np.array([getattr(law, name) for law in laws])
        moving = len(np.unique(sizes[sizes > 0]))
        if moving:
            weights -= np.where(sizes > 0, np.log(moving), 0.0)
    return weights - np.log1p((np.array([law.drift for law in laws]) / USUAL_DRIFT) ** 2)


@dataclass(frozen=True)
class WeekEvidence:
    """What every week has shown, oldest first.

    Attributes:
        week: number of the week.
        expected: final returns expected at the mean level.
        seen: developed share of these, 0..1.
        log_variance: of the logarithm of the developed share.
        returned: returns seen.
        rate: final return rate expected at the mean level.
    """

    week: Floats
    expected: Floats
    seen: Floats
    log_variance: Floats
    returned: Floats
    rate: Floats


@dataclass(frozen=True)
class _Fitted:
    """One law with what the weeks say under it."""

    weight: float
    level: Floats
    level_covariance: Floats
    true_covariance: Floats
    curve: Floats
    curve_covariance: Floats
    cross: Floats


@dataclass(frozen=True)
class Level:
    """Levels of all weeks, jointly, averaged over laws.

    Attributes:
        weeks: the evidence it was learned from.
        laws: candidate laws and their weights, heaviest first.
    """

    weeks: WeekEvidence
    laws: list[tuple[Law, float]]
    _fitted: list[_Fitted]

    def remaining(self, to_come: Floats, shown: Floats) -> tuple[Floats, Floats]:
        """Expected returns still to come of groups of lines, and the variance of that expectation.

        Args:
            to_come: returns still to come at the mean level, groups x weeks.
            shown: returns that should have been seen at the mean level, groups x weeks.

        Returns:
            Mean and variance a group, without the chance of the returns themselves.
        """
        means, variances = [], []
        for fit in self._fitted:
            # To come = (1 - G) level - G level error: where the curve is too low, more was shown and less is to come.
            means.append(to_come @ fit.level - shown @ fit.curve)
            half = to_come @ fit.level_covariance - 2.0 * shown @ fit.cross.T
            variances.append((half * to_come).sum(1) + ((shown @ fit.curve_covariance) * shown).sum(1))
        return self._averaged(means, variances)

    def mean(self, weights: Floats) -> tuple[Floats, Floats]:
        """Weighted mean of the true levels, and its variance; groups x weeks in, two arrays a group out."""
        means = [weights @ fit.level for fit in self._fitted]
        variances = [((weights @ fit.true_covariance) * weights).sum(1) for fit in self._fitted]
        return self._averaged(means, variances)

    def _averaged(self, means: list[Floats], variances: list[Floats]) -> tuple[Floats, Floats]:
        weights = np.array([fit.weight for fit in self._fitted])[:, None]
        table = np.stack(means)
        mean = (weights * table).sum(0)
        return mean, (weights * (np.maximum(np.stack(variances), 0.0) + (table - mean) ** 2)).sum(0)


def _kernels(week: Floats) -> dict[str, Floats]:
    since = week - week.min()
    apart = np.abs(week[:, None] - week[None, :])
    near = np.sqrt(3.0) * apart / 12.0
    return {
        "drift": np.minimum(since[:, None], since[None, :]),
        "swing": (1.0 + near) * np.exp(-near),
        "season": np.cos(2.0 * np.pi * apart / WEEKS_IN_A_YEAR),
    }


def _smoothed(evidence: WeekEvidence) -> Floats:
    """A level for the variance of chance alone: nine weeks around, heavier near, pulled to 1."""
    apart = np.abs(evidence.week[:, None] - evidence.week[None, :])
    near = np.maximum(0.0, 1.0 - apart / 9.0)
    return (near @ evidence.returned + 3.0) / (near @ (evidence.expected * evidence.seen) + 3.0)


def learn_level(evidence: WeekEvidence, *, dispersion: float, laws: Sequence[Law]) -> Level:
    """Average the laws by their marginal likelihood and keep what each says of all weeks.

    Args:
        evidence: of at least one week.
        dispersion: how many times Poisson the returns vary within a week.
        laws: candidates; one alone is taken as true.

    Returns:
        The joint posterior of all weeks' levels and of the curve's errors.
    """
    from scipy.linalg import solve_triangular

    shown = evidence.expected * evidence.seen
    near = _smoothed(evidence)
    blind = shown < 1e-9
    safe = np.where(blind, 1.0, shown)
    own = np.where(blind, 0.0, evidence.returned / safe - 1.0)
    chance = np.maximum(1.0 - evidence.rate * near * evidence.seen, 0.05)
    noise = np.where(blind, 1e9, dispersion * near * chance / safe)
    shared = np.minimum(evidence.log_variance[:, None], evidence.log_variance[None, :])
    curve_prior = near[:, None] * shared * near[None, :]
    kernels = _kernels(evidence.week)
    per_return = np.diag(near / np.maximum(evidence.expected, 1e-9))
    every = np.eye(len(own))
    scores, parts = [], []
    for law in laws:
        true = (
            FLAT_VARIANCE
            + law.drift**2 * kernels["drift"]
            + law.swing**2 * kernels["swing"]
            + law.season**2 * kernels["season"]
            + law.wobble**2 * every
        )
        level = true + law.cluster * per_return
        root = np.linalg.cholesky(level + curve_prior + np.diag(noise + 1e-9))
        half = solve_triangular(root, own, lower=True, check_finite=False)
        scores.append(-0.5 * float(half @ half) - float(np.log(np.diag(root)).sum()))
        parts.append((true, level, root))
    beliefs = np.array(scores) + plausibilities(laws)
    weights = np.exp(beliefs - beliefs.max())
    weights /= weights.sum()
    kept = [int(i) for i in np.argsort(-weights, kind="stable") if weights[i] >= LEAST_WEIGHT]
    whole = float(weights[kept].sum())
    fitted = [_fit(*parts[i], own, curve_prior, float(weights[i]) / whole) for i in kept]
    return Level(evidence, [(laws[i], float(weights[i]) / whole) for i in kept], fitted)


def _fit(true: Floats, level: Floats, root: Floats, own: Floats, curve_prior: Floats, weight: float) -> _Fitted:
    """Condition levels and curve errors on what was seen."""
    from scipy.linalg import solve_triangular

    together = np.concatenate([level, true, curve_prior, own[:, None]], axis=1)
    solved = solve_triangular(root, together, lower=True, check_finite=False)
    count = len(own)
    of_level, of_true, of_curve = (solved[:, i * count : (i + 1) * count] for i in range(3))
    seen = solved[:, -1]
    return _Fitted(
        weight=weight,
        level=1.0 + of_level.T @ seen,
        level_covariance=level - of_level.T @ of_level,
        true_covariance=true - of_true.T @ of_true,
        curve=of_curve.T @ seen,
        curve_covariance=curve_prior - of_curve.T @ of_curve,
        cross=-of_level.T @ of_curve,
    )
