"""Could it be chance? One-sided tests of each unit against the others of its kind, controlled over all of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.product_risk.beta_binomial import Floats


def excess_p_values(
    returned: Floats, unreturned: Floats, young: Floats, level: Floats, share: Floats, dispersion: Floats
) -> Floats:
    """Probability of at least so many returns if the unit had the rate of the others.

    The binomial tail at ``level`` x ``young``, with counts divided by the dispersion and, since the others' rate
    is known from ``1 - share`` of the evidence only, by ``1 / (1 - share)``: the variance of a difference of two
    rates. Continuous in its counts, so that fractions are allowed.

    Args:
        returned: returns.
        unreturned: exposure without a return.
        young: developed share of the exposure.
        level: rate of the others.
        share: the unit's share in the evidence of its group.
        dispersion: variance factor, at least 1.

    Returns:
        One p-value a unit; 1 where it has no returns, or nothing to be compared with.
    """
    from scipy.special import betainc

    factor = np.maximum(1.0 - share, 0.0) / dispersion
    at = np.clip(level * young, 1e-12, 1.0 - 1e-12)
    trials = unreturned / np.maximum(young, 1e-12)
    tested = (returned > 0) & (factor > 1e-9)
    hits = np.where(tested, returned * factor, 1.0)
    return np.where(tested, betainc(hits, np.maximum(trials * factor, 0.0) + 1.0, at), 1.0)


def surely_not_chance(p_values: Floats, level: float) -> NDArray[np.bool_]:
    """Benjamini and Hochberg (1995): which are no chance at that false discovery rate.

    Where nobody differs this is a control of any false statement at all, since then every one is false.
    """
    number = len(p_values)
    if not number:
        return np.zeros(0, dtype=bool)
    order = np.argsort(p_values, kind="stable")
    passed = p_values[order] <= level * np.arange(1, number + 1) / number
    last = int(np.flatnonzero(passed)[-1]) + 1 if passed.any() else 0
    result = np.zeros(number, dtype=bool)
    result[order[:last]] = True
    return result
