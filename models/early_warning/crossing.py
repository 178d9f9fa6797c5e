"""How often evidence of a given strength turns up within half a year of weekly looks although nothing happened.

The average ratio of :mod:`models.early_warning.evidence` has mean 1 at each look under "no rise", so Doob's inequality
bounds the chance that it ever reaches x by about 1 / x (2 / x where a rise may have begun before the first look). That
bound is loose: small units hardly ever reach x at all, large ones overshoot it. The chance itself is found by
importance sampling (Siegmund 1976): paths are drawn **with** a rise of random start and size, where crossing is
common, and each counts with one over its likelihood ratio at the moment of crossing. It depends on the unit's volume,
on how much is known of its own rate, and on whether cohorts before the first look are watched too; a table by these
is stored (``data/crossings.csv``, made by ``python -m benchmarks.warning_worlds.crossings``) and read off between.

A chance read off here is valid at any look: it is that of the largest evidence of the last 26 looks, so a unit that
stays flagged needs no further adjustment for the running maximum.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from models.early_warning import evidence

LOOKS = 26
LAG_SHARES = np.array([0.05, 0.25, 0.30, 0.20, 0.10, 0.06, 0.04])
"""Share of a cohort's returns that become known in its first, second, ... week; the chance hardly depends on it."""
LEAD_WEEKS = 2.0
"""Weeks of sales that lie in lags: a window of 26 weeks holds about 24 weeks' returns."""
VOLUMES = np.array([0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 204.8])
"""Returns expected a week."""
SHAPES = np.array([1.0, 3.0, 10.0, 30.0, 300.0])
STRENGTHS = np.arange(0.0, 18.01, 0.5)
"""Logarithms of the evidence."""
TABLE = Path(__file__).parent / "data" / "crossings.csv"


@dataclass(frozen=True)
class Design:
    """What the null law of the largest evidence depends on.

    Attributes:
        volume: returns expected a week.
        shape: the ``a`` of the prior on the unit's own rate; infinity where it is known.
        before: cohort weeks before the first look.
        sizes: (sizes,) rises that the evidence looks for.
        size_weights: (sizes,).
        starts_only: True where a rise can only have been there from the first cohort on (lots).
    """

    volume: float
    shape: float
    before: int = 0
    sizes: tuple[float, ...] = tuple(evidence.SIZES)
    size_weights: tuple[float, ...] = tuple(evidence.SIZE_WEIGHTS)
    starts_only: bool = False


def crossing_chances(design: Design, paths: int, seed: int) -> np.ndarray:
    """Chance that the evidence reaches each of ``STRENGTHS`` in 26 looks although nothing happened.

    Args:
        design: volume, prior and history.
        paths: simulated paths.
        seed: of the random numbers.

    Returns:
        (strengths,) not rising.
    """
    draws = np.random.default_rng(seed)
    weeks = design.before + LOOKS
    sizes, weights = np.array(design.sizes), np.array(design.size_weights)
    starts = np.zeros(paths, dtype=int) if design.starts_only else draws.integers(0, weeks, paths)
    size = draws.choice(sizes, paths, p=weights)
    theta = np.ones(paths) if np.isinf(design.shape) else draws.gamma(design.shape, 1 / design.shape, paths)
    lift = np.where(np.arange(weeks) >= starts[:, None], size[:, None], 1.0)
    rates = design.volume * theta[:, None, None] * lift[:, :, None] * LAG_SHARES
    counts = draws.poisson(rates)
    strength = np.full((paths, LOOKS), -np.inf)
    likelihood = np.zeros((paths, LOOKS))
    for look in range(LOOKS):
        strength[:, look], likelihood[:, look] = _at_look(design, counts, design.before + look, sizes, weights)
    return _weighted_crossings(strength, likelihood)


