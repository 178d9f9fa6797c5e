"""How fast older weeks of lags are forgotten, whether a trend goes on, and how much returns vary beyond chance.

What is foretold decides: every speed foretells each week of the past from the weeks before it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.maturity.reverse_hazard import Floats, Hazards

HALF_LIVES_IN_WEEKS = (np.inf, 52.0, 26.0, 13.0, 8.0, 5.0, 3.0)
BEFORE_ANY = 3.0
"""Variance that is taken to be chance alone before any was seen: small shops have clusters of customers too."""
LEAST_GAIN = 2.0
"""In log-likelihood, over not forgetting; a trend must gain as much again over the level alone."""


@dataclass(frozen=True)
class Forgetting:
    """How the past of lags is used.

    Attributes:
        half_life_weeks: of a return's weight; infinite for a past that all counts alike.
        trend: whether what changed between the recent and the older past is taken to go on.
        dispersion: how many times binomial the returns vary, never below 1.
    """

    half_life_weeks: float
    trend: bool
    dispersion: float


def _past(counts: Floats, up_to: Floats, known: NDArray[np.bool_], half_life: float) -> tuple[Floats, Floats]:
    """Hazards of every week of the triangle as its past knew them, and how many returns they were learned from."""
    rows, columns = counts.shape
    kept = 0.5 ** (1.0 / half_life) if np.isfinite(half_life) else 1.0
    overall = np.where(known, counts, 0).sum(0) / np.maximum(np.where(known, up_to, 0).sum(0), 1e-9)
    hazard, learned = np.zeros_like(counts), np.zeros_like(counts)
    on_week, to_week = np.zeros(columns), np.zeros(columns)
    for week in range(rows):
        hazard[week] = (on_week + 10.0 * overall) / (to_week + 10.0)
        learned[week] = to_week
        on_week = kept * on_week + np.where(known[week], counts[week], 0.0)
        to_week = kept * to_week + np.where(known[week], up_to[week], 0.0)
    return hazard, learned


def _candidates(counts: Floats, up_to: Floats, known: NDArray[np.bool_]) -> list[tuple[float, bool, Floats, Floats]]:
    """Forecasts of every speed, with and without a trend."""
    listed = []
    for half_life in HALF_LIVES_IN_WEEKS:
        hazard, learned = _past(counts, up_to, known, half_life)
        listed.append((half_life, False, hazard, learned))
        if np.isfinite(half_life):
            slower, _ = _past(counts, up_to, known, 2.0 * half_life)
            ahead = 1.0 + np.log(2.0) / half_life
            listed.append((half_life, True, hazard + ahead * (hazard - slower), learned / 1.83))
    return listed


def choose_forgetting(counts: Floats, up_to: Floats, known: NDArray[np.bool_]) -> Forgetting:
    """Choose how the past is used, by how well each way foretold every week.

    Dispersion is Pearson's of the one-step forecasts, corrected for what the forecast itself did not know.

    Args:
        counts: returns, start weeks x lag weeks.
        up_to: returns up to the lag week.
        known: cells all of whose days are known.

    Returns:
        The way that foretold best; a longer memory where the gain is small.
    """
    used = known & (up_to > 0)
    used[:, 0] = False
    if used.sum() < 8:
        return Forgetting(np.inf, False, 1.0)
    scores, dispersions, ways = [], [], []
    for half_life, trend, foretold, learned in _candidates(counts, up_to, known):
        hazard = np.clip(foretold, 1e-4, 1.0 - 1e-4)
        foreseen = used & (learned > 0)
        told = np.where(foreseen, counts * np.log(hazard) + (up_to - counts) * np.log1p(-hazard), 0.0)
        scores.append(float(told.sum()))
        error = float(np.where(foreseen, (counts - up_to * hazard) ** 2, 0.0).sum())
        chance = up_to * hazard * (1.0 - hazard) * (1.0 + up_to / (learned + 10.0))
        variance = float(np.where(foreseen, chance, 0.0).sum())
        dispersions.append((error + BEFORE_ANY) / (variance + BEFORE_ANY))
        ways.append((half_life, trend))
    gains = (np.array(scores) - scores[0]) / max(min(dispersions), 1.0)
    gains -= np.array([LEAST_GAIN * (np.isfinite(half_life) + trend) for half_life, trend in ways])
    best = int(np.argmax(gains))
    return Forgetting(*ways[best], float(np.clip(dispersions[best], 1.0, 200.0)))


def follow_trend(recent: Hazards, older: Hazards, horizon: int, half_life_days: float) -> tuple[Floats, Floats]:
    """Carry on what changed between the recent past and the one twice as long, to the day a line will reach.

    A line of age a meets the lag t in t - a days, and the recent past is ``half life / log 2`` days old on average.

    Args:
        recent: hazards of one cell under the half-life.
        older: the same under twice the half-life.
        horizon: last day that counts.
        half_life_days: in days.

    Returns:
        What the logarithm of the developed share changes at each age, and the variance that this adds.
    """
    days = np.arange(recent.share.shape[1])
    old = half_life_days / np.log(2.0)
    to_come = (days[None, :] > days[:, None]) & (days[None, :] <= horizon)
    ahead = np.where(to_come, (old + days[None, :] - days[:, None]) / old, 0.0)
    share, change = recent.share[0], recent.share[0] - older.share[0]
    carried = np.clip(share + ahead * change, 0.1 * share, 1.0 - 0.1 * (1.0 - share))
    shift = np.where(to_come, np.log1p(-carried) - np.log1p(-share), 0.0).sum(axis=1)
    # Weights 2 ** (-d / h) and 2 ** (-d / 2h): the change has 1/6 of the level's variance, and they covary by 1/3.
    noise = recent.variance[0] / (1.0 - share) ** 2
    added = ((0.667 * ahead + 0.167 * ahead**2) * noise).sum(axis=1)
    return shift, added
