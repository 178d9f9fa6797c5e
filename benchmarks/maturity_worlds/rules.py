"""The rules that are compared: the house's, three of the books', and one that knows the truth's law."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.maturity_worlds.worlds import (
    FIRST_MONDAY,
    HORIZON,
    Shop,
    frames,
    true_curves,
    true_dispersion,
    true_law,
)
from models.maturity import Curves, SharedPrior, learn_curves, project

Floats = NDArray[np.float64]
ALL = pl.col("reason_class") == "all"


@dataclass(frozen=True)
class Truth:
    """What a rule may know that knows the law: curves, levels' law, dispersion."""

    curves: Floats
    dispersion: float


def truth_of(shop: Shop) -> Truth:
    """Work out the law once a kind of shop."""
    return Truth(true_curves(shop.world), true_dispersion(shop.world))


def _day(number: int) -> dt.date:
    return FIRST_MONDAY + dt.timedelta(days=number)


def house(shop: Shop, today: int) -> tuple[pl.DataFrame, Curves]:
    """Project with what the house ships, as known on a day."""
    sold, returned = frames(shop, today)
    curves = learn_curves(sold, returned, known_from=None, known_through=_day(today))
    return project(sold, returned, curves, by_reason=False).filter(ALL), curves


def knowing(shop: Shop, today: int, truth: Truth) -> pl.DataFrame:
    """Project with true curves, the true law of the levels and the true dispersion."""
    many = len(truth.curves) > 1
    window = np.char.add("week ", shop.week.astype(str)) if many else np.full(len(shop.week), "week 0")
    sold, returned = frames(shop, today, window_class=window)
    names = [f"week {number}" for number in range(len(truth.curves))]
    cells = pl.DataFrame(
        {
            "window_class": ["*", *names],
            "category": ["*"] * (len(names) + 1),
            "reason_class": ["all"] * (len(names) + 1),
            "horizon_days": [HORIZON] * (len(names) + 1),
            "credibility": [1.0] * (len(names) + 1),
            "basis": ["own"] * (len(names) + 1),
        }
    )
    share = np.concatenate([truth.curves[:1], truth.curves])
    nothing = np.zeros_like(share)
    curves = Curves(
        cells, share, nothing, nothing, nothing, truth.dispersion, np.inf, None, _day(today), SharedPrior((), (), 0, 0)
    )
    return project(sold, returned, curves, by_reason=False, laws=[true_law(shop.world)]).filter(ALL)


def books(shop: Shop, today: int) -> dict[str, Floats]:
    """Chain-ladder, Bornhuetter-Ferguson with a constant prior, and the mean of the last 8 matured weeks.

    Args:
        shop: made before.
        today: last known day.

    Returns:
        Final rate by week, a rule.
    """
    weeks = shop.world.weeks
    started = shop.start <= today
    age = today - shop.start
    known = started & shop.comes_back & (shop.start + shop.lag <= today)
    lag = np.minimum(shop.lag, HORIZON)
    on_day = np.bincount(lag[known], minlength=HORIZON + 1)[: HORIZON + 1].astype(float)
    up_to = np.array([(known & (lag <= day) & (age >= day)).sum() for day in range(HORIZON + 1)], dtype=float)
    steps = 1.0 - np.divide(on_day, up_to, out=np.zeros_like(on_day), where=up_to > 0)
    share = np.concatenate([np.cumprod(steps[:0:-1])[::-1], [1.0]])
    seen = np.where(started, share[np.clip(age, 0, HORIZON)], 0.0)
    size = np.bincount(shop.week[started], minlength=weeks).astype(float)
    returned = np.bincount(shop.week[known], minlength=weeks).astype(float)
    shown = np.bincount(shop.week[started], weights=seen[started], minlength=weeks)
    pooled = returned.sum() / max(shown.sum(), 1e-9)
    safe = np.maximum(size, 1.0)
    ladder = np.minimum(np.divide(returned, shown, out=np.full(weeks, pooled), where=shown > 1e-9), 1.0)
    mature = np.flatnonzero((7 * np.arange(weeks) + 6 + HORIZON <= today) & (size > 0))[-8:]
    recent = returned[mature].sum() / max(size[mature].sum(), 1.0)
    return {
        "chain-ladder": ladder,
        "Bornhuetter-Ferguson": (returned + pooled * (size - shown)) / safe,
        "last 8 matured": np.full(weeks, recent),
    }
