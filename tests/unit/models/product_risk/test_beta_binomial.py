"""The marginal likelihood agrees with scipy's, its derivatives with differences, its fit with the truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import gammaln
from scipy.stats import betabinom

from models.product_risk.beta_binomial import derivatives, log_marginal, shapes
from models.product_risk.chance import excess_p_values, surely_not_chance
from models.product_risk.hierarchy import Units, fit_hierarchy
from models.product_risk.posterior import posterior
from models.product_risk.shared_prior import Expectation

GENERATOR = np.random.default_rng(11)
TRIALS = GENERATOR.integers(0, 300, 500).astype(float)
RETURNED = np.minimum(TRIALS, GENERATOR.poisson(0.15 * TRIALS))
PLACE, SCALE = GENERATOR.normal(-2.0, 1.0, 500), GENERATOR.normal(3.0, 1.0, 500)


def test_the_likelihood_is_scipys() -> None:
    first, second = shapes(PLACE, SCALE)
    ways = gammaln(TRIALS + 1) - gammaln(RETURNED + 1) - gammaln(TRIALS - RETURNED + 1)
    own = log_marginal(RETURNED, TRIALS - RETURNED, PLACE, SCALE) + ways
    assert own == pytest.approx(betabinom.logpmf(RETURNED, TRIALS, first, second), abs=1e-6)


def test_derivatives_are_those_of_differences() -> None:
    step, kept = 1e-4, TRIALS - RETURNED
    middle = derivatives(RETURNED, kept, PLACE, SCALE)
    right, left = (derivatives(RETURNED, kept, PLACE + move, SCALE) for move in (step, -step))
    above, below = (derivatives(RETURNED, kept, PLACE, SCALE + move) for move in (step, -step))
    assert middle.by_x == pytest.approx((right.value - left.value) / (2 * step), abs=1e-5)
    assert middle.by_k == pytest.approx((above.value - below.value) / (2 * step), abs=1e-5)
    assert middle.by_xx == pytest.approx((right.by_x - left.by_x) / (2 * step), abs=1e-5)
    assert middle.by_xk == pytest.approx((above.by_x - below.by_x) / (2 * step), abs=1e-5)
    assert middle.by_kk == pytest.approx((above.by_k - below.by_k) / (2 * step), abs=1e-5)


def test_groups_are_found_and_a_group_of_one_leans_on_the_others() -> None:
    """Two large groups at their own means; the third, one unit with nothing sold, expects what shops expect."""
    generator = np.random.default_rng(5)
    group = np.repeat([0, 1, 2], [600, 600, 1])
    rate = generator.beta(np.array([2.0, 12.0, 1.0])[group], np.array([38.0, 28.0, 9.0])[group])
    trials = generator.integers(5, 80, len(group)).astype(float)
    trials[-1] = 0.0
    returned = generator.binomial(trials.astype(int), rate).astype(float)
    units = Units(returned, trials - returned, group, np.zeros(len(group)), 3)
    hierarchy = fit_hierarchy(units, Expectation())
    known = posterior(units, hierarchy)
    mean, low, high = known.mean(), known.quantile(0.05), known.quantile(0.95)
    assert mean[group == 0].mean() == pytest.approx(0.05, abs=0.006)
    assert mean[group == 1].mean() == pytest.approx(0.30, abs=0.015)
    assert ((low <= rate) & (rate <= high))[:-1].mean() == pytest.approx(0.9, abs=0.03)
    assert 0.03 < mean[-1] < 0.4
    assert high[-1] - low[-1] > 0.2


def test_two_peaks_take_two_betas_and_one_takes_one() -> None:
    generator = np.random.default_rng(6)
    trials = generator.integers(20, 200, 800).astype(float)
    for share, count in ((0.0, 1), (0.15, 2)):
        is_high = generator.random(800) < share
        rate = np.where(is_high, generator.beta(40, 60, 800), generator.beta(10, 90, 800))
        returned = generator.binomial(trials.astype(int), rate).astype(float)
        units = Units(returned, trials - returned, np.zeros(800, dtype=np.int64), np.zeros(800), 1)
        assert fit_hierarchy(units, Expectation()).shape.count == count


def test_the_tail_is_the_binomials_and_a_unit_alone_could_always_be_chance() -> None:
    from scipy.stats import binom

    one = np.ones(3)
    returned, sold = np.array([3.0, 10.0, 0.0]), np.array([10.0, 20.0, 5.0])
    own = excess_p_values(returned, sold - returned, one, 0.2 * one, 0.0 * one, one)
    assert own == pytest.approx([*binom.sf(returned[:2] - 1, sold[:2], 0.2), 1.0])
    assert excess_p_values(returned, sold - returned, one, 0.2 * one, one, one).tolist() == [1.0, 1.0, 1.0]
    assert surely_not_chance(np.array([0.001, 0.9, 0.012]), 0.02).tolist() == [True, False, True]
    assert surely_not_chance(np.zeros(0), 0.02).tolist() == []
