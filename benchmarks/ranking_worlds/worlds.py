"""Shops with known true rates: volumes of methods.md section 12, lags on, priors that no single Beta fits.

Belongs here: drawing. Not here: the rule that knows the law (``oracle``), scoring (``judge``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Generator = np.random.Generator
HORIZON = 60
KNOWN_THROUGH = date(2025, 6, 30)
CLASSES = ("defective", "not_as_described", "changed_mind")
"""Reasons; each return draws one, a unit that is above its like's mean more often the first."""


@dataclass(frozen=True)
class Law:
    """A law of true rates.

    Attributes:
        draw: rates from a generator and a number of units.
        density: relative density at rates, for the rule that knows it.
        mean: of the law.
    """

    draw: Callable[[Generator, int], Floats]
    density: Callable[[Floats], Floats]
    mean: float


@dataclass(frozen=True)
class World:
    """One made-up shop.

    Attributes:
        name: of the variant.
        laws: one for each category.
        units: number of products.
        exponent: of the Pareto law of volumes.
        cluster: mean number of units bought and sent back together; 1 is independent.
        shock: variance of a unit's weekly rate over p (1 - p); 0 is steady.
        two_peaks: lags with two peaks instead of one.
        largest: cap of a unit's volume.
    """

    name: str
    laws: tuple[Law, ...]
    units: int = 5_000
    exponent: float = 1.1
    cluster: float = 1.0
    shock: float = 0.0
    two_peaks: bool = False
    largest: int = 5_000
    weeks: int = 40


@dataclass(frozen=True)
class Shop:
    """What was drawn: truth by unit, and counts by unit and week of order.

    Attributes:
        world: what it was drawn from.
        rate: true rate of each unit.
        category: number of each unit's category.
        bought, came_back: orders (of ``cluster`` units each on average) and those known to be back; (units, weeks).
        sold, returned: units of goods in them.
        developed: share of returns known by now, by week.
    """

    world: World
    rate: Floats
    category: NDArray[np.int64]
    bought: NDArray[np.int64]
    came_back: NDArray[np.int64]
    sold: NDArray[np.int64]
    returned: NDArray[np.int64]
    developed: Floats

    def start_dates(self) -> list[date]:
        """Monday on which each week's goods arrive."""
        last = date(2025, 6, 30) - timedelta(days=7)
        return [last - timedelta(weeks=self.world.weeks - 1 - week) for week in range(self.world.weeks)]


class KnownCurve:
    """The true developed share by start date, as if a curve had been learned without error."""

    def __init__(self, shop: Shop) -> None:
        self._by_date = dict(zip(shop.start_dates(), shop.developed.tolist(), strict=True))

    def developed(self, frame: pl.DataFrame) -> pl.Series:
        """Share for each row's start date."""
        return frame["start_date"].replace_strict(self._by_date, return_dtype=pl.Float64)


def beta_law(first: float, second: float) -> Law:
    """Beta(first, second)."""
    from scipy.stats import beta

    return Law(
        lambda generator, number: generator.beta(first, second, number),
        lambda rates: beta.pdf(rates, first, second),
        first / (first + second),
    )


def log_normal_law(median: float, spread: float, most: float = 0.9) -> Law:
    """Log-normal, cut at ``most``: a tail that a Beta of the same mean and variance has not."""
    from scipy.stats import lognorm

    law = lognorm(spread, scale=median)
    grid = (np.arange(200_000) + 0.5) / 200_000 * law.cdf(most)
    mean = float(law.ppf(grid).mean())
    share = float(law.cdf(most))
    return Law(
        lambda generator, number: law.ppf(generator.random(number) * share),
        lambda rates: np.where(rates < most, law.pdf(rates), 0.0),
        mean,
    )


def two_peak_law(share: float, low: tuple[float, float], high: tuple[float, float]) -> Law:
    """A share of units about a high rate, the others about a low one."""
    below, above = beta_law(*low), beta_law(*high)

    def draw(generator: Generator, number: int) -> Floats:
        is_high = generator.random(number) < share
        return np.where(is_high, above.draw(generator, number), below.draw(generator, number))

    return Law(
        draw,
        lambda rates: share * above.density(rates) + (1.0 - share) * below.density(rates),
        share * above.mean + (1.0 - share) * below.mean,
    )


BETA = beta_law(4.0, 22.0)
LOG_NORMAL = log_normal_law(0.13, 0.6)
TWO_PEAKS = two_peak_law(0.08, (12.0, 88.0), (35.0, 65.0))
TEN = tuple(
    beta_law(mean * size, (1.0 - mean) * size)
    for mean, size in zip(
        (0.04, 0.06, 0.08, 0.1, 0.12, 0.15, 0.18, 0.22, 0.3, 0.4), (40, 60, 30, 25, 40, 20, 30, 50, 25, 40), strict=True
    )
)

BASE_WORLDS = (
    World("beta", (BETA,)),
    World("log-normal", (LOG_NORMAL,)),
    World("two peaks", (TWO_PEAKS,)),
    World("ten categories", TEN),
)
HARSH_WORLDS = (
    World("clustered", (BETA,), cluster=2.5),
    World("weekly shocks", (BETA,), shock=0.04),
    World("two-peaked lags", (LOG_NORMAL,), two_peaks=True),
    World("few units", (BETA,), units=200),
    World("two peaks, clustered", (TWO_PEAKS,), cluster=2.0),
    World("300 categories", tuple(TEN[index % 10] for index in range(300))),
)


