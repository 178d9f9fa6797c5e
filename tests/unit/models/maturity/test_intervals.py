"""Bounds of counts to come and of rates hold what they say."""

import numpy as np
import pytest
from scipy import stats

from models.maturity.intervals import count_bounds, count_share_within, rate_bounds

TAILS = (0.05, 0.10, 0.90, 0.95)


def _moments(trials: float, a: float, b: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    law = stats.betabinom(int(trials), a, b)
    return np.array([trials]), np.array([law.mean()]), np.array([law.var()])


@pytest.mark.parametrize(("trials", "a", "b"), [(6, 2, 9), (40, 3, 20), (400, 5, 60), (30_000, 40, 300)])
def test_bounds_hold_what_they_say_on_average(trials: int, a: float, b: float) -> None:
    bounds = count_bounds(*_moments(trials, a, b), TAILS)[0]
    law = stats.betabinom(trials, a, b)
    for low, high, nominal in ((0, 3, 0.90), (1, 2, 0.80)):
        below = law.cdf(np.ceil(bounds[low]) - 1)
        above = law.sf(np.floor(bounds[high]))
        edge = 0.5 * (law.pmf(np.ceil(bounds[low])) + law.pmf(np.floor(bounds[high])))
        assert 1 - below - above - edge <= nominal + 0.01
        assert 1 - below - above + edge >= nominal - 0.01


def test_nothing_left_means_nothing_to_come() -> None:
    zero = np.zeros(1)
    assert count_bounds(zero, zero, zero, TAILS).tolist() == [[0.0] * 4]


def test_hardly_anything_to_come_has_both_bounds_on_zero() -> None:
    bounds = count_bounds(np.array([50.0]), np.array([0.01]), np.array([0.01]), TAILS)
    assert bounds.tolist() == [[0.0] * 4]


def test_rate_bounds_are_a_beta_laws() -> None:
    law = stats.beta(8, 50)
    bounds = rate_bounds(np.array([law.mean()]), np.array([law.var()]), (0.05, 0.95))
    np.testing.assert_allclose(bounds[0], law.ppf([0.05, 0.95]), rtol=1e-6)


def test_odd_moments_give_numbers() -> None:
    mean, variance = np.array([0.0, 1.0, 0.5, 0.5]), np.array([0.0, 1.0, 5.0, 0.0])
    assert np.isfinite(rate_bounds(mean, variance, (0.05, 0.95))).all()
    trials = np.array([1.0, 5.0, 2.0, 1e7])
    bounds = count_bounds(trials, np.array([1.0, 5.0, 0.0, 1e6]), np.array([0.0, 1e9, 0.0, 1e13]), TAILS)
    assert np.isfinite(bounds).all()
    assert ((bounds >= 0) & (bounds <= trials[:, None])).all()


def test_few_returns_to_come_are_not_held_too_often() -> None:
    """Averaged over means from one to three, where nothing lies below most lower ends; equal tails hold .95 and .85."""
    held = {0.9: [], 0.8: []}
    for mean in np.linspace(1.0, 3.0, 121):
        law = stats.betabinom(60, mean, 60 - mean)
        bounds = count_bounds(np.array([60.0]), np.array([law.mean()]), np.array([law.var()]), TAILS)[0]
        for level, low, high in ((0.9, 0, 3), (0.8, 1, 2)):
            held[level].append(law.cdf(bounds[high]) - law.cdf(bounds[low] - 1))
        assert bounds[0] <= bounds[1] <= bounds[2] <= bounds[3]
    assert np.mean(held[0.9]) == pytest.approx(0.9, abs=0.025)
    assert np.mean(held[0.8]) == pytest.approx(0.8, abs=0.01)


@pytest.mark.parametrize("level", [0.8, 0.9])
def test_shares_within_are_the_level_where_the_law_is_right(level: float) -> None:
    law = stats.betabinom(12, 0.6, 9.0)
    came = np.arange(13.0)
    rows = [np.full(13, value) for value in (12.0, law.mean(), law.var())]
    shares = count_share_within(*rows, came, level)
    assert float(shares @ law.pmf(came)) == pytest.approx(level, abs=1e-9)
    assert shares[0] == pytest.approx((law.pmf(0) - (1 - level) / 2) / law.pmf(0))
