"""Is a change of the return rate called real when it is, and only then? ``python -m benchmarks.decomposition``.

Shops of products in categories are drawn twice: pairs of periods in which no rate changes (however the mix, the age
of the parcels or single weeks do) say how often *real* is said wrongly; pairs in which every rate moves by a known
size make the power table (units a week x size), and the pairs that it calls detectable are drawn once more, with
another seed. Parts are held against those that the drawn rates have, intervals against their nominal level.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from models.rate_change.cells import Periods
from models.rate_change.decompose import decompose

FIRST_WEEK = date(2026, 1, 5)
FALSE_REAL_BAR = 0.05
POWER_BAR = 0.8
VOLUMES = (100, 300, 1_000, 3_000, 10_000)
SIZES = (0.1, 0.2, 0.3, 0.5)
"""Units a week, and relative changes of every rate, of the power table."""


@dataclass(frozen=True)
class World:
    """A shop and what happens to it between two periods.

    Attributes:
        units: units a week.
        products: how many products; their volumes are Pareto.
        categories: how many categories.
        weeks: weeks of each period.
        history: weeks before both periods.
        size: relative change of every product's rate in the later period.
        mix: standard deviation of the logarithm of what each product's volume is multiplied by.
        shock: standard deviation of a week's relative shock to all rates.
        cluster: units of a customer that come back together or not at all.
        median_lag: days to a return; the youngest weeks have not seen all of theirs.
        age: days between the last week and the last day known; None: all have matured.
        curve_error: relative error of the developed shares, drawn once a world and told as their standard error.
        growth: the later period's volume over the earlier one's.
    """

    units: int = 2_000
    products: int = 60
    categories: int = 6
    weeks: int = 4
    history: int = 26
    size: float = 0.0
    mix: float = 0.0
    shock: float = 0.0
    cluster: int = 1
    median_lag: float = 14.0
    age: int | None = None
    curve_error: float = 0.0
    growth: float = 1.0


NULL_WORLDS: dict[str, World] = {
    "nothing happens": World(),
    "small shop, 75 units a week": World(units=75, products=20, categories=3),
    "large shop": World(units=20_000, products=400, categories=20),
    "other products sold": World(mix=0.7),
    "other products sold, small shop": World(units=150, products=200, mix=0.7),
    "twice the volume": World(growth=2.0, mix=0.3),
    "weeks vary by 10 %": World(shock=0.1),
    "weeks vary by 10 %, 8 history weeks": World(shock=0.1, history=8),
    "weeks vary by 10 %, no history": World(shock=0.1, history=0),
    "large shop, weeks vary by 15 %": World(units=20_000, shock=0.15, mix=0.3),
    "four units of a customer together": World(cluster=4),
    "young parcels": World(age=7, mix=0.3),
    "young parcels, curve off by 5 %": World(age=7, curve_error=0.05),
    "two weeks each": World(weeks=2),
    "one week each": World(weeks=1),
    "13 weeks each, no history": World(weeks=13, history=0),
    "all at once": World(mix=0.5, shock=0.1, cluster=3, age=7, curve_error=0.03, growth=1.5),
}
"""Pairs without a change of any rate."""


@dataclass(frozen=True)
class Draw:
    """One drawn pair of periods and what is true of it.

    Attributes:
        cells: what the decomposition reads.
        periods: the periods.
        rate_part: what the true rates' change adds to the observed rate, with the units that were drawn.
    """

    cells: pl.DataFrame
    periods: Periods
    rate_part: float


def draw(world: World, seed: int) -> Draw:
    """Draw a shop; the same seed draws the same."""
    generator = np.random.default_rng(seed)
    volume = np.minimum(generator.pareto(1.1, world.products) + 0.2, 40)
    category = np.arange(world.products) % world.categories
    level = np.clip(generator.beta(6, 34, world.categories), 0.03, 0.6)[category]
    before = generator.beta(level * 25, (1 - level) * 25)
    rates = np.stack([before, np.minimum(before * (1 + world.size), 0.98)])
    moved = volume * np.exp(generator.normal(0, world.mix, world.products))
    shares = np.stack([volume / volume.sum(), moved / moved.sum()])
    weeks = world.history + 2 * world.weeks
    side = (np.arange(weeks) >= weeks - world.weeks).astype(int)
    expected = world.units * np.where(side, world.growth, 1.0)[:, None] * shares[side]
    customers = generator.poisson(expected / world.cluster)
    developed = np.ones((weeks, 1))
    if world.age is not None:
        ages = world.age + 7 * np.arange(weeks - 1, -1, -1)
        developed = np.array([[_lag_share(int(age), world.median_lag)] for age in ages])
    shock = np.exp(generator.normal(0, world.shock, (weeks, 1)))
    returned = generator.binomial(customers, np.clip(rates[side] * shock * developed, 0, 1)) * world.cluster
    shipped = customers * world.cluster
    slip = generator.normal(0, 1) * world.curve_error * (1 - developed)
    exposure = shipped * np.minimum(developed * (1 + slip), 1.0)
    cells = pl.DataFrame(
        {
            "category": np.tile([f"category {index}" for index in category], weeks),
            "product_id": np.tile([f"product {index}" for index in range(world.products)], weeks),
            "order_week": pl.Series([FIRST_WEEK + timedelta(weeks=week) for week in range(weeks)])
            .repeat_by(world.products)
            .explode(),
            "shipped_quantity": shipped.ravel(),
            "exposure_quantity": exposure.ravel(),
            "exposure_error": (shipped * developed * world.curve_error * (1 - developed)).ravel(),
            "returned_quantity": returned.ravel(),
        }
    )
    monday = [FIRST_WEEK + timedelta(weeks=world.history + offset) for offset in range(2 * world.weeks)]
    periods = Periods(monday[0], monday[world.weeks - 1], monday[world.weeks], monday[-1])
    spans = (slice(world.history, weeks - world.weeks), slice(weeks - world.weeks, weeks))
    sold, shown = (np.stack([values[span].sum(axis=0) for span in spans]) for values in (shipped, exposure))
    return Draw(cells, periods, float(np.sum(_rate_weights(sold, shown) * (rates[1] - rates[0]))))


def _rate_weights(shipped: np.ndarray, exposure: np.ndarray) -> np.ndarray:
    """Shapley's weight of each product's rate, written out once more; shapes (2, products)."""
    share = shipped / np.maximum(shipped.sum(axis=1, keepdims=True), 1)
    whole = exposure.sum(axis=1, keepdims=True) / np.maximum(shipped.sum(axis=1, keepdims=True), 1)
    developed = np.where(shipped > 0, exposure / np.maximum(shipped, 1), whole)
    same = share[0] * developed[0] + share[1] * developed[1]
    crossed = share[0] * developed[1] + share[1] * developed[0]
    return same / 3 + crossed / 6


def _lag_share(age: int, median: float) -> float:
    """Share of returns that came within so many days: a log-normal that ends after 60."""
    from scipy.special import ndtr

    def upto(day: float) -> float:
        return float(ndtr((np.log(max(day, 0.5)) - np.log(median)) / 0.5))

    return min(upto(age) / upto(60), 1.0)


@dataclass(frozen=True)
class Judged:
    """What was said of one drawn pair.

    Attributes:
        verdict: the word.
        remainder: what the parts leave of the observed change.
        covered: the 90 % interval holds the true rate part; None where no interval was given.
        detectable_share: rate part of the true rates / the size that was called detectable.
    """

    verdict: str
    remainder: float
    covered: bool | None
    detectable_share: float


def judge_draw(drawn: Draw) -> Judged:
    """Decompose a drawn pair and hold it against its truth."""
    found = decompose(drawn.cells, drawn.periods)
    row = found.total.row(0, named=True)
    if row["rate_part"] is None:
        return Judged(row["verdict"], 0.0, None, 0.0)
    parts = row["mix_part"] + row["rate_part"] + row["maturity_part"]
    truth = drawn.rate_part
    return Judged(
        row["verdict"],
        abs(parts - row["observed_rate_change"]),
        row["rate_part_lower_90"] <= truth <= row["rate_part_upper_90"],
        abs(truth) / row["detectable_change"] if row["detectable_change"] else 0.0,
    )


def run(world: World, pairs: int, seed: int) -> list[Judged]:
    """Draw and judge so many pairs."""
    return [judge_draw(draw(world, seed + number)) for number in range(pairs)]


def share_of(judged: list[Judged], word: str = "real") -> float:
    """Share of pairs of which a word was said."""
    return sum(one.verdict == word for one in judged) / max(len(judged), 1)


def _coverage(judged: list[Judged]) -> float:
    known = [one.covered for one in judged if one.covered is not None]
    return sum(known) / max(len(known), 1)


def null_table(pairs: int, seed: int, names: list[str]) -> Iterator[str]:
    """Lines on the pairs without a change."""
    yield f"pairs without a change of rates, {pairs} each; bar: real in at most {FALSE_REAL_BAR:.0%}"
    heads = " ".join(f"{head:>6}" for head in ("real", "mix", "matur.", "noise", "few"))
    yield f"{'world':38} {heads} {'cover 90':>9} {'remainder':>10}  held"
    for name in names:
        judged = run(NULL_WORLDS[name], pairs, seed)
        words = [share_of(judged, word) for word in ("real", "mix", "maturity", "noise", "not_enough_evidence")]
        remainder = max(one.remainder for one in judged)
        held = "yes" if words[0] <= FALSE_REAL_BAR and remainder < 1e-12 else "NO"
        shares = " ".join(f"{share:6.3f}" for share in words)
        yield f"{name:38} {shares} {_coverage(judged):9.3f} {remainder:10.1e}  {held}"


def power_table(pairs: int, seed: int, base: World) -> Iterator[str]:
    """Lines on the pairs with a change: the table, and what it calls detectable drawn anew."""
    yield f"share called real by units a week and relative change of every rate, {pairs} pairs each (4 weeks against 4)"
    yield f"{'units a week':>12} " + " ".join(f"{size:>8.0%}" for size in SIZES)
    detectable = []
    for units in VOLUMES:
        powers = []
        for size in SIZES:
            world = replace(base, units=units, size=size)
            power = share_of(run(world, pairs, seed))
            powers.append(power)
            if power >= POWER_BAR:
                detectable.append(world)
        yield f"{units:12} " + " ".join(f"{power:8.3f}" for power in powers)
    again = [one for world in detectable for one in run(world, pairs, seed + 1_000_000)]
    every = [share_of(again[start : start + pairs]) for start in range(0, len(again), pairs)]
    if every:
        held = "yes" if share_of(again) >= POWER_BAR else "NO"
        yield (
            f"cells with {POWER_BAR:.0%} or more, drawn anew: real {share_of(again):.3f}, least cell {min(every):.3f};"
            f" bar {POWER_BAR:.0%}  {held}"
        )


def own_word(pairs: int, seed: int) -> Iterator[str]:
    """Lines on ``detectable_change``: of pairs whose true rate part is at least that, how many are called real."""
    for name, base in (
        ("plain", World()),
        ("weeks vary by 10 %", World(shock=0.1)),
        ("mix and age", World(mix=0.5, age=7)),
    ):
        judged = [
            one
            for units in VOLUMES
            for size in SIZES
            for one in run(replace(base, units=units, size=size), max(pairs // 10, 1), seed + 2_000_000)
        ]
        said = [one for one in judged if one.detectable_share >= 1 and one.covered is not None]
        held = "yes" if share_of(said) >= POWER_BAR else "NO"
        yield (
            f"{name:20} {len(said)} pairs called detectable by their own row: real {share_of(said):.3f}, bar"
            f" {POWER_BAR:.0%}  {held}; 90 % interval of the rate part in all: {_coverage(judged):.3f}"
        )


def main(arguments: list[str] | None = None) -> int:
    """Print every figure beside its bar."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.decomposition", description=__doc__)
    parser.add_argument("--pairs", type=int, default=500, help="pairs of periods per world (500)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--worlds", nargs="*", choices=list(NULL_WORLDS), default=list(NULL_WORLDS))
    parser.add_argument("--without-power", action="store_true", help="only the pairs without a change")
    options = parser.parse_args(arguments)
    started = time.perf_counter()
    for line in null_table(options.pairs, options.seed, options.worlds):
        print(line, flush=True)
    if not options.without_power:
        for base, name in ((World(), "plain"), (World(shock=0.05), "weeks vary by 5 %")):
            print(f"\n{name}")
            for line in power_table(max(options.pairs // 5, 1), options.seed, base):
                print(line, flush=True)
        print()
        for line in own_word(options.pairs, options.seed):
            print(line, flush=True)
    print(f"\n{time.perf_counter() - started:.0f} seconds")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
