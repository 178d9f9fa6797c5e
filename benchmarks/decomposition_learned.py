"""The same question with curves that are learned: ``python -m benchmarks.decomposition_learned``.

:mod:`benchmarks.decomposition` gives the decomposition the share of returns that can have come, or one that is wrong by
a told error. Here a shop's curves are learned from its own returns known so far, as in production, and the newest
weeks are compared with those before them, when most of their returns are still to come.
"""

from __future__ import annotations

import argparse
import time
from datetime import date, timedelta

import numpy as np
import polars as pl

from benchmarks.decomposition import FALSE_REAL_BAR, FIRST_WEEK
from models.maturity.learning import learn_curves
from models.rate_change.cells import Periods, change_cells
from models.rate_change.decompose import decompose
from models.rate_change.verdict import VERDICTS

WEEKS = 40
KNOWN_THROUGH = FIRST_WEEK + timedelta(weeks=WEEKS) - timedelta(days=1)
HORIZON_DAYS = 45
PRODUCTS = 40

WORLDS: dict[str, tuple[int, float, float]] = {
    "75 units a week": (75, 0.0, 0.0),
    "500 units a week": (500, 0.0, 0.0),
    "3,000 units a week": (3_000, 0.0, 0.0),
    "3,000, weeks vary by 10 %": (3_000, 0.1, 0.0),
    "500, four weeks up by 30 %": (500, 0.0, 0.3),
    "3,000, four weeks up by 30 %": (3_000, 0.0, 0.3),
}
"""Units a week, standard deviation of a week's shock, relative change of all rates in the last four weeks."""


def _monday(week: int) -> date:
    return FIRST_WEEK + timedelta(weeks=week)


PAIRS: dict[str, Periods] = {
    "last week": Periods(_monday(38), _monday(38), _monday(39), _monday(39)),
    "week before it": Periods(_monday(37), _monday(37), _monday(38), _monday(38)),
    "last 4 weeks": Periods(_monday(32), _monday(35), _monday(36), _monday(39)),
    "last 13 weeks": Periods(_monday(14), _monday(26), _monday(27), _monday(39)),
}
"""Each against the same length before."""


def draw_shop(units: int, shock: float, size: float, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Units sold and those returned that are known at the end of the last week, as SQL hands them to models."""
    generator = np.random.default_rng(seed)
    lines = units * WEEKS
    product = generator.integers(0, PRODUCTS, lines)
    week = generator.integers(0, WEEKS, lines)
    ordered = np.datetime64(FIRST_WEEK) + week * np.timedelta64(7, "D")
    started = ordered + generator.integers(2, 9, lines).astype("timedelta64[D]")
    level = np.exp(generator.normal(0, shock, WEEKS)) * np.where(np.arange(WEEKS) >= WEEKS - 4, 1 + size, 1.0)
    chance = generator.beta(4, 22, PRODUCTS)[product] * level[week]
    lag = np.minimum(generator.lognormal(np.log(14), 0.5, lines).astype(int) + 3, HORIZON_DAYS)
    is_known = started + lag.astype("timedelta64[D]") <= np.datetime64(KNOWN_THROUGH)
    is_back = (generator.random(lines) < chance) & is_known
    sold = pl.DataFrame(
        {
            "product_id": product.astype(str),
            "category": (product % 4).astype(str),
            "order_week": ordered,
            "start_date": started,
            "lag_days": lag,
        }
    ).with_columns(
        pl.col("order_week", "start_date").cast(pl.Date),
        variant_id=pl.lit("-"),
        supplier=pl.lit("none"),
        fulfilment_type=pl.lit("own"),
        window_class=pl.lit("30 days"),
        horizon_days=pl.lit(HORIZON_DAYS, dtype=pl.Int64),
        quantity=pl.lit(1, dtype=pl.Int64),
    )
    return sold.drop("lag_days"), sold.filter(pl.Series(is_back)).with_columns(reason_class=pl.lit("unclear"))


def main(arguments: list[str] | None = None) -> int:
    """Print how often each word was said."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.decomposition_learned", description=__doc__)
    parser.add_argument("--shops", type=int, default=125, help="shops per world, each with four pairs (125)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    started = time.perf_counter()
    print(f"curves learned, {options.shops} shops each; bar without a change: real in at most {FALSE_REAL_BAR:.0%}")
    print(f"{'shop':30} {'pair':16} " + " ".join(f"{word[:8]:>8}" for word in VERDICTS) + "  held")
    for name, (units, shock, size) in WORLDS.items():
        said: dict[str, list[str]] = {pair: [] for pair in PAIRS}
        for number in range(options.shops):
            sold, returned = draw_shop(units, shock, size, options.seed + number)
            curves = learn_curves(sold, returned, known_from=None, known_through=KNOWN_THROUGH)
            cells = change_cells(sold, returned, curves, known_through=KNOWN_THROUGH)
            for pair, periods in PAIRS.items():
                said[pair].append(decompose(cells, periods).total["verdict"].item())
        for pair, words in said.items():
            shares = [words.count(word) / max(len(words), 1) for word in VERDICTS]
            held = "-" if size else ("yes" if shares[0] <= FALSE_REAL_BAR else "NO")
            print(f"{name:30} {pair:16} " + " ".join(f"{share:8.3f}" for share in shares) + f"  {held}", flush=True)
    print(f"{time.perf_counter() - started:.0f} seconds")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
