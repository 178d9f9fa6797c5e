"""The weekly looks: each unit's evidence and chance at every look, from the rows known then.

Belongs here: running the looks of one kind. Not here: which chances make a flag (``control``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.early_warning import crossing, evidence
from models.early_warning.expectation import Moment, Watched
from models.early_warning.panel import Panel

REFIT_EVERY = 4
"""Looks between two fits of prior and dispersion."""
LEAST_RETURNS = 2
"""With fewer returns in the window no unit's evidence can matter (one return multiplies odds by at most 5)."""
LEAST_SHAPE_FACTOR = 0.8
"""The prior is taken for wider than fitted: own rates may have heavier tails than a Gamma's."""


@dataclass
class Looked:
    """All looks of one kind.

    Attributes:
        watched: the units and what was learned by the last look.
        last: counts at the last look.
        strength: (looks, units, classes) logarithm of the evidence at each look; minus infinity where not weighed.
        log_chance: (looks, units, classes) of the largest evidence so far.
        expected: (looks, units, classes) returns expected in the window, at theta = 1.
    """

    watched: Watched
    last: Moment
    strength: np.ndarray
    log_chance: np.ndarray
    expected: np.ndarray

    @property
    def panel(self) -> Panel:
        """The units."""
        return self.watched.panel


@dataclass(frozen=True)
class Facts:
    """Chosen units of one class at a look, ready for the evidence.

    Attributes:
        units: (chosen,) numbers.
        returned, expected: (chosen, weeks) by cohort week, divided by dispersion.
        old_returned, old_expected: (chosen,) of cohorts before the window, divided by dispersion.
        shape: (chosen,) prior.
        starts: (chosen, weeks) weights of starts.
        factor: (chosen,) dispersion.
    """

    units: np.ndarray
    returned: np.ndarray
    expected: np.ndarray
    old_returned: np.ndarray
    old_expected: np.ndarray
    shape: np.ndarray
    starts: np.ndarray
    factor: np.ndarray

    def ratios(self, sizes: np.ndarray) -> np.ndarray:
        """(chosen, weeks, sizes) logarithms of likelihood ratios."""
        return evidence.log_ratios(
            self.returned, self.expected, self.shape, self.old_returned, self.old_expected, sizes
        )


def facts(watched: Watched, moment: Moment, units: np.ndarray, place: int, *, from_start: bool) -> Facts:
    """Counts of chosen units at a look.

    Args:
        watched: the kind's units.
        moment: the look.
        units: (chosen,) numbers.
        place: class.
        from_start: True where a rise can only be there from the first cohort on (lots).
    """
    returned, expected = watched.windows(moment, units, place, evidence.WINDOW)
    theta = watched.usual.theta[units, place]
    factor = watched.usual.dispersions[place].of(expected * theta[:, None])
    old_returned = np.maximum(moment.returned[units, place] - returned.sum(1), 0.0) / factor
    old_expected = np.maximum(moment.expected[units, place] - expected.sum(1), 0.0) / factor
    scaled = expected / factor[:, None]
    if from_start:
        starts = np.zeros(scaled.shape)
        starts[:, 0] = 1.0
    else:
        before = old_expected[:, None] + np.cumsum(scaled, 1) - scaled
        starts = np.where(before > 1e-9, 1 / evidence.WINDOW, 0.0)
    shape = watched.usual.shape[units, place] * LEAST_SHAPE_FACTOR
    return Facts(units, returned / factor[:, None], scaled, old_returned, old_expected, shape, starts, factor)


