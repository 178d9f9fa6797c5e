"""What is expected of each unit at a look: its like's own returns of the same cohort and moment, shared out by units.

A unit's expectation for cohort week w at look t is its share of the reference's returns of w known by t, a share by
units sold, weighted by the units' own rates. Whatever moves the whole reference (level, season, policy, lags, late
data, lost messages) moves the expectation with it. The reference is the category; for a category's only SKU, and for
categories themselves, the shop.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.early_warning import baseline
from models.early_warning.panel import Panel, with_shop

LEAST_LEFT = 0.75
"""Part of a reference's sales that must be of units not flagged, for the others to be held against these alone."""


def part_of_reference(panel: Panel, totals: np.ndarray) -> np.ndarray:
    """(entries,) quantities sold, lessened where a unit is a large part of its reference.

    Given the reference's R returns, a unit with share p has a binomial count; a rise of size m turns p into odds
    m-fold, and m^A / (1 - p + m p)^R is the exact likelihood ratio. Its Poisson form has the expectation
    R log(1 + (m - 1) p) / (m - 1), which falls in m; the value at m = 1.5, the largest, is safe for all sizes watched.

    Args:
        panel: the units.
        totals: (columns,) units sold by reference and week.
    """
    share = panel.sold.data / np.maximum(totals[panel.sold.indices], 1e-12)
    half = np.minimum(share, 1.0) / 2
    return panel.sold.data * np.where(half > 1e-9, np.log1p(half) / np.maximum(half, 1e-12), 1.0)


def sold_by_column(panel: Panel, theta: np.ndarray | None) -> np.ndarray:
    """(columns, classes or 1) units sold, weighted by own rates (units, classes); the shop's columns hold all."""
    weights = np.ones((panel.units.height, 1)) if theta is None else theta
    return with_shop(np.asarray(panel.sold.T @ weights), panel.references, panel.weeks)


def _owners(panel: Panel) -> np.ndarray:
    """(entries,) number of the unit of each entry of ``panel.sold``."""
    return np.repeat(np.arange(panel.units.height), np.diff(panel.sold.indptr))


@dataclass
class Usual:
    """What is usual for a panel's units, as fitted at a look.

    Attributes:
        theta: (units, classes) own rate against its like, posterior mean.
        shape: (units, classes) the prior's ``a``.
        dispersions: by class.
    """

    theta: np.ndarray
    shape: np.ndarray
    dispersions: list[baseline.Dispersion]

    @classmethod
    def unknown(cls, panel: Panel) -> Usual:
        """Before anything is fitted."""
        sides = (panel.units.height, len(panel.classes))
        return cls(np.ones(sides), np.full(sides, 5.0), [baseline.Dispersion() for _ in panel.classes])


@dataclass(frozen=True)
class Moment:
    """A panel at a look.

    Attributes:
        week: number of the look's week.
        rates: (columns, classes) returns per weighted unit of the reference, known by then.
        returned: (units, classes).
        expected: (units, classes) at theta = 1.
    """

    week: int
    rates: np.ndarray
    returned: np.ndarray
    expected: np.ndarray


