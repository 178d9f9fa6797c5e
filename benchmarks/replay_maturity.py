"""Replay maturity: made-up shops as they were known on a day, projected, and held against how they ended.

Run ``python -m benchmarks.replay_maturity --seeds 200``; ``--variants 200 2000`` takes only these kinds. Every
seed is one shop of 80 weeks (a 300-order shop: 52), looked at on several days; cohorts are the weeks whose last day
was 7, 14 and 30 days before. Printed are figure, bar and whether it held. Targets: *final* is the cohort's own
rate once all returns are in, *true* is the rate it was drawn from. *Knowing* knows the law of the true rates, the
true lag curve and the true dispersion.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("POLARS_MAX_THREADS", "1")

import argparse
import datetime as dt
from collections.abc import Iterator

import numpy as np
import polars as pl

from benchmarks.maturity_worlds.rules import Truth, books, house, knowing, truth_of
from benchmarks.maturity_worlds.scoring import AGES, Figure, judge
from benchmarks.maturity_worlds.worlds import FIRST_MONDAY, WORLDS, Shop, make_shop

BOUNDS = ("lower_80", "upper_80", "lower_90", "upper_90")


def _by_week(frame: pl.DataFrame) -> dict[dt.date, dict[str, float]]:
    return {row["cohort"]: row for row in frame.iter_rows(named=True)}


def look(shop: Shop, today: int, ages: tuple[int, ...], truth: Truth) -> Iterator[dict[str, object]]:
    """Project one shop on one day and put the weeks of these ages beside how they ended."""
    weeks = shop.world.weeks
    size = np.bincount(shop.week, minlength=weeks)
    came_back = np.bincount(shop.week[shop.comes_back], minlength=weeks)
    final = came_back / np.maximum(size, 1)
    own, oracle = _by_week(house(shop, today)[0]), _by_week(knowing(shop, today, truth))
    rivals = books(shop, today)
    for age in ages:
        week = (today - age - 6) // 7
        monday = FIRST_MONDAY + dt.timedelta(days=7 * week)
        # Only a rule that says something can be judged: in the smallest shops it may say "not enough evidence".
        if size[week] == 0 or own[monday]["projected_rate"] is None or oracle[monday]["projected_rate"] is None:
            continue
        mine, theirs = own[monday], oracle[monday]
        yield {
            "age": age,
            "final": float(final[week]),
            "true": float(shop.true_rate[week]),
            "way": "rising" if shop.true_rate[week] > shop.true_rate[week - 6] else "falling",
            "projected": mine["projected_rate"],
            "left": float(mine["shipped_quantity"] - mine["returned_quantity"]),
            "came": float(came_back[week] - mine["returned_quantity"]),
            "remaining": mine["remaining_quantity"],
            "remaining_variance": mine["remaining_variance"],
            "oracle_true_lower": theirs["true_rate_lower_90"],
            "oracle_true_upper": theirs["true_rate_upper_90"],
            "true_lower": mine["true_rate_lower_90"],
            "true_upper": mine["true_rate_upper_90"],
            **{name: mine[name] for name in BOUNDS},
            **{f"oracle_{name}": theirs[name] for name in BOUNDS},
            **{name: float(rates[week]) for name, rates in rivals.items()},
        }


def replay(name: str, seeds: int, origins: int) -> pl.DataFrame:
    """Replay one kind of shop.

    Args:
        name: of the kind.
        seeds: shops.
        origins: days each is looked at, eight weeks apart.

    Returns:
        One row a shop, day and age.
    """
    world, truth, rows = WORLDS[name], None, []
    for seed in range(seeds):
        shop = make_shop(world, seed)
        truth = truth or truth_of(shop)
        for origin in range(origins):
            sunday = 7 * (world.weeks - 2 - 8 * origin) + 6
            rows += list(look(shop, sunday, AGES[:2], truth))
            rows += list(look(shop, sunday + 2, AGES[2:], truth))
    return pl.DataFrame(rows, infer_schema_length=None)


def _print(figures: list[Figure]) -> None:
    for one in figures:
        verdict = "held" if one.held else "MISSED"
        print(f"{one.world:24} {one.what:30} {one.where:32} {one.figure:8.4f}  {one.bar:20} {verdict}", flush=True)


def main() -> None:
    """Print the table of every kind of shop asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--origins", type=int, default=1)
    parser.add_argument("--variants", nargs="*", choices=sorted(WORLDS), default=list(WORLDS))
    arguments = parser.parse_args()
    missed = 0
    for name in arguments.variants:
        figures = judge(name, replay(name, arguments.seeds, arguments.origins))
        _print(figures)
        missed += sum(not figure.held for figure in figures)
    print(f"{missed} figures missed their bar")


if __name__ == "__main__":
    main()
