"""Which units are flagged: a weighted Benjamini-Hochberg rule over chances that hold at any look.

Each unit's chance is that of the largest evidence in 26 looks (``crossing``), so it never rises from look to look and
may be looked at every week. Benjamini-Hochberg over such chances keeps the expected false share of everything flagged
by the last look, hence of everything ever flagged, at most at its level where the units' chances are independent or
positively dependent (Benjamini & Yekutieli 2001), which holds for units with few of their reference's returns and for
a unit beside its reasons, supplier and lot; the simulations of ``benchmarks.early_warning`` show that the weak
negative dependence of units that share a reference does no harm. Weights by volume and kind come from units sold, not
from returns, and do not break it (Genovese, Roeder & Wasserman 2006).
"""

from __future__ import annotations

from typing import Literal

import numpy as np

SAFETY = 0.75
"""Part of the asked false share that is spent; the rest pays for fitted priors and dispersion."""
HALF_WEIGHT_AT = 3.0
"""Returns expected in the window at which a unit gets half the weight of the largest."""
BUDGETS = {"sku_reason": 0.8, "supplier": 0.08, "lot": 0.07, "category": 0.05}
"""Weight of each kind."""
SHARE_OF_ALL = 0.75
"""Part of a kind's weight that goes to returns of all reasons together; the rest is shared by the reasons."""
REACH = 1.5
"""Flags count as of one strength within this distance (logarithm)."""
RIGHT_ANYWHERE = 0.05
"""Right flags that are thought possible at any strength, per unit of its logarithm, where no other flag is near."""
SIDES: tuple[tuple[int, Literal["left", "right"]], ...] = ((-1, "left"), (1, "right"))


def weights(expected: np.ndarray) -> np.ndarray:
    """(units,) weights within a kind and class, adding up to 1; 0 where nothing is expected.

    Args:
        expected: (units,) returns expected in the window.
    """
    raw = np.maximum(expected, 0.0) / (np.maximum(expected, 0.0) + HALF_WEIGHT_AT)
    return raw / max(raw.sum(), 1e-12)


def adjusted(log_chance: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The smallest false share at which each would be flagged (weighted Benjamini-Hochberg, step-up).

    Args:
        log_chance: (hypotheses,) logarithms of chances.
        weight: (hypotheses,) adding up to at most 1.

    Returns:
        (hypotheses,) within 0 and 1.
    """
    with np.errstate(divide="ignore"):
        scaled = np.exp(np.minimum(log_chance - np.log(weight), 100.0))
    order = np.argsort(scaled, kind="stable")
    stepped = scaled[order] / np.arange(1, order.size + 1)
    result = np.empty(order.size)
    result[order] = np.minimum.accumulate(stepped[::-1])[::-1]
    return np.minimum(result, 1.0)


def chances_of_false(shares: np.ndarray, asked: float) -> np.ndarray:
    """Chance of each flag to be false: at its strength, what chance brings against what there is.

    ``shares`` are of false ones among all flags at least as strong; a weak flag is false far more often than the list
    down to it. The k strongest hold t = k times the k-th share false ones, and chance lays them evenly from 0 to t: t a
    unit of the logarithm of t. What there is a unit is counted among the other flags near by (local false discovery
    rate, Efron 2008), and is not less than what chance brings and a few right ones. No stronger flag gets a larger
    chance, and the list is not said to hold more false ones than it is made to: the asked share of it, or one.

    Args:
        shares: (flags,) from :func:`adjusted`, of all flags together.
        asked: false share that the list is made for.

    Returns:
        (flags,) within 0 and 1; the same for equal shares.
    """
    order = np.argsort(shares, kind="stable")
    sorted_shares = np.maximum(shares[order], 1e-300)
    by_chance = sorted_shares * np.searchsorted(sorted_shares, sorted_shares, side="right")
    strength = np.log(by_chance)
    below, above = (np.searchsorted(strength, strength + side * REACH, side=end) for side, end in SIDES)
    others = (above - below - 1) / (2 * REACH)
    chances = np.maximum.accumulate(by_chance / np.maximum(others, by_chance + RIGHT_ANYWHERE))
    result = np.empty(order.size)
    result[order] = chances * min(1.0, max(1.0, asked * order.size) / max(chances.sum(), 1e-300))
    return result