def draw_shop(world: World, seed: int) -> Shop:
    """Draw one shop.

    Args:
        world: what to draw from.
        seed: of the generator.

    Returns:
        Truth and counts; returns later than today are left out.
    """
    generator = np.random.default_rng(seed)
    category = np.sort(generator.integers(0, len(world.laws), world.units))
    rate = np.zeros(world.units)
    for number, law in enumerate(world.laws):
        inside = category == number
        rate[inside] = law.draw(generator, int(inside.sum()))
    volume = np.minimum((generator.pareto(world.exponent, world.units) + 1.0) * 6.0, world.largest)
    orders = np.maximum(np.round(volume / world.cluster), 1).astype(np.int64)
    bought = generator.multinomial(orders, np.full(world.weeks, 1.0 / world.weeks))
    ages = 7.0 * (world.weeks - np.arange(world.weeks)) + 0.5
    developed = _developed(ages, world.two_peaks)
    weekly = np.broadcast_to(rate[:, None], bought.shape)
    if world.shock:
        strength = 1.0 / world.shock - 1.0
        weekly = generator.beta(rate[:, None] * strength, (1.0 - rate[:, None]) * strength, bought.shape)
    came_back = generator.binomial(bought, weekly * developed)
    sold, returned = bought, came_back
    if world.cluster > 1.0:
        returned = came_back + _further(generator, came_back, world.cluster)
        sold = returned + (bought - came_back) + _further(generator, bought - came_back, world.cluster)
    return Shop(world, rate, category, bought, came_back, sold, returned, developed)


def frames(shop: Shop, seed: int = 0) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The shop's ``sold`` and ``returned`` as the models take them."""
    starts = shop.start_dates()
    generator = np.random.default_rng(seed + 7_000_000)

    def keys(unit: NDArray[np.int64], week: NDArray[np.int64]) -> dict[str, object]:
        days = [starts[number] for number in range(shop.world.weeks)]
        return {
            "product_id": pl.Series([f"p{number:05d}" for number in range(shop.world.units)]).gather(unit),
            "category": pl.Series([f"c{number:03d}" for number in range(len(shop.world.laws))]).gather(
                shop.category[unit]
            ),
            "order_week": pl.Series(days).gather(week),
            "start_date": pl.Series(days).gather(week),
        }

    unit, week = np.nonzero(shop.sold)
    sold = pl.DataFrame(keys(unit, week)).with_columns(pl.Series("quantity", shop.sold[unit, week], dtype=pl.Int64))
    unit, week = np.nonzero(shop.returned)
    quantity = shop.returned[unit, week]
    above = shop.rate[unit] > 1.5 * np.array([law.mean for law in shop.world.laws])[shop.category[unit]]
    first = generator.binomial(quantity, np.where(above, 0.6, 0.2))
    second = generator.binomial(quantity - first, 0.4)
    parts = []
    for name, amount in zip(CLASSES, (first, second, quantity - first - second), strict=True):
        part = pl.DataFrame(keys(unit, week)).with_columns(
            pl.lit(name).alias("reason_class"), pl.Series("quantity", amount, dtype=pl.Int64)
        )
        parts.append(part.filter(pl.col("quantity") > 0))
    returned = pl.concat(parts).with_columns(pl.lit(10, dtype=pl.Int64).alias("lag_days"))
    return sold.with_columns(_constants()), returned.with_columns(_constants())


def shuffled(shop: Shop, seed: int) -> Shop:
    """Returns dealt out anew over the goods of the same category and week: nobody differs any more."""
    generator = np.random.default_rng(seed + 5_000_000)
    came_back = np.zeros_like(shop.bought)
    for number in range(len(shop.world.laws)):
        inside = np.flatnonzero(shop.category == number)
        for week in range(shop.world.weeks):
            back = int(shop.came_back[inside, week].sum())
            if back:
                came_back[inside, week] = generator.multivariate_hypergeometric(
                    shop.bought[inside, week], back, method="marginals"
                )
    sold, returned = shop.bought, came_back
    if shop.world.cluster > 1.0:
        returned = came_back + _further(generator, came_back, shop.world.cluster)
        kept = shop.bought - came_back
        sold = returned + kept + _further(generator, kept, shop.world.cluster)
    return Shop(shop.world, shop.rate, shop.category, shop.bought, came_back, sold, returned, shop.developed)


def _constants() -> list[pl.Expr]:
    texts = {"variant_id": "-", "supplier": "none", "fulfilment_type": "own", "window_class": "30 days"}
    return [
        *(pl.lit(value).alias(name) for name, value in texts.items()),
        pl.lit(HORIZON, dtype=pl.Int64).alias("horizon_days"),
    ]


def _further(generator: Generator, orders: NDArray[np.int64], mean: float) -> NDArray[np.int64]:
    """Goods beyond the first of so many orders: each order holds a geometric number with that mean."""
    positive = orders > 0
    further = np.zeros_like(orders)
    further[positive] = generator.negative_binomial(orders[positive], 1.0 / mean)
    return further


def _developed(ages: Floats, two_peaks: bool) -> Floats:
    from scipy.stats import lognorm

    early, late = lognorm(0.5, scale=14.0), lognorm(0.25, scale=35.0)

    def share(days: Floats | float) -> Floats:
        return 0.6 * early.cdf(days) + 0.4 * late.cdf(days) if two_peaks else early.cdf(days)

    return np.clip(share(np.minimum(ages, HORIZON)) / share(float(HORIZON)), 0.0, 1.0)
