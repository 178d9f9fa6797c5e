"""Which units are compared with which, and what rate each product is taken to have when it is too small to say.

A product with enough exposure in both periods is a group of its own; one that is there in a single period is a group
that came or went (all of it is mix). The others of a category are one group, and within it the products' reference
rates tell a shift between them from a change of their rates. Errors belong in :mod:`models.rate_change.decompose`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SOLID_EXPOSURE = 30.0
"""Units of exposure from which a group can be compared with itself."""

_LEAST_CONCENTRATION = 5.0
_GREATEST_CONCENTRATION = 1e6


@dataclass(frozen=True)
class Units:
    """Counts by product; the arrays of periods have shape (2, products), before and after.

    Attributes:
        category: index of the product's category, shape (products,).
        shipped: units shipped.
        exposure: units x developed share.
        returned: units returned, at most those shipped.
        exposure_error: standard error of the exposure from the curve.
        all_exposure: exposure of all weeks, those outside both periods among them, shape (products,).
        all_returned: returned units of all weeks.
    """

    category: NDArray[np.int64]
    shipped: NDArray[np.float64]
    exposure: NDArray[np.float64]
    returned: NDArray[np.float64]
    exposure_error: NDArray[np.float64]
    all_exposure: NDArray[np.float64]
    all_returned: NDArray[np.float64]


@dataclass(frozen=True)
class Groups:
    """The groups that a change is split by.

    Attributes:
        of_product: index of the product's group, shape (products,).
        count: how many groups there are.
        is_pooled: the group joins several products, shape (groups,).
        category: index of its category, -1 where it joins several, shape (groups,).
        product: index of its product, -1 where it joins several, shape (groups,).
    """

    of_product: NDArray[np.int64]
    count: int
    is_pooled: NDArray[np.bool_]
    category: NDArray[np.int64]
    product: NDArray[np.int64]


def sum_by(index: NDArray[np.int64], values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Sums of values by index, shape (count,); floats whatever the values are, and with nothing to add."""
    return np.bincount(index, weights=values, minlength=count).astype(np.float64)


def _stands_alone(shipped: NDArray[np.float64], exposure: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Enough exposure on both sides, or all of it on one."""
    is_solid = exposure.min(axis=0) >= SOLID_EXPOSURE
    is_one_sided = (shipped.min(axis=0) == 0) & (exposure.max(axis=0) >= SOLID_EXPOSURE)
    return is_solid | is_one_sided


def form_groups(units: Units) -> Groups:
    """Put every product into a group: its own, the rest of its category, or the rest of the shop."""
    products = len(units.category)
    categories = int(units.category.max()) + 1 if products else 0
    is_own = _stands_alone(units.shipped, units.exposure)
    rest = np.where(is_own, 0.0, 1.0)

    def by_category(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.stack([sum_by(units.category, row * rest, categories) for row in values])

    holds_rest = _stands_alone(by_category(units.shipped), by_category(units.exposure))
    key = np.where(is_own, np.arange(products), np.where(holds_rest[units.category], products + units.category, -1))
    found, of_product = np.unique(key, return_inverse=True)
    return Groups(
        of_product=of_product.reshape(-1),
        count=len(found),
        is_pooled=(found < 0) | (found >= products),
        category=np.where(found < 0, -1, np.where(found >= products, found - products, _at(units.category, found))),
        product=np.where((found >= 0) & (found < products), found, -1),
    )


def _at(values: NDArray[np.int64], index: NDArray[np.int64]) -> NDArray[np.int64]:
    return values[np.clip(index, 0, max(len(values) - 1, 0))] if len(values) else index


def reference_rates(units: Units) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rate of every product over all its weeks, drawn to its category as far as its like differ little.

    The spread between products is found by moments (DerSimonian & Laird 1986), as a Beta's concentration.

    Returns:
        The rates, and the weight of each (exposure + concentration): what one more returned unit is divided by.
    """
    categories = int(units.category.max()) + 1 if len(units.category) else 0
    exposure, returned = units.all_exposure, np.minimum(units.all_returned, units.all_exposure)

    def total(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return sum_by(units.category, values, categories)

    level = (total(units.all_returned) + 0.5) / (total(exposure) + 1)
    level = np.minimum(level, 1.0)
    own = np.where(exposure > 0, returned / np.maximum(exposure, 1e-300), level[units.category])
    squares = total(exposure * (own - level[units.category]) ** 2)
    kinds = total((exposure > 0).astype(float))
    scale = total(exposure) - total(exposure**2) / np.maximum(total(exposure), 1e-300)
    counting = level * (1 - level)
    spread = np.maximum((squares - (kinds - 1) * counting) / np.maximum(scale, 1e-300), 0.0)
    concentration = np.clip(counting / np.maximum(spread, 1e-300) - 1, _LEAST_CONCENTRATION, _GREATEST_CONCENTRATION)
    weight = exposure + concentration[units.category]
    rate = (units.all_returned + concentration[units.category] * level[units.category]) / weight
    return np.minimum(rate, 1.0), weight
