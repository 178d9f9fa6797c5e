"""Shops with drifting true rates and a season, in the plain kind and in harsher ones.

What is made of their returns belongs in :mod:`benchmarks.maturity_worlds.rules`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.maturity.level import Law

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

HORIZON = 45
FIRST_MONDAY = dt.date(2025, 1, 6)
BASE_RATE = 0.18


@dataclass(frozen=True)
class World:
    """What a kind of shop is like.

    Attributes:
        name: as it is printed.
        lines: a week.
        weeks: of history.
        drift: standard deviation of a random walk's step a week, of the logit of the true rate.
        season: amplitude of a yearly wave of the logit.
        wobble: relative standard deviation of a week's own true rate.
        clustered: whether customers buy several lines, share a propensity and return together.
        peaks: one or two peaks of lags.
        drifting_lags: days by which the median lag grows over the history.
        missing: share of lines whose delivery is not known.
    """

    name: str
    lines: float
    weeks: int = 80
    drift: float = 0.02
    season: float = 0.15
    wobble: float = 0.0
    clustered: bool = False
    peaks: int = 1
    drifting_lags: float = 0.0
    missing: float = 0.0


WORLDS = {
    world.name: world
    for world in (
        World("200", 200),
        World("2000", 2000),
        World("shop300", 300 / 52, weeks=52),
        World("quiet300", 300 / 52, weeks=52, drift=0.0, season=0.0),
        World("200 over-dispersed", 200, wobble=0.15),
        World("2000 over-dispersed", 2000, wobble=0.15),
        World("200 clustered", 200, clustered=True),
        World("2000 clustered", 2000, clustered=True),
        World("shop300 clustered", 300 / 52, weeks=52, clustered=True),
        World("200 two peaks", 200, peaks=2),
        World("2000 two peaks", 2000, peaks=2),
        World("200 drifting lags", 200, drifting_lags=8.0),
        World("2000 drifting lags", 2000, drifting_lags=8.0),
        World("200 missing deliveries", 200, missing=0.4),
        World("2000 missing deliveries", 2000, missing=0.4),
    )
}


@dataclass(frozen=True)
class Shop:
    """One made-up shop.

    Attributes:
        world: its kind.
        week: number of the order week of every line.
        start: day of the known start, counted from the first Monday.
        lag: days from the known start to the return.
        comes_back: whether a line is returned in the end.
        true_rate: by week.
    """

    world: World
    week: Integers
    start: Integers
    lag: Integers
    comes_back: NDArray[np.bool_]
    true_rate: Floats


def _lags(world: World, week: Integers, random: np.random.Generator) -> Integers:
    centre = 11.0 + world.drifting_lags * (week / world.weeks - 0.5)
    days = 3.0 + np.exp(random.normal(np.log(centre), 0.5))
    if world.peaks == 2:
        late = random.random(len(week)) < 0.4
        days = np.where(
            late, random.normal(32.0, 3.0, len(week)), 2.0 + np.exp(random.normal(np.log(6.0), 0.4, len(week)))
        )
    return np.clip(np.rint(days), 0, HORIZON).astype(np.int64)


def make_shop(world: World, seed: int) -> Shop:
    """Make one shop; the same seed makes the same shop."""
    random = np.random.default_rng([seed, sum(map(ord, world.name))])
    weeks = np.arange(world.weeks)
    wave = world.season * np.sin(2 * np.pi * (weeks / 52.18 + random.random()))
    walk = np.cumsum(random.normal(0.0, world.drift, world.weeks)) if world.drift else np.zeros(world.weeks)
    logit = np.log(BASE_RATE / (1 - BASE_RATE)) + wave + walk - walk.mean() * 0.5
    rate = 1.0 / (1.0 + np.exp(-logit))
    if world.wobble:
        rate = np.clip(rate * random.gamma(world.wobble**-2, world.wobble**2, world.weeks), 0.0, 0.95)
    lines = random.poisson(world.lines, world.weeks)
    week = np.repeat(weeks, lines)
    day = random.integers(0, 7, len(week))
    lag = _lags(world, week, random)
    if world.clustered:
        # Runs of one to eight lines of a week belong to one customer, who returns most of them or none.
        customer = np.cumsum(random.random(len(week)) < 1 / 3) + 10**6 * week
        _, first, customer = np.unique(customer, return_index=True, return_inverse=True)
        own = rate[week[first]]
        propensity = random.beta(own * 1.0, (1 - own) * 1.0)
        comes_back = random.random(len(week)) < propensity[customer]
        day, lag = day[first][customer], lag[first][customer]
    else:
        comes_back = random.random(len(week)) < rate[week]
    start = 7 * week + day
    if world.missing:
        # The true delivery is off by what the parcel took more or less than the carrier's median.
        off = np.where(random.random(len(week)) < world.missing, np.rint(random.normal(0.0, 2.5, len(week))), 0.0)
        lag = np.maximum(lag + off.astype(np.int64), 0)
    return Shop(world, week, start, lag, comes_back, rate)


def frames(
    shop: Shop, today: int, *, window_class: NDArray[np.str_] | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The shop as it was known on a day.

    Args:
        shop: made before.
        today: last known day, counted from the first Monday.
        window_class: of every line, where lines are to have curves of their own.

    Returns:
        Sold and returned.
    """
    sold_by = shop.start <= today
    known = sold_by & shop.comes_back & (shop.start + shop.lag <= today)
    first = FIRST_MONDAY.toordinal() - dt.date(1970, 1, 1).toordinal()

    def table(chosen: NDArray[np.bool_]) -> pl.DataFrame:
        count = int(chosen.sum())
        return pl.DataFrame(
            {
                "window_class": pl.repeat("45 days", count, eager=True)
                if window_class is None
                else pl.Series(window_class[chosen].tolist(), dtype=pl.String),
                "category": pl.repeat("none", count, eager=True),
                "horizon_days": pl.repeat(HORIZON, count, dtype=pl.Int64, eager=True),
                "order_week": pl.Series((first + 7 * shop.week[chosen]).astype(np.int32)).cast(pl.Date),
                "start_date": pl.Series((first + shop.start[chosen]).astype(np.int32)).cast(pl.Date),
                "lag_days": pl.Series(shop.lag[chosen], dtype=pl.Int64),
                "reason_class": pl.repeat("unmapped", count, eager=True),
                "quantity": pl.Series(np.ones(count, dtype=np.int64)),
            }
        )

    return table(sold_by).drop("lag_days", "reason_class"), table(known)


