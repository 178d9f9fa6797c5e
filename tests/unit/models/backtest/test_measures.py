"""Measures agree with what they are defined as, and say nothing of nothing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from models.backtest import measures


def test_correlations_are_those_of_the_books() -> None:
    """Ties take their mean rank."""
    random = np.random.default_rng(3)
    first = random.integers(0, 9, 80).astype(float)
    second = first + random.normal(0, 3, 80).round()
    assert measures.spearman(first, second) == pytest.approx(stats.spearmanr(first, second).statistic)
    assert measures.pearson(first, second) == pytest.approx(stats.pearsonr(first, second).statistic)


def test_no_correlation_of_what_does_not_vary() -> None:
    """A flat score, or two units, correlate with nothing."""
    assert measures.spearman(np.ones(5), np.arange(5.0)) is None
    assert measures.pearson(np.array([1.0, 2.0]), np.array([1.0, 2.0])) is None
    assert measures.correlation_interval(None, 0) == (None, None)


def test_worst_decile_is_found_in_part_where_units_tie() -> None:
    """Twenty units, the two worst are looked for; one is said, and the other ties with nine."""
    later = np.arange(20.0)
    assert measures.share_of_worst_found(later, later) == 1.0
    assert measures.share_of_worst_found(-later, later) == 0.0
    said = np.zeros(20)
    said[19], said[10:19] = 2.0, 1.0
    assert measures.share_of_worst_found(said, later) == pytest.approx((1 + 1 / 9) / 2)
    assert measures.share_of_worst_found(later, np.zeros(20)) is None


def test_band_holds_the_nominal_level_of_fair_intervals() -> None:
    """Of 1,000 fair intervals the band holds 0.9; of none there is no band."""
    low, high = measures.coverage_band(0.893, 1000)
    assert low is not None
    assert high is not None
    assert 0.86 < low < 0.9 < high < 0.92
    assert measures.coverage_band(0.0, 0) == (None, None)


def test_interval_score_punishes_what_misses() -> None:
    """Width alone where the truth lies inside, twenty times the miss where not, at 90 %."""
    ones = np.ones(2)
    scores = measures.interval_score(0 * ones, ones, np.array([0.5, 1.1]), 0.9)
    assert scores == pytest.approx([1.0, 3.0])


def test_upper_bound_is_exact() -> None:
    """No event in 29 tries: at most 0.098 at 95 %."""
    assert measures.upper_bound_of_share(0, 29) == pytest.approx(1 - 0.05 ** (1 / 29))
    assert measures.upper_bound_of_share(3, 3) == 1.0
    assert measures.upper_bound_of_share(0, 0) is None