def _at_look(
    design: Design, counts: np.ndarray, now: int, sizes: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Evidence and likelihood ratio of the paths' whole law against "no rise" at one look; (paths,) each."""
    paths, weeks, _ = counts.shape
    ages = now - np.arange(now + 1)
    known = np.arange(LAG_SHARES.size)[None, :] <= ages[:, None]
    returned = (counts[:, : now + 1] * known).sum(-1)
    expected = np.broadcast_to(design.volume * (LAG_SHARES * known).sum(-1), returned.shape)
    shape = np.full(paths, design.shape)
    ratios = evidence.log_ratios(returned, expected, shape, np.zeros(paths), np.zeros(paths), sizes)
    if design.starts_only:
        first = np.zeros(now + 1)
        first[0] = 1.0
        both = evidence.log_mean(ratios, np.broadcast_to(first, returned.shape), weights)
        return both, both
    in_window = np.where(np.arange(now + 1) > now - evidence.WINDOW, 1 / evidence.WINDOW, 0.0)
    seen = evidence.log_mean(ratios, np.broadcast_to(in_window, returned.shape), weights)
    all_past = evidence.log_mean(ratios, np.full(returned.shape, 1 / weeks), weights)
    return seen, np.logaddexp(all_past, np.log(max(weeks - now - 1, 1e-300) / weeks))


def _weighted_crossings(strength: np.ndarray, likelihood: np.ndarray) -> np.ndarray:
    """Mean over paths of one over the likelihood ratio at the first look that reaches each strength."""
    highest = np.maximum.accumulate(strength, axis=1)
    chances = np.zeros(STRENGTHS.size)
    for place, level in enumerate(STRENGTHS):
        crossed = highest[:, -1] >= level
        first = np.argmax(highest >= level, axis=1)
        chances[place] = np.exp(-likelihood[crossed, first[crossed]]).sum() / len(strength)
    return np.minimum.accumulate(np.minimum(chances, 1.0))


@cache
def stored() -> dict[str, np.ndarray]:
    """The stored tables of logarithms of chances, (volumes, shapes, strengths) each.

    Returns:
        By ``fresh`` (no cohorts before the first look), ``running`` (26 weeks before it), ``start`` (a rise from the
        first cohort on).
    """
    frame = pl.read_csv(TABLE)
    sides = (VOLUMES.size, SHAPES.size, STRENGTHS.size)
    return {
        str(law): frame.filter(pl.col("law") == law)
        .sort("volume", "shape", "strength")["log_chance"]
        .to_numpy()
        .reshape(sides)
        for law in ("fresh", "running", "start")
    }


def log_chance(
    table: np.ndarray, strength: np.ndarray, volume: np.ndarray, shape: np.ndarray | None = None
) -> np.ndarray:
    """Logarithm of the chance of evidence this strong, read off a table.

    Args:
        table: (volumes, shapes, strengths), or (volumes, strengths) where ``shape`` is None.
        strength: (units,) logarithm of the largest evidence.
        volume: (units,) returns expected a week, after dispersion.
        shape: (units,) of the prior on the unit's rate.

    Returns:
        (units,) at most 0. Beyond the table's last strength it falls by 1 per unit, as Doob's bound does.
    """
    shapes = SHAPES if shape is not None else np.array([np.inf])
    cube = table if shape is not None else table[:, None, :]
    left_v, part_v = _between(np.log(VOLUMES), np.log(np.maximum(volume, 1e-9)))
    left_a, part_a = (
        _between(np.log(shapes), np.log(np.maximum(shape, 1e-9)))
        if shape is not None
        else (np.zeros(len(strength), dtype=int), np.zeros(len(strength)))
    )
    left_s, part_s = _between(STRENGTHS, strength)
    found = np.zeros(len(strength))
    for dv in (0, 1):
        for da in (0, 1) if shape is not None else (0,):
            weight = np.where(dv, part_v, 1 - part_v) * np.where(da, part_a, 1 - part_a)
            here = cube[left_v + dv, left_a + da]
            rows = np.arange(len(strength))
            found += weight * ((1 - part_s) * here[rows, left_s] + part_s * here[rows, left_s + 1])
    beyond = np.maximum(strength - STRENGTHS[-1], 0.0)
    return np.where(strength <= STRENGTHS[0], 0.0, np.minimum(found - beyond, 0.0))


def _between(grid: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Left neighbour on the grid and the part of the way to the next one, within the grid."""
    inside = np.clip(values, grid[0], grid[-1])
    left = np.clip(np.searchsorted(grid, inside, side="right") - 1, 0, grid.size - 2)
    return left, (inside - grid[left]) / (grid[left + 1] - grid[left])