def true_curves(world: World) -> Floats:
    """True developed share by week and age in days, from the law of the lags itself."""
    random = np.random.default_rng(99)
    marks = np.arange(world.weeks) if world.drifting_lags else np.zeros(1, dtype=np.int64)
    curves = []
    for mark in marks:
        lag = _lags(world, np.full(200_000, mark), random)
        if world.missing:
            missing = random.random(len(lag)) < world.missing
            lag = np.maximum(lag + np.where(missing, np.rint(random.normal(0.0, 2.5, len(lag))), 0.0), 0).astype(
                np.int64
            )
        lag = np.minimum(lag, HORIZON)
        curves.append(np.cumsum(np.bincount(lag, minlength=HORIZON + 1)) / len(lag))
    return np.array(curves)


def true_law(world: World) -> Law:
    """The law of the true levels, relative to the base rate."""
    slope = 1.0 - BASE_RATE
    return Law(
        drift=slope * world.drift, season=slope * world.season / 2**0.5, wobble=world.wobble, swing=0.0, cluster=0.0
    )


def true_dispersion(world: World) -> float:
    """Mean square over mean of what customers return together, 1 where lines are returned one by one."""
    if not world.clustered:
        return 1.0
    random = np.random.default_rng(98)
    sizes = random.geometric(1 / 3, 400_000)
    together = random.binomial(sizes, random.beta(BASE_RATE, 1 - BASE_RATE, len(sizes)))
    return float((together.astype(float) ** 2).sum() / together.sum())
