"""Lists and intervals judged by the truth, beside the rule that knows the law.

Score of *probably faulty*: how many of its first 50 truly lie above 1.5 x their category's true mean. Score of
*costs you most*: true excess returns of its first 50, sold x (rate - mean). Both over the same of the rule that
knows the law, seed by seed. Interval score: width + 20 x what the truth lies outside (90 %; Gneiting and Raftery
2007).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.ranking_worlds.oracle import Known, know
from benchmarks.ranking_worlds.worlds import Floats, KnownCurve, Shop, World, draw_shop, frames, shuffled
from models.product_risk import score

TOP = 50
LEAST_RATIO, MOST_INTERVAL_RATIO, LEVEL = 0.97, 1.15, 0.9


@dataclass(frozen=True)
class Judged:
    """Figures of one seed; coverage is hits and number by name, of the house and of the rule that knows."""

    faulty: tuple[float, float]
    costs: tuple[float, float]
    interval: tuple[float, float]
    covered: dict[str, tuple[float, float]]
    known_covered: dict[str, tuple[float, float]]
    listed: int
    truly_above: int
    components: int
    dispersion: float


def judge(world: World, seed: int) -> Judged:
    """Draw a shop, score it, compare with the truth and with the rule that knows."""
    shop = draw_shop(world, seed)
    sold, returned = frames(shop, seed)
    scores = score(sold, returned, KnownCurve(shop), unit="product")
    rows = _by_unit(scores.frame.filter(pl.col("reason_class") == "all"), world.units)
    known = know(shop)
    shipped = shop.sold.sum(axis=1).astype(float)
    ranked = rows["evidence"].to_numpy() == "enough"
    above = shop.rate > 1.5 * known.expected
    excess = shipped * (shop.rate - known.expected)
    known_excess = np.where(ranked, shipped * (known.mean - known.expected), -np.inf)
    own_lists = [_first(rows[name]) for name in ("faulty_rank", "cost_rank")]
    best_lists = [
        np.lexsort((-known.mean, -np.where(ranked, known.above, -1.0)))[:TOP],
        np.argsort(-known_excess, kind="stable")[:TOP],
    ]
    lower, upper = rows["lower_90"].to_numpy(), rows["upper_90"].to_numpy()
    listed = rows["is_probably_faulty"].to_numpy()
    groups = _groups(shop, shipped, ranked, listed, own_lists)
    return Judged(
        (float(above[own_lists[0]].sum()), float(above[best_lists[0]].sum())),
        (float(excess[own_lists[1]].sum()), float(excess[best_lists[1]].sum())),
        (_interval_score(lower, upper, shop.rate, ranked), _known_score(known, shop.rate, ranked)),
        _coverage(lower, upper, shop.rate, groups),
        _coverage(known.lower, known.upper, shop.rate, groups),
        int(listed.sum()),
        int((listed & above).sum()),
        scores.components["all"],
        scores.dispersion["all"].constant,
    )


def says_nothing(world: World, seed: int) -> bool:
    """Whether a shuffled shop has an empty first list and could-be-chance in every row of the second."""
    shop = shuffled(draw_shop(world, seed), seed)
    scores = score(*frames(shop, seed), KnownCurve(shop), unit="product")
    return scores.probably_faulty().is_empty() and bool(scores.costs_most(10**9)["could_be_chance"].all())


def _by_unit(rows: pl.DataFrame, units: int) -> pl.DataFrame:
    names = pl.DataFrame({"unit_id": [f"p{number:05d}" for number in range(units)]})
    return (
        names.join(rows, on="unit_id", how="left")
        .sort("unit_id")
        .with_columns(pl.col("is_probably_faulty").fill_null(value=False), pl.col("evidence").fill_null("none"))
    )


def _first(ranks: pl.Series) -> NDArray[np.int64]:
    return np.flatnonzero(ranks.is_not_null().to_numpy() & (ranks.fill_null(10**9).to_numpy() <= TOP))


def _groups(
    shop: Shop, shipped: Floats, ranked: NDArray[np.bool_], listed: NDArray[np.bool_], lists: list[NDArray[np.int64]]
) -> dict[str, NDArray[np.bool_]]:
    low, high = np.quantile(shop.rate, [1 / 3, 2 / 3])
    first, second = (np.isin(np.arange(len(shipped)), numbers) for numbers in lists)
    groups = {
        "all": shipped > 0,
        "sold < 10": shipped < 10,
        "sold 10-99": (shipped >= 10) & (shipped < 100),
        "sold >= 100": shipped >= 100,
        "truth: low": shop.rate < low,
        "truth: middle": (shop.rate >= low) & (shop.rate < high),
        "truth: high": shop.rate >= high,
        "faulty": listed,
        "faulty, 50": first,
        "costs, 50": second,
    }
    return {name: inside & ranked for name, inside in groups.items()}


def _coverage(
    lower: Floats, upper: Floats, rate: Floats, groups: dict[str, NDArray[np.bool_]]
) -> dict[str, tuple[float, float]]:
    hit = (lower <= rate) & (rate <= upper)
    return {name: (float(hit[inside].sum()), float(inside.sum())) for name, inside in groups.items()}


def _interval_score(lower: Floats, upper: Floats, rate: Floats, inside: NDArray[np.bool_]) -> float:
    low, high, truth = lower[inside], upper[inside], rate[inside]
    outside = np.maximum(low - truth, 0.0) + np.maximum(truth - high, 0.0)
    return float(np.mean(high - low + 20.0 * outside))


def _known_score(known: Known, rate: Floats, inside: NDArray[np.bool_]) -> float:
    return _interval_score(known.lower, known.upper, rate, inside)
