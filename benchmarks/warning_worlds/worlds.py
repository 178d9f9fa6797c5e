"""Made-up shops: 2,000 SKUs, 26 looks, 40 SKUs whose rate doubles at look 10, and harsher variants of it.

The shops have sold for half a year before the first look; the ``fresh`` ones begin with it.

Settings of ``methods.md`` section 12: weekly lines Pareto(1.3) x 6, capped at 150, rate 0.12. Belongs here: drawing.
Not here: what is flagged.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

FIRST_WEEK = date(2024, 1, 1)
CLASSES = ("changed_mind", "defective", "delivery", "not_as_described", "poor_quality", "unclear")
CLASS_SHARES = np.array([0.30, 0.15, 0.05, 0.30, 0.10, 0.10])
LONGEST_WEEKS = 10


@dataclass(frozen=True)
class World:
    """One variant.

    Attributes:
        name: of the variant.
        skus, categories, suppliers, weeks, history: sizes; looks begin after ``history`` weeks.
        rate: lines that come back.
        planted: SKUs whose rate rises.
        onset: look at which the first risen cohort is sold.
        size: how many-fold; 0 draws sizes between 1.5 and 5.
        risen_class: class that takes the whole rise; empty for all in proportion.
        spread: standard deviation of the logarithm of the SKUs' own rates.
        peaks: True mixes two kinds of SKU, half at 0.5 and half at 1.5 times the rate.
        category_spread: the same between categories.
        rise_at, rise: shop-wide level from this week on.
        season: swing of the shop-wide level.
        policy_at: week from which the window is longer, more comes back and later.
        late: weeks in which nothing is recorded; it follows after them.
        noise: variance of a SKU's rate from week to week.
        cluster: returns that one customer makes together, mean.
        two_peaks, drift: lags.
        missing: share of lines without delivery date, their start jittered.
        launches: share of SKUs first sold within the looks.
        bad_suppliers, bad_lots: how many rise (lots: from the start).
    """

    name: str
    skus: int = 2000
    categories: int = 8
    suppliers: int = 80
    weeks: int = 26
    history: int = 26
    rate: float = 0.12
    planted: int = 40
    onset: int = 10
    size: float = 2.0
    risen_class: str = ""
    spread: float = 0.0
    peaks: bool = False
    category_spread: float = 0.0
    rise_at: int = 99
    rise: float = 1.5
    season: float = 0.0
    policy_at: int = 99
    late: tuple[int, ...] = ()
    noise: float = 0.0
    cluster: float = 1.0
    two_peaks: bool = False
    drift: float = 0.0
    missing: float = 0.0
    launches: float = 0.0
    bad_suppliers: int = 0
    bad_lots: int = 0


@dataclass(frozen=True)
class Drawn:
    """One drawn shop.

    Attributes:
        world: its settings.
        sold, returned: cells as ``weekly_cells`` gives them.
        volume: (skus,) mean weekly lines.
        planted: (skus,) bool.
        category, supplier, first: (skus,) numbers.
        lots_risen: numbers of (supplier, first week) that are elevated.
        suppliers_risen: numbers.
        multiplier: (skus,) true size; 1 where nothing rose.
        lines: (skus, weeks) sold.
        true_rate: (skus, weeks) without the planted rise.
        returned_known: (skus, weeks, LONGEST_WEEKS + 1) returns by cohort and weeks until known.
    """

    world: World
    sold: pl.DataFrame
    returned: pl.DataFrame
    volume: np.ndarray
    planted: np.ndarray
    category: np.ndarray
    supplier: np.ndarray
    first: np.ndarray
    lots_risen: frozenset[tuple[int, int]]
    suppliers_risen: frozenset[int]
    multiplier: np.ndarray
    lines: np.ndarray
    true_rate: np.ndarray
    returned_known: np.ndarray

    @property
    def looks(self) -> list[date]:
        """Mondays of the looks."""
        return [FIRST_WEEK + timedelta(weeks=self.world.history + turn) for turn in range(self.world.weeks)]


def draw(world: World, seed: int) -> Drawn:
    """One shop of a variant.

    Args:
        world: settings.
        seed: of the random numbers.
    """
    draws = np.random.default_rng([seed, 42])
    skus, weeks = world.skus, world.history + world.weeks
    volume = np.minimum(draws.pareto(1.3, skus) * 6, 150.0)
    category = draws.integers(0, world.categories, skus)
    supplier = draws.integers(0, world.suppliers, skus)
    new = draws.random(skus) < world.launches
    # Suppliers launch in waves: lots of several SKUs.
    wave = world.history + 4 * ((supplier + draws.integers(0, 2, skus)) % 5) + 1
    first = np.where(new, wave, 0)
    selling = np.arange(weeks) >= first[:, None]
    lines = draws.poisson(volume[:, None] * selling)
    planted = np.zeros(skus, dtype=bool)
    planted[draws.choice(np.flatnonzero(~new), world.planted, replace=False)] = True
    size = draws.choice([1.5, 2.0, 3.0, 5.0], skus) if world.size == 0 else np.full(skus, world.size)
    suppliers_risen = frozenset(draws.choice(world.suppliers, world.bad_suppliers, replace=False).tolist())
    lots = sorted({(int(supplier[sku]), int(first[sku])) for sku in np.flatnonzero(new)})
    chosen = draws.choice(len(lots), world.bad_lots, replace=False) if world.bad_lots else []
    lots_risen = frozenset(lots[place] for place in chosen)
    true_rate = _usual_rate(world, draws, category, weeks)
    onset = np.where(np.arange(weeks) >= world.history + world.onset, 1.0, 0.0)
    raised = planted | np.isin(supplier, sorted(suppliers_risen))
    lift = 1 + np.where(raised, size - 1, 0.0)[:, None] * onset
    in_lot = np.array([(int(s), int(f)) in lots_risen for s, f in zip(supplier, first, strict=True)])
    lift = np.where(in_lot[:, None], world.size, lift)
    known = _returns(world, draws, lines, true_rate, lift)
    sold, returned = _frames(known, lines, category, supplier)
    multiplier = np.where(raised | in_lot, size, 1.0)
    return Drawn(
        world,
        sold,
        returned,
        volume,
        planted,
        category,
        supplier,
        first,
        lots_risen,
        suppliers_risen,
        multiplier,
        lines,
        true_rate,
        known.sum(1),
    )


def _usual_rate(world: World, draws: np.random.Generator, category: np.ndarray, weeks: int) -> np.ndarray:
    """(skus, weeks) rates without what is planted."""
    own = np.exp(draws.normal(0, world.spread, world.skus) - world.spread**2 / 2)
    if world.peaks:
        own = own * draws.choice([0.5, 1.5], world.skus)
    own *= np.exp(draws.normal(0, world.category_spread, world.categories))[category]
    week = np.arange(weeks) - world.history
    level = np.where(week >= world.rise_at, world.rise, 1.0) * (1 + world.season * np.sin(2 * np.pi * week / 26))
    level = level * np.where(week >= world.policy_at, 1.2, 1.0)
    return np.minimum(world.rate * own[:, None] * level, 0.45)


def _returns(
    world: World, draws: np.random.Generator, lines: np.ndarray, rate: np.ndarray, lift: np.ndarray
) -> np.ndarray:
    """(skus, classes, weeks, weeks until known) returns."""
    noise = draws.gamma(1 / world.noise, world.noise, rate.shape) if world.noise else 1.0
    final = np.minimum(rate * lift * noise, 0.95)
    if world.cluster > 1:
        # Clusters of geometric size are drawn first, their members then come back together.
        clusters = draws.poisson(lines * final / world.cluster)
        extra = np.where(clusters > 0, draws.negative_binomial(np.maximum(clusters, 1), 1 / world.cluster), 0)
        count = np.minimum(clusters + extra, lines)
    else:
        count = draws.binomial(lines, final)
    sku, week = np.nonzero(count)
    repeat = count[sku, week]
    sku, week = np.repeat(sku, repeat), np.repeat(week, repeat)
    reason = _reasons(world, draws, lift[sku, week])
    known = week + lag_weeks(world, draws, week)
    for stop in world.late:
        known = np.where(known == world.history + stop, known + 1, known)
    if world.missing:
        jittered = draws.random(week.size) < world.missing
        week = np.where(jittered, np.maximum(week + draws.integers(-1, 2, week.size), 0), week)
        week = np.minimum(week, lines.shape[1] - 1)
        known = np.maximum(known, week)
    until = np.minimum(known - week, LONGEST_WEEKS)
    shape = (lines.shape[0], len(CLASSES), lines.shape[1], LONGEST_WEEKS + 1)
    flat = np.ravel_multi_index((sku, reason, week, until), shape)
    return np.bincount(flat, minlength=int(np.prod(shape))).reshape(shape)


def _reasons(world: World, draws: np.random.Generator, lift: np.ndarray) -> np.ndarray:
    """(returns,) class of each."""
    reason = draws.choice(len(CLASSES), lift.size, p=CLASS_SHARES)
    if world.risen_class:
        excess = draws.random(lift.size) < 1 - 1 / lift
        reason = np.where(excess, CLASSES.index(world.risen_class), reason)
    return reason


def lag_weeks(world: World, draws: np.random.Generator, week: np.ndarray) -> np.ndarray:
    """(returns,) whole weeks until known."""
    median = 11 * np.exp(world.drift * (week - world.history) / world.weeks)
    days = 3 + median * np.exp(draws.normal(0, 0.55, week.size))
    if world.two_peaks:
        days = np.where(draws.random(week.size) < 0.35, draws.normal(42, 6, week.size), days)
    days = np.where(week - world.history >= world.policy_at, days * 1.4, days)
    return ((draws.integers(0, 7, week.size) + np.clip(days, 1, 63)) // 7).astype(np.int64)


def _frames(
    known: np.ndarray, lines: np.ndarray, category: np.ndarray, supplier: np.ndarray
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The cells, with returns of cells without lines left out and no more back than sold."""
    mondays = np.array([FIRST_WEEK + timedelta(weeks=w) for w in range(lines.shape[1] + LONGEST_WEEKS + 1)], "M8[D]")
    first = np.argmax(lines > 0, axis=1)

    def keys(sku: np.ndarray) -> dict[str, pl.Series]:
        return {
            "product_id": pl.Series(_names("p", len(category))[sku]),
            "variant_id": pl.Series(np.repeat("-", sku.size)),
            "category": pl.Series(_names("c", category.max() + 1)[category[sku]]),
            "supplier": pl.Series(_names("s", supplier.max() + 1)[supplier[sku]]),
            "first_sold_week": pl.Series(mondays[first[sku]]),
        }

    sku, week = np.nonzero(lines)
    sold = pl.DataFrame({**keys(sku), "sold_week": mondays[week], "quantity": lines[sku, week]})
    sku, reason, week, until = np.nonzero(known * (lines > 0)[:, None, :, None])
    returned = pl.DataFrame(
        {
            **keys(sku),
            "sold_week": mondays[week],
            "known_week": mondays[week + until],
            "reason_class": np.array(CLASSES)[reason],
            "quantity": known[sku, reason, week, until],
        }
    )
    return sold, returned


