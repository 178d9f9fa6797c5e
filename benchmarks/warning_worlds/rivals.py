"""Watchers to compare with: one that knows base rates and size, and the plain rules that were tried before.

Belongs here: who would flag what at which look. Not here: drawing shops (``worlds``), scoring (``scoring``).
"""

from __future__ import annotations

from functools import cache

import numpy as np

from benchmarks.warning_worlds.worlds import LONGEST_WEEKS, Drawn, World, lag_weeks
from models.early_warning import control, crossing, evidence

ORACLE_PATHS = 10_000


@cache
def known_share(world: World) -> np.ndarray:
    """(weeks, weeks) share of a cohort's returns (rows) known by the end of a week (columns), as the world has it."""
    weeks = world.history + world.weeks
    draws = np.random.default_rng(1)
    shares = np.zeros((weeks, weeks))
    for cohort in range(weeks):
        known = cohort + lag_weeks(world, draws, np.full(20_000, cohort))
        for stop in world.late:
            known = np.where(known == world.history + stop, known + 1, known)
        known = np.minimum(known, cohort + LONGEST_WEEKS)
        shares[cohort] = (known[:, None] <= np.arange(weeks)).mean(0)
    return shares


@cache
def oracle_table(size: float, before: int) -> np.ndarray:
    """(volumes, strengths) logarithms of crossing chances of one who knows base rate and size."""
    rows = []
    for volume in crossing.VOLUMES:
        design = crossing.Design(float(volume), np.inf, before, sizes=(size,), size_weights=(1.0,))
        with np.errstate(divide="ignore"):
            rows.append(np.maximum(np.log(crossing.crossing_chances(design, ORACLE_PATHS, seed=3)), -40.0))
    return np.array(rows)


def oracle(drawn: Drawn) -> np.ndarray:
    """(looks, skus) adjusted chances of one who knows each SKU's usual rate, the shop's level, lags and the size.

    It does not know who rises nor when; the same mixture over starts, the same calibration and the same control.
    """
    world = drawn.world
    table = oracle_table(world.size or 2.0, min(world.history, evidence.WINDOW - 1))
    shares = known_share(world)
    so_far = np.cumsum(drawn.returned_known, 2)
    final = drawn.lines * drawn.true_rate
    lowest = np.zeros(world.skus)
    made = np.ones((world.weeks, world.skus))
    for turn in range(world.weeks):
        now = world.history + turn
        cohorts = np.arange(max(now - evidence.WINDOW + 1, 0), now + 1)
        returned = so_far[:, cohorts, np.minimum(now - cohorts, LONGEST_WEEKS)]
        expected = final[:, cohorts] * shares[cohorts, now]
        nothing = np.zeros(world.skus)
        size = np.array([world.size or 2.0])
        ratios = evidence.log_ratios(
            returned.astype(float), expected, np.full(world.skus, np.inf), nothing, nothing, size
        )
        starts = np.full(returned.shape, 1 / evidence.WINDOW)
        strength = evidence.log_mean(ratios, starts, np.ones(1))
        volume = expected.sum(1) / max(cohorts.size - crossing.LEAD_WEEKS, 1.0)
        lowest = np.minimum(lowest, crossing.log_chance(table, strength, volume))
        made[turn] = control.adjusted(lowest, control.weights(expected.sum(1)))
    return made


def _own_known(drawn: Drawn) -> tuple[np.ndarray, np.ndarray]:
    """(looks, skus) returns known by each look, and what the category's level makes of the SKU's lines."""
    world = drawn.world
    weeks = world.history + world.weeks
    so_far = np.cumsum(drawn.returned_known, 2)
    member = np.eye(world.categories)[drawn.category]
    lines = member.T @ drawn.lines
    returned, expected = np.zeros((weeks, world.skus)), np.zeros((weeks, world.skus))
    for now in range(weeks):
        cohorts = np.arange(now + 1)
        known = so_far[:, cohorts, np.minimum(now - cohorts, LONGEST_WEEKS)]
        rate = (member.T @ known) / np.maximum(lines[:, cohorts], 1)
        returned[now] = known.sum(1)
        expected[now] = (drawn.lines[:, cohorts] * rate[drawn.category]).sum(1)
    return returned[world.history :], expected[world.history :]


def repeated_benjamini_hochberg(drawn: Drawn) -> np.ndarray:
    """(looks, skus) adjusted chances of the last four weeks' returns against the category's level, look by look.

    Each look stands alone: nothing pays for looking every week.
    """
    from scipy import stats

    returned, expected = _own_known(drawn)
    made = np.ones(returned.shape)
    even = np.full(drawn.world.skus, 1 / drawn.world.skus)
    for turn in range(len(returned)):
        before = turn - 4
        count = returned[turn] - (returned[before] if before >= 0 else 0)
        mean = expected[turn] - (expected[before] if before >= 0 else 0)
        chance = stats.poisson.sf(count - 1, np.maximum(mean, 1e-9))
        made[turn] = control.adjusted(np.log(np.maximum(chance, 1e-300)), even)
    return made


def plain_e_process(strength: np.ndarray) -> np.ndarray:
    """(looks, skus) adjusted values of e-BH over the evidence of each look as it stands, uncalibrated.

    Args:
        strength: (looks, skus) logarithm of the evidence.
    """
    even = np.full(strength.shape[1], 1 / strength.shape[1])
    return np.stack([control.adjusted(-np.maximum(now, 0.0), even) for now in strength])