@dataclass
class Watched:
    """A panel with what has been learned of it so far.

    Attributes:
        panel: the units.
        usual: prior and dispersion.
        part: (entries,) from :func:`part_of_reference`.
        group: (units,) group that the prior is fitted in.
        owner: (entries,) number of the unit of each entry of ``panel.sold``.
    """

    panel: Panel
    usual: Usual
    part: np.ndarray
    group: np.ndarray
    owner: np.ndarray

    @classmethod
    def of(cls, panel: Panel, totals: np.ndarray, group: np.ndarray | None = None) -> Watched:
        """Nothing learned yet.

        Args:
            panel: the units.
            totals: (columns,) units sold by reference and week.
            group: (units,) group of each for the prior; None puts all into one.
        """
        groups = np.zeros(panel.units.height, dtype=np.int64) if group is None else group
        return cls(panel, Usual.unknown(panel), part_of_reference(panel, totals), groups, _owners(panel))

    def rates(self, week: int, kept: np.ndarray | None = None) -> np.ndarray:
        """(columns, classes) returns known by a look per weighted unit sold.

        Weights are scaled to a mean of 1 in each reference; own rates have no scale of their own otherwise.

        Args:
            week: of the look.
            kept: (units,) whether a unit counts; None for all.
        """
        panel = self.panel
        counts = np.ones(panel.units.height) if kept is None else kept.astype(float)
        weighted = sold_by_column(panel, self.usual.theta * counts[:, None])
        weighted = weighted.reshape(panel.references, panel.weeks, -1)
        plain = sold_by_column(panel, counts[:, None]).reshape(panel.references, panel.weeks, 1)
        scale = plain.sum(1, keepdims=True) / np.maximum(weighted.sum(1, keepdims=True), 1e-9)
        sold = (weighted * scale).reshape(-1, len(panel.classes))
        return panel.returned_by_column(week, kept) / np.maximum(sold, 1e-9)

    def rates_without(self, week: int, flagged: np.ndarray) -> np.ndarray:
        """(columns, classes) as :meth:`rates`, of units that are not flagged; NaN where these are too few to go by.

        Args:
            week: of the look.
            flagged: (units,) bool.
        """
        panel = self.panel
        whole, left = (
            sold_by_column(panel, counts.astype(float)[:, None]).reshape(panel.references, panel.weeks)
            for counts in (np.ones(flagged.size), ~flagged)
        )
        is_enough = (left.sum(1) >= LEAST_LEFT * whole.sum(1))[:, None] & (left > 0)
        return np.where(is_enough.reshape(-1, 1), self.rates(week, ~flagged), np.nan)

    def held_against(self, rates: np.ndarray, moment: Moment, flagged: np.ndarray) -> tuple[Watched, Moment]:
        """The same units at the same look, held against those that are not flagged.

        A risen unit lifts what is expected of its like, itself with them, and makes all units look restless: its size
        would be told too small and too doubtful.

        Args:
            rates: of :meth:`rates_without`; those of ``moment`` stand where they are NaN.
            moment: the look.
            flagged: (units,) bool.

        Returns:
            What is usual of the others, and counts and expectations.
        """
        is_told = ~np.isnan(rates)
        is_apart = flagged[self.owner] & is_told[self.panel.sold.indices, 0]
        part = np.where(is_apart, self.panel.sold.data, self.part)
        usual = Usual(self.usual.theta, self.usual.shape, list(self.usual.dispersions))
        others = Watched(self.panel, usual, part, self.group, self.owner)
        calm = others.at(moment.week, np.where(is_told, rates, moment.rates))
        others.learn(calm, refit=False)
        for place in range(len(self.panel.classes)):
            usual.dispersions[place] = others.dispersion(calm, place, ~flagged)
        others.learn(calm, refit=False)
        return others, calm

    def at(self, week: int, rates: np.ndarray) -> Moment:
        """Counts and expectations at a look."""
        return Moment(week, rates, self.panel.returned_by_unit(week), self.expected(rates))

    def expected(self, rates: np.ndarray) -> np.ndarray:
        """(units, classes) expectations at theta = 1 under rates by column."""
        from scipy import sparse

        sold = sparse.csr_matrix((self.part, self.panel.sold.indices, self.panel.sold.indptr), self.panel.sold.shape)
        return np.asarray(sold @ rates)

    def learn(self, moment: Moment, *, refit: bool) -> None:
        """Learns own rates, and at a refit prior and dispersion, from what is known at a look."""
        usual = self.usual
        if refit:
            for place in range(len(self.panel.classes)):
                self._refit(moment, place)
        factor = np.array([one.factor for one in usual.dispersions])
        usual.theta = (usual.shape + moment.returned / factor) / (usual.shape + moment.expected / factor)

    def _refit(self, moment: Moment, place: int) -> None:
        """Prior, then own rates, then dispersion of one class."""
        usual = self.usual
        returned, expected = moment.returned[:, place], moment.expected[:, place]
        factor = usual.dispersions[place].factor
        shapes = baseline.shape_by_group(
            returned / factor, expected / factor, self.group, int(self.group.max(initial=0)) + 1
        )
        usual.shape[:, place] = shapes[self.group]
        usual.dispersions[place] = self.dispersion(moment, place, np.ones(returned.size, dtype=bool))

    def dispersion(self, moment: Moment, place: int, kept: np.ndarray) -> baseline.Dispersion:
        """How unevenly returns of one class fall, at a look.

        Args:
            moment: the look.
            place: class.
            kept: (units,) whether a unit counts.
        """
        factor, shape = self.usual.dispersions[place].factor, self.usual.shape[:, place]
        returned, expected = moment.returned[:, place] / factor, moment.expected[:, place] / factor
        theta = (shape + returned) / (shape + expected)
        counts, means, sold = self._blocks(moment, place, theta)
        unit = np.repeat(np.arange(theta.size), means.size // max(theta.size, 1))
        learned = float((expected / (shape + expected))[kept].sum())
        here = kept[unit]
        return baseline.dispersion(counts[here], means[here], sold[here], unit[here], learned)

    def _blocks(self, moment: Moment, place: int, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(units x blocks,) counts, expectations at the units' own rates, and units sold, of one class."""
        panel = self.panel
        # Blocks end with the look, so that each holds as many weeks.
        last = moment.week - panel.first_week
        blocks = last // baseline.BLOCK + 1
        means = self.part * moment.rates[panel.sold.indices, place] * theta[self.owner]
        week = panel.sold.indices % panel.weeks
        here = np.flatnonzero(week <= last)
        flat = self.owner[here] * blocks + (last - week[here]) // baseline.BLOCK
        size = panel.units.height * blocks
        mean, sold = np.bincount(flat, means[here], size), np.bincount(flat, panel.sold.data[here], size)
        back = np.flatnonzero(panel.known_by(moment.week) & (panel.back_class == place))
        back_flat = panel.back_unit[back] * blocks + (last - panel.back_column[back] % panel.weeks) // baseline.BLOCK
        return np.bincount(back_flat, panel.back_quantity[back], size), mean, sold

    def window(self, moment: Moment, weeks: int) -> Window:
        """Counts by cohort week, the last ``weeks`` before a look.

        Args:
            moment: the look.
            weeks: how many.
        """
        panel, units, classes = self.panel, self.panel.units.height, len(self.panel.classes)
        first = moment.week - panel.first_week - weeks + 1
        week = panel.sold.indices % panel.weeks - first
        inside = np.flatnonzero((week >= 0) & (week < weeks))
        flat = self.owner[inside] * weeks + week[inside]
        sold = np.bincount(flat, panel.sold.data[inside], units * weeks).reshape(units, weeks)
        back_week = panel.back_column % panel.weeks - first
        here = np.flatnonzero(panel.known_by(moment.week) & (back_week >= 0))
        back_flat = (panel.back_class[here] * units + panel.back_unit[here]) * weeks + back_week[here]
        returned = np.bincount(back_flat, panel.back_quantity[here], classes * units * weeks)
        columns = panel.sold.indices[inside]
        return Window(returned.reshape(classes, units, weeks), sold, flat, self.part[inside], columns, moment.rates)


@dataclass(frozen=True)
class Window:
    """Counts of a panel's last cohort weeks at a look.

    Attributes:
        returned: (classes, units, weeks) known by the look.
        sold: (units, weeks).
        flat, part, columns: (entries,) place in (units x weeks), quantity and column of what was sold.
        rates: (columns, classes).
    """

    returned: np.ndarray
    sold: np.ndarray
    flat: np.ndarray
    part: np.ndarray
    columns: np.ndarray
    rates: np.ndarray

    def expected(self, place: int) -> np.ndarray:
        """(units, weeks) expectations of one class at theta = 1."""
        return np.bincount(self.flat, self.part * self.rates[self.columns, place], self.sold.size).reshape(
            self.sold.shape
        )
