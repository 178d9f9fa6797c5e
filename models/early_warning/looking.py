"""The weekly looks: each unit's evidence and chance at every look, from the rows known then.

Belongs here: running the looks of one kind. Not here: which chances make a flag (``control``).
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from models.early_warning import crossing, evidence
from models.early_warning.expectation import Moment, Watched, Window
from models.early_warning.panel import Panel

REFIT_EVERY = 6
"""Looks between two fits of prior and dispersion."""
LEAST_RETURNS = 4
"""With fewer returns in the window no evidence suffices: three make "five-fold" at most 125 times, the average over
sizes at most 20 times likelier, and no unit is flagged on that."""
LEAST_STRENGTH = 1.0
"""Weaker evidence (logarithm) counts as a chance of 1."""
LEAST_SHAPE_FACTOR = 0.8
"""The prior is taken for wider than fitted: own rates may have heavier tails than a Gamma's."""


@dataclass
class Looked:
    """All looks of one kind.

    Attributes:
        watched: the units and what was learned by the last look.
        last: counts at the last look.
        window: cohort weeks of the last look.
        strength: (looks, units, classes) logarithm of the evidence at each look; minus infinity where not weighed.
        log_chance: (looks, units, classes) of the largest evidence so far.
        expected: (looks, units, classes) returns expected in the window, at theta = 1.
    """

    watched: Watched
    last: Moment
    window: Window
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

    def of(self, chosen: np.ndarray) -> Facts:
        """Those of some units; ``chosen`` is (chosen,) bool."""
        return Facts(*(getattr(self, part.name)[chosen] for part in fields(self)))

    def at_dispersion(self, factor: np.ndarray) -> Facts:
        """The same counts with another dispersion; ``factor`` is (chosen,)."""
        change = self.factor / factor
        return replace(
            self,
            returned=self.returned * change[:, None],
            expected=self.expected * change[:, None],
            old_returned=self.old_returned * change,
            old_expected=self.old_expected * change,
            factor=factor,
        )

    def ratios(self, sizes: np.ndarray) -> np.ndarray:
        """(chosen, weeks, sizes) logarithms of likelihood ratios."""
        return evidence.log_ratios(
            self.returned, self.expected, self.shape, self.old_returned, self.old_expected, sizes
        )


def facts(
    watched: Watched, moment: Moment, window: Window, units: np.ndarray, place: int, *, from_start: bool
) -> Facts:
    """Counts of chosen units at a look.

    Args:
        watched: the kind's units.
        moment: the look.
        window: its last cohort weeks.
        units: (chosen,) numbers.
        place: class.
        from_start: True where a rise can only be there from the first cohort on (lots).
    """
    returned, expected = window.returned[place, units], window.expected(place)[units]
    theta = watched.usual.theta[units, place]
    factor = watched.usual.dispersions[place].of(expected * theta[:, None], window.sold[units])
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
    for turn, week in enumerate(looks):
        moment = watched.at(week, reference.at(turn))
        watched.learn(moment, refit=turn % REFIT_EVERY == 0)
        window = watched.window(moment, evidence.WINDOW)
        for place in range(len(panel.classes)):
            windows[turn, :, place] = window.expected(place).sum(1)
            units = np.flatnonzero(window.returned[place].sum(1) >= LEAST_RETURNS)
            found = facts(watched, moment, window, units, place, from_start=from_start)
            known = evidence.log_mean(found.ratios(evidence.SIZES), found.starts)
            strength[turn, units, place] = known
            strong = known > LEAST_STRENGTH
            chance = _chances(found.of(strong), known[strong], week - panel.first_week + 1, from_start=from_start)
            log_chance[turn, units[strong], place] = chance
    return Looked(watched, moment, window, strength, np.minimum.accumulate(log_chance, axis=0), windows)


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
    part = float(np.clip((weeks - crossing.LOOKS) / (evidence.WINDOW - 1), 0.0, 1.0))
    with np.errstate(divide="ignore"):
        fresh = crossing.log_chance(tables["fresh"], strength, volume * own, shape) + np.log(1 - part)
        running = crossing.log_chance(tables["running"], strength, volume * own, shape) + np.log(part)
    return np.logaddexp(fresh, running)


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
