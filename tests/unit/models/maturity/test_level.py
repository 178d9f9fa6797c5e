"""Weekly levels agree with a Kalman filter and know how much they drift."""

import numpy as np
import pytest

from models.maturity.level import Law, WeekEvidence, candidate_laws, learn_level


def _evidence(level: np.ndarray, expected: float, seen: np.ndarray, seed: int, doubt: float = 0.0) -> WeekEvidence:
    weeks = len(level)
    returned = np.random.default_rng(seed).poisson(level * expected * seen).astype(float)
    variance = np.where(seen < 1, doubt, 0.0)
    return WeekEvidence(
        np.arange(weeks, dtype=float), np.full(weeks, expected), seen, variance, returned, np.full(weeks, 0.2)
    )


def test_a_steady_level_is_known_better_than_a_drifting_one() -> None:
    weeks = 60
    steps = np.random.default_rng(1).normal(0, 0.1, weeks)
    laws = candidate_laws(weeks=weeks, fine=True)

    def doubt(level: np.ndarray) -> float:
        learned = learn_level(_evidence(level, 600.0, np.ones(weeks), 2), dispersion=1.0, laws=laws)
        return float(learned.mean(np.eye(weeks)[-1:])[1][0])

    assert doubt(np.exp(np.cumsum(steps))) > 2 * doubt(np.ones(weeks))


def test_a_fixed_law_agrees_with_a_kalman_filter() -> None:
    weeks, noise = 30, 0.05**2
    observed = 1 + np.cumsum(np.random.default_rng(3).normal(0, 0.03, weeks))
    expected = np.full(weeks, 1 / noise)
    evidence = WeekEvidence(
        np.arange(weeks, dtype=float), expected, np.ones(weeks), np.zeros(weeks), observed * expected, np.zeros(weeks)
    )
    learned = learn_level(evidence, dispersion=1.0, laws=[Law(drift=0.03)])
    near = np.maximum(0.0, 1.0 - np.abs(np.subtract.outer(np.arange(weeks), np.arange(weeks))) / 9.0)
    size = (near @ evidence.returned + 3) / (near @ expected + 3) * noise
    mean, variance = 1.0, 2.0
    for week in range(weeks):
        variance += 0.03**2 if week else 0.0
        gain = variance / (variance + size[week])
        mean, variance = mean + gain * (observed[week] - mean), (1 - gain) * variance
    got = learned.mean(np.eye(weeks)[-1:])
    assert got[0][0] == pytest.approx(mean, abs=1e-6)
    assert got[1][0] == pytest.approx(variance, rel=1e-3)


def test_what_the_curve_leaves_unsure_widens_what_is_to_come() -> None:
    seen = np.ones(40)
    seen[-3:] = (0.7, 0.4, 0.1)
    laws = [Law(drift=0.02)]

    def doubt(curve: float) -> float:
        evidence = _evidence(np.ones(40), 400.0, seen, 4, curve)
        learned = learn_level(evidence, dispersion=1.0, laws=laws)
        last = np.zeros((1, 40))
        last[0, -2] = 1.0
        return float(learned.remaining(last * 240.0, last * 160.0)[1][0])

    assert doubt(0.04) > 1.5 * doubt(0.0)


def test_a_week_that_has_shown_nothing_takes_the_level_of_the_others() -> None:
    seen = np.ones(20)
    seen[-1] = 0.0
    learned = learn_level(_evidence(np.full(20, 1.3), 500.0, seen, 5), dispersion=1.0, laws=[Law()])
    assert learned.mean(np.eye(20)[-1:])[0][0] == pytest.approx(1.3, abs=0.05)
