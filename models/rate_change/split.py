"""The parts by group, and how much each part moves per returned unit of each product and period.

Because every part is a weighted sum of returned units, its error follows from these weights; that belongs in
:mod:`models.rate_change.errors`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.rate_change.grouping import Groups, Units, reference_rates, sum_by
from models.rate_change.parts import Parts, Side, shapley_parts

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Split:
    """Parts by group, and the weights by period and product.

    Attributes:
        mix: part of the groups' shares, shape (groups,); ``rate`` and ``maturity`` likewise.
        rate: see there.
        maturity: see there.
        rate_weight: what one returned unit adds to the sum of the rate parts, shape (2, products).
        mix_weight: likewise, mix.
        maturity_weight: likewise, maturity.
        fitted: the rate that the product is taken to have in the period, shape (2, products).
    """

    mix: NDArray[np.float64]
    rate: NDArray[np.float64]
    maturity: NDArray[np.float64]
    rate_weight: NDArray[np.float64]
    mix_weight: NDArray[np.float64]
    maturity_weight: NDArray[np.float64]
    fitted: NDArray[np.float64]


def by_group(groups: Groups, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums by group of an array of shape (2, products)."""
    return np.stack([sum_by(groups.of_product, row, groups.count) for row in values])


def ratio(over: NDArray[np.float64], under: NDArray[np.float64], otherwise: float) -> NDArray[np.float64]:
    """A quotient, or another value where there is nothing to divide by."""
    return np.where(under > 0, over / np.where(under > 0, under, 1.0), otherwise)


def _sides(shipped: NDArray[np.float64], exposure: NDArray[np.float64], returned: NDArray[np.float64]) -> list[Side]:
    """Factors of both periods; a group that is not there takes the shop's maturity and its other rate."""
    is_known = exposure > 0
    own = ratio(returned, exposure, 0.0)
    rate = np.where(is_known, own, own[::-1])
    developed = [
        np.where(
            shipped[side] > 0, ratio(exposure[side], shipped[side], 0.0), exposure[side].sum() / shipped[side].sum()
        )
        for side in (0, 1)
    ]
    return [Side(shipped[side] / shipped[side].sum(), developed[side], rate[side]) for side in (0, 1)]


def split_change(units: Units, groups: Groups) -> Split:
    """Split the change of the observed rate; both periods must have units.

    Within a pooled group the change that its products' reference rates expect from their shares alone is mix.
    """
    shipped, exposure, returned = (
        by_group(groups, values) for values in (units.shipped, units.exposure, units.returned)
    )
    before, after = _sides(shipped, exposure, returned)
    parts = shapley_parts(before, after)
    reference, weight = reference_rates(units)
    member = groups.of_product
    pooled = groups.is_pooled[member] & (exposure.min(axis=0) > 0)[member]
    share = units.exposure / np.where(exposure > 0, exposure, 1.0)[:, member]
    expected = by_group(groups, share * reference)
    shift = np.where(groups.is_pooled & (exposure.min(axis=0) > 0), expected[1] - expected[0], 0.0)
    within = parts.rate_weight * shift
    # What one returned unit of a pooled product moves its reference rate, and with it the mix within its group.
    within_weight = np.where(pooled, parts.rate_weight[member] * (share[1] - share[0]) / weight, 0.0)
    sides = _unit_weights(parts, exposure)
    rates = np.stack([before.rate, after.rate])
    level = ratio(rates, expected, 1.0)
    return Split(
        mix=parts.mix + within,
        rate=parts.rate_weight * (after.rate - before.rate - shift),
        maturity=parts.maturity,
        rate_weight=sides["rate"][:, member] - within_weight,
        mix_weight=sides["mix"][:, member] + within_weight,
        maturity_weight=sides["maturity"][:, member],
        fitted=np.where(pooled, np.minimum(reference * level[:, member], 1.0), rates[:, member]),
    )


def _unit_weights(parts: Parts, exposure: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """What one returned unit adds to each part, by period and group; shape (2, groups) each.

    A rate that is taken from the other period moves with that one.
    """
    per_rate = {
        "rate": np.stack([-parts.rate_weight, parts.rate_weight]),
        "mix": np.stack([parts.mix_weight_before, parts.mix_weight_after]),
        "maturity": np.stack([parts.maturity_weight_before, parts.maturity_weight_after]),
    }
    is_known = exposure > 0
    found = {}
    for name, weights in per_rate.items():
        moved = weights + np.where(is_known[::-1], 0.0, weights[::-1])
        found[name] = np.where(is_known, moved / np.where(is_known, exposure, 1.0), 0.0)
    return found