def look_all(watched: Watched, looks: list[int], reference: Rates, *, from_start: bool) -> Looked:
    """Runs every look of one kind.

    Args:
        watched: the kind's units.
        looks: week numbers, rising.
        reference: gives the rates of each look.
        from_start: see :func:`facts`.
    """
    panel = watched.panel
    sides = (len(looks), panel.units.height, len(panel.classes))
    log_chance, windows, strength = np.zeros(sides), np.zeros(sides), np.full(sides, -np.inf)
    moment = watched.at(looks[0], reference.at(0))
    for turn, week in enumerate(looks):
        moment = watched.at(week, reference.at(turn))
        watched.learn(moment, refit=turn % REFIT_EVERY == 0)
        windows[turn] = moment.expected - _before_window(watched, moment)
        recent = _recent_returns(panel, week)
        if turn:
            log_chance[turn] = log_chance[turn - 1]
        for place in range(len(panel.classes)):
            units = np.flatnonzero(recent[:, place] >= LEAST_RETURNS)
            if units.size:
                found = facts(watched, moment, units, place, from_start=from_start)
                strength[turn, units, place] = evidence.log_mean(found.ratios(evidence.SIZES), found.starts)
                known = strength[turn, units, place]
                chance = _chances(found, known, week - panel.first_week + 1, from_start=from_start)
                log_chance[turn, units, place] = np.minimum(log_chance[turn, units, place], chance)
    return Looked(watched, moment, strength, log_chance, windows)


def _chances(found: Facts, strength: np.ndarray, weeks: int, *, from_start: bool) -> np.ndarray:
    """(chosen,) logarithm of the chance of each unit's evidence at this look."""
    sold = (found.expected > 0) | (found.returned > 0)
    lasting = np.where(sold.any(1), found.expected.shape[1] - np.argmax(sold, axis=1), 1)
    volume = found.expected.sum(1) / np.maximum(lasting - crossing.LEAD_WEEKS, 1.0)
    tables = crossing.stored()
    if from_start:
        return crossing.log_chance(tables["start"], strength, volume, found.shape)
    own = (found.shape + found.old_returned) / (found.shape + found.old_expected)
    shape = found.shape + found.old_returned
    fresh = crossing.log_chance(tables["fresh"], strength, volume * own, shape)
    running = crossing.log_chance(tables["running"], strength, volume * own, shape)
    part = float(np.clip((weeks - crossing.LOOKS) / (evidence.WINDOW - 1), 0.0, 1.0))
    with np.errstate(divide="ignore"):
        return np.logaddexp(fresh + np.log(1 - part), running + np.log(part))


def _before_window(watched: Watched, moment: Moment) -> np.ndarray:
    """(units, classes) expectation of cohorts before the window."""
    panel = watched.panel
    if moment.week - panel.first_week < evidence.WINDOW:
        return np.zeros(moment.expected.shape)
    cube = moment.rates.reshape(panel.references, panel.weeks, -1).copy()
    cube[:, moment.week - panel.first_week - evidence.WINDOW + 1 :] = 0.0
    return watched.expected(cube.reshape(moment.rates.shape))


def _recent_returns(panel: Panel, week: int) -> np.ndarray:
    """(units, classes) returns of the window's cohorts known at a look."""
    cohort = panel.back_column % panel.weeks + panel.first_week
    here = panel.known_by(week) & (cohort > week - evidence.WINDOW)
    classes = len(panel.classes)
    flat = panel.back_unit[here] * classes + panel.back_class[here]
    counts = np.bincount(flat, panel.back_quantity[here], panel.units.height * classes)
    return counts.reshape(-1, classes)


class Rates:
    """Rates of a reference at every look, found by its own panel and kept for kinds that share it.

    Args:
        watched: the panel whose units make up the reference: SKUs, or categories.
        looks: week numbers, rising.
    """

    def __init__(self, watched: Watched, looks: list[int]) -> None:
        self._watched, self._looks = watched, looks
        self._kept: dict[int, np.ndarray] = {}

    def at(self, turn: int) -> np.ndarray:
        """(columns, classes) at a look; at the first look own rates are learned once before, to weigh by."""
        if turn not in self._kept:
            week = self._looks[turn]
            if turn == 0:
                self._watched.learn(self._watched.at(week, self._watched.rates(week)), refit=True)
            self._kept[turn] = self._watched.rates(week)
        return self._kept[turn]
