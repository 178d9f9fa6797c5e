"""What is learned of groups: how alike their units are, however few each group has."""

from __future__ import annotations

import numpy as np
import pytest

from models.product_risk.hierarchy import Hierarchy, Units, fit_hierarchy
from models.product_risk.posterior import posterior
from models.product_risk.shared_prior import Expectation

CONCENTRATION = 30.0


def drawn(units_each: int, seed: int, units: int = 3_600) -> tuple[Units, np.ndarray]:
    """Units sold 80 times, in groups whose rates lie about centres of their own; and the true rates."""
    random = np.random.default_rng(seed)
    group = np.arange(units) // units_each
    groups = int(group[-1]) + 1
    centre = 1.0 / (1.0 + np.exp(-random.normal(-1.8, 0.6, groups)))[group]
    rate = random.beta(centre * CONCENTRATION, (1.0 - centre) * CONCENTRATION)
    returned = random.binomial(80, rate).astype(float)
    return Units(returned, 80.0 - returned, group, np.zeros(units), groups), rate


def concentration(found: Hierarchy) -> float:
    return float(found.shape.weights @ found.shape.log_concentrations + np.mean(found.scale))


@pytest.mark.parametrize("units_each", [4, 12, 120])
def test_small_groups_do_not_look_more_alike_than_they_are(units_each: int) -> None:
    off, covered = [], []
    for seed in range(4):
        units, rate = drawn(units_each, seed)
        found = fit_hierarchy(units, Expectation())
        known = posterior(units, found)
        off.append(concentration(found) - np.log(CONCENTRATION))
        covered.append(np.mean((known.quantile(0.05) <= rate) & (rate <= known.quantile(0.95))))
    assert abs(np.mean(off)) < 0.12
    # Of 14,400 true rates.
    assert np.mean(covered) == pytest.approx(0.9, abs=0.01)
