"""Bounds of counts to come and of rates hold what they say."""

import numpy as np
import pytest
from scipy import stats

from models.maturity.intervals import rate_bounds, remaining_bounds

TAILS = (0.05, 0.10, 0.90, 0.95)


def _moments(trials: float, a: float, b: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    law = stats.betabinom(int(trials), a, b)
    return np.array([trials]), np.array([law.mean()]), np.array([law.var()])


@pytest.mark.parametrize(("trials", "a", "b"), [(6, 2, 9), (40, 3, 20), (400, 5, 60), (30_000, 40, 300)])
def test_bounds_hold_what_they_say_on_average(trials: int, a: float, b: float) -> None:
    bounds = remaining_bounds(*_moments(trials, a, b), TAILS)[0]
    law = stats.betabinom(trials, a, b)
    for low, high, nominal in ((0, 3, 0.90), (1, 2, 0.80)):
        below = law.cdf(np.ceil(bounds[low]) - 1)
        above = law.sf(np.floor(bounds[high]))
        edge = 0.5 * (law.pmf(np.ceil(bounds[low])) + law.pmf(np.floor(bounds[high])))
        assert 1 - below - above - edge <= nominal + 0.01
        assert 1 - below - above + edge >= nominal - 0.01


def test_nothing_left_means_nothing_to_come() -> None:
    zero = np.zeros(1)
    assert remaining_bounds(zero, zero, zero, TAILS).tolist() == [[0.0] * 4]


def test_hardly_anything_to_come_has_both_bounds_on_zero() -> None:
    bounds = remaining_bounds(np.array([50.0]), np.array([0.01]), np.array([0.01]), TAILS)
    assert bounds.tolist() == [[0.0] * 4]


def test_rate_bounds_are_a_beta_laws() -> None:
    law = stats.beta(8, 50)
    bounds = rate_bounds(np.array([law.mean()]), np.array([law.var()]), (0.05, 0.95))
    np.testing.assert_allclose(bounds[0], law.ppf([0.05, 0.95]), rtol=1e-6)


def test_odd_moments_give_numbers() -> None:
    mean, variance = np.array([0.0, 1.0, 0.5, 0.5]), np.array([0.0, 1.0, 5.0, 0.0])
    assert np.isfinite(rate_bounds(mean, variance, (0.05, 0.95))).all()
    trials = np.array([1.0, 5.0, 2.0, 1e7])
    bounds = remaining_bounds(trials, np.array([1.0, 5.0, 0.0, 1e6]), np.array([0.0, 1e9, 0.0, 1e13]), TAILS)
    assert np.isfinite(bounds).all()
    assert ((bounds >= 0) & (bounds <= trials[:, None])).all()
