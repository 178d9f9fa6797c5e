"""How sure the parts are: from counting, from how weeks vary, and from the curve.

Words for it belong in :mod:`models.rate_change.verdict`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.rate_change.counts import CellArrays
from models.rate_change.dispersion import Dispersion, Weeks, estimate_dispersion, history_weeks, period_weeks
from models.rate_change.grouping import Groups, Units, reference_rates, sum_by
from models.rate_change.split import Split, by_group, ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

_YOUNGEST_HISTORY = 0.3
"""Developed share from which a week outside both periods says how weeks vary."""


@dataclass(frozen=True)
class Errors:
    """Standard errors of the parts of the observed rate's change.

    Attributes:
        mix: of the total's mix part.
        rate: of the total's rate part.
        maturity: of the total's maturity part.
        group_rate: of each group's rate part, shape (groups,).
        dispersion: how weeks vary.
    """

    mix: float
    rate: float
    maturity: float
    group_rate: NDArray[np.float64]
    dispersion: Dispersion


def part_errors(arrays: CellArrays, units: Units, groups: Groups, split: Split) -> Errors:
    """Errors of every part.

    Counting errors are taken with the rates of each period and with the rates of both together, and the larger one
    counts: the first is right for an interval, the second where nothing changed. The curve's error is taken to
    move all cohorts of a period alike, and the periods independently of each other.
    """
    own = _smoothed(units, groups, split.fitted, is_joint=False)
    joint = _smoothed(units, groups, split.fitted, is_joint=True)
    dispersion = _dispersion(arrays, units, groups, split, joint)
    counted = np.maximum(_by_unit(arrays, own), _by_unit(arrays, joint))
    curve = by_group(groups, split.rate_weight * split.fitted * units.exposure_error)

    def spread(weights: NDArray[np.float64]) -> float:
        shocks = [_by_week(arrays, side, (weights * split.fitted)[side]) for side in (0, 1)]
        return dispersion.variance(float(np.sum(weights**2 * counted)), np.concatenate(shocks))

    curve_variance = float(np.sum(curve.sum(axis=1) ** 2))
    by_group_variance = by_group(groups, split.rate_weight**2 * counted).sum(axis=0)
    return Errors(
        mix=float(np.sqrt(spread(split.mix_weight))),
        rate=float(np.sqrt(spread(split.rate_weight) + curve_variance)),
        maturity=float(np.sqrt(spread(split.maturity_weight) + curve_variance)),
        group_rate=np.sqrt(dispersion.factor * by_group_variance + np.sum(curve**2, axis=0)),
        dispersion=dispersion,
    )


def _smoothed(units: Units, groups: Groups, fitted: NDArray[np.float64], *, is_joint: bool) -> NDArray[np.float64]:
    """Rates for variances, shape (2, products): never quite 0 or 1, so that nothing returned is no certainty."""
    exposure, returned = by_group(groups, units.exposure), by_group(groups, units.returned)
    relative = ratio(fitted, ratio(returned, exposure, 0.0)[:, groups.of_product], 1.0)
    if is_joint:
        exposure, returned = (np.broadcast_to(both.sum(axis=0), both.shape) for both in (exposure, returned))
    rate = (returned + 0.5) / (exposure + 1)
    return np.clip(rate[:, groups.of_product] * relative, 1e-9, 1 - 1e-9)


def _counting(
    exposure: NDArray[np.float64], shipped: NDArray[np.float64], rate: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Variance of returned units if every unit were by itself."""
    return exposure * rate * np.maximum(1 - rate * np.minimum(exposure / shipped, 1.0), 0.0)


def _by_unit(arrays: CellArrays, rate: NDArray[np.float64]) -> NDArray[np.float64]:
    """Counting variance by period and product, shape (2, products)."""
    sums = []
    for side in (0, 1):
        chosen = arrays.period == side
        product = arrays.product[chosen]
        variance = _counting(arrays.exposure[chosen], arrays.shipped[chosen], rate[side][product])
        sums.append(sum_by(product, variance, rate.shape[1]))
    return np.stack(sums)


def _by_week(arrays: CellArrays, side: int, per_exposure: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum over products of exposure times a value of the product, one number per week of the period."""
    chosen = arrays.period == side
    week = arrays.week[chosen]
    sums = sum_by(week, arrays.exposure[chosen] * per_exposure[arrays.product[chosen]], 0)
    return sums[np.bincount(week) > 0]


def _dispersion(
    arrays: CellArrays, units: Units, groups: Groups, split: Split, rate: NDArray[np.float64]
) -> Dispersion:
    stretches = [_period(arrays, units, groups, split, rate, side) for side in (0, 1)]
    return estimate_dispersion([*stretches, _history(arrays, units)])


def _period(
    arrays: CellArrays, units: Units, groups: Groups, split: Split, rate: NDArray[np.float64], side: int
) -> Weeks:
    """The weeks of a period, as the rate part sees them."""
    chosen = arrays.period == side
    product, week = arrays.product[chosen], arrays.week[chosen]
    exposure, weight = arrays.exposure[chosen], split.rate_weight[side][product]
    expected = exposure * split.fitted[side][product]
    variance = weight**2 * _counting(exposure, arrays.shipped[chosen], rate[side][product])
    weeks = int(week.max()) + 1
    cell = groups.of_product[product] * weeks + week
    in_week = sum_by(cell, exposure, groups.count * weeks)[cell]
    in_period = by_group(groups, units.exposure)[side][groups.of_product[product]]
    leverage = variance * np.minimum(ratio(in_week, in_period, 1.0), 1.0)
    deviation = weight * (arrays.returned[chosen] - expected)
    is_there = np.bincount(week, minlength=weeks) > 0
    return period_weeks(
        *(sum_by(week, value, weeks)[is_there] for value in (deviation, variance, leverage, weight * expected))
    )


def _history(arrays: CellArrays, units: Units) -> Weeks:
    """The weeks outside both periods against what the products' reference rates expect of them."""
    reference, _ = reference_rates(units)
    chosen = arrays.period == 2
    week, rate = arrays.week[chosen], reference[arrays.product[chosen]]
    exposure, shipped = arrays.exposure[chosen], arrays.shipped[chosen]
    values = (shipped, exposure, exposure * rate, arrays.returned[chosen], _counting(exposure, shipped, rate))
    weeks = int(week.max()) + 1 if len(week) else 0
    in_week = [sum_by(week, value, weeks) for value in values]
    is_grown = (in_week[0] > 0) & (in_week[1] >= _YOUNGEST_HISTORY * in_week[0])
    return history_weeks(*(value[is_grown] for value in in_week[2:]))