def _names(letter: str, count: int) -> np.ndarray:
    """Names that sort as numbers do."""
    return np.array([f"{letter}{number:05d}" for number in range(count)])


_BASE = World("base")
VARIANTS = {
    world.name: world
    for world in (
        _BASE,
        World("rise", rise_at=14),
        World("heterogeneous", spread=0.5, category_spread=0.2),
        World("policy", policy_at=13),
        World("late", late=(12, 13, 14)),
        World("quiet", planted=0),
        World("season", season=0.3, category_spread=0.2),
        World("two_kinds", peaks=True),
        World("one_class", risen_class="defective"),
        World("noisy", noise=0.1),
        World("clustered", cluster=1.5),
        World("two_peaked_lags", two_peaks=True),
        World("drifting_lags", drift=0.7),
        World("missing_deliveries", missing=0.3),
        World("all_harsh", spread=0.4, noise=0.05, cluster=1.3, two_peaks=True, drift=0.4, missing=0.2, season=0.2),
        World("sizes", size=0.0),
        World("fresh", history=0),
        World("fresh_heterogeneous", history=0, spread=0.5, category_spread=0.2),
        World("units", planted=20, launches=0.3, bad_suppliers=3, bad_lots=6, spread=0.3),
        World("quiet_heterogeneous", planted=0, spread=0.5, category_spread=0.2),
        World("quiet_clustered", planted=0, cluster=1.5),
        World("quiet_noisy", planted=0, noise=0.1),
        World("quiet_fresh", planted=0, history=0),
        World("quiet_harsh", planted=0, spread=0.4, noise=0.05, cluster=1.3, two_peaks=True, drift=0.4, missing=0.2),
        World("quiet_launches", planted=0, launches=0.3, spread=0.3),
    )
}
