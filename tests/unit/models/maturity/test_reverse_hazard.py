"""Counts of lags are those of a loop, and cells are pulled to their parents."""

import numpy as np
import pytest

from models.maturity.reverse_hazard import (
    LagCounts,
    count_lags,
    pull,
    shrink,
)

HORIZON = 40


def _returns(seed: int, count: int = 3000) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    age = random.integers(0, 120, count)
    lag = np.clip(np.rint(random.gamma(4.0, 4.0, count)), 0, HORIZON).astype(np.int64)
    return age[lag <= age], lag[lag <= age]


def _counted(age: np.ndarray, lag: np.ndarray, half_life_days: float = np.inf) -> LagCounts:
    nothing = np.zeros_like(age)
    return count_lags(nothing, -age, lag, age, np.ones(len(age)), shape=(1, HORIZON + 1), half_life_days=half_life_days)


@pytest.mark.parametrize("half_life_days", [np.inf, 30.0])
def test_counts_are_those_of_a_loop_over_returns(half_life_days: float) -> None:
    age, lag = _returns(1, 400)
    counts = _counted(age, lag, half_life_days)
    for day in range(HORIZON + 1):
        weight = 0.5 ** ((age - day) / half_life_days)
        standing = (lag <= day) & (age >= day)
        assert counts.on_day[0, day] == pytest.approx(weight[lag == day].sum())
        assert counts.up_to_day[0, day] == pytest.approx(weight[standing].sum())
        if standing.any():
            effective = weight[standing].sum() ** 2 / (weight[standing] ** 2).sum()
            assert counts.effective[0, day] == pytest.approx(effective)


def test_alike_cells_are_pulled_together_and_unlike_ones_are_not() -> None:
    random = np.random.default_rng(4)
    parent = np.full((1, 11), 0.3)

    def strength(truth: np.ndarray) -> float:
        up_to = np.full((40, 11), 200.0)
        on_day = random.binomial(200, np.broadcast_to(truth, (40, 11))).astype(float)
        return shrink(LagCounts(on_day, up_to, up_to), parent, np.zeros((1, 11)), dispersion=1.0).strength

    assert strength(np.full((40, 1), 0.3)) > 5 * strength(random.uniform(0.15, 0.45, (40, 1)))


def test_a_cell_without_returns_is_its_parent() -> None:
    nothing = np.zeros((1, 5))
    hazards = pull(LagCounts(nothing, nothing, nothing), np.full((1, 5), 0.2), nothing, dispersion=1.0, strength=9.0)
    np.testing.assert_allclose(hazards.share, 0.2)
    assert (hazards.weight == 0).all()
