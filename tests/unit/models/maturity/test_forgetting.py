"""Steady lags are remembered, drifting ones forgotten or carried on; clusters are seen."""

import numpy as np
import pytest

from models.maturity.forgetting import Forgetting, choose_forgetting, follow_trend
from models.maturity.reverse_hazard import Hazards, weekly_triangle

HORIZON = 40


def _triangle(*, drift: float, cluster: int) -> Forgetting:
    random = np.random.default_rng(6)
    count = 12_000
    start = -random.integers(0, 560, count)
    median = 14.0 + drift * (start + 280) / 560
    lag = np.clip(np.rint(np.exp(random.normal(np.log(median), 0.4))), 0, HORIZON).astype(np.int64)
    start, lag = np.repeat(start, cluster), np.repeat(lag, cluster)
    known = start + lag <= 0
    triangle = weekly_triangle(start[known], lag[known], np.ones(known.sum()), horizon=HORIZON, first_start=-559)
    return choose_forgetting(*triangle)


def test_steady_lags_are_not_forgotten_and_drifting_ones_are() -> None:
    assert _triangle(drift=0.0, cluster=1).half_life_weeks == np.inf
    assert _triangle(drift=12.0, cluster=1).half_life_weeks <= 26.0


def test_dispersion_is_the_size_of_clusters() -> None:
    assert _triangle(drift=0.0, cluster=1).dispersion == pytest.approx(1.0, abs=0.15)
    assert _triangle(drift=0.0, cluster=4).dispersion == pytest.approx(4.0, rel=0.15)


def test_without_change_there_is_nothing_to_carry_on_but_doubt() -> None:
    hazards = Hazards(np.full((1, 11), 0.2), np.full((1, 11), 0.001), np.ones((1, 11)), 1.0)
    shift, added = follow_trend(hazards, hazards, 10, 35.0)
    np.testing.assert_allclose(shift, 0.0)
    assert (added[:-1] > 0).all()
    assert added[-1] == 0


def test_hazards_that_rose_at_late_lags_lower_the_developed_share() -> None:
    recent, older = (Hazards(np.full((1, 11), q), np.full((1, 11), 1e-6), np.ones((1, 11)), 1.0) for q in (0.2, 0.18))
    shift, _ = follow_trend(recent, older, 10, 35.0)
    assert (shift[:-1] < 0).all()
    assert shift[-1] == 0
