"""Errors, coverage and interval scores of the replay, and the bars they are held against."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from models.maturity.intervals import count_share_within

AGES = (7, 14, 30)
RIVALS = ("chain-ladder", "Bornhuetter-Ferguson", "last 8 matured")


@dataclass(frozen=True)
class Figure:
    """One line of the table: what was measured, on what, the bar, and whether it held."""

    world: str
    what: str
    where: str
    figure: float
    bar: str
    held: bool


def interval_score(lower: pl.Expr, upper: pl.Expr, truth: pl.Expr, miss: float) -> pl.Expr:
    """Width and, for what lies outside, 2 / miss times the distance (Gneiting and Raftery 2007)."""
    below = (lower - truth).clip(0.0)
    above = (truth - upper).clip(0.0)
    return (upper - lower) + 2.0 / miss * (below + above)


def band(nominal: float, count: int) -> float:
    """Half the 99 % Monte-Carlo band of a share."""
    return 2.576 * (nominal * (1.0 - nominal) / max(count, 1)) ** 0.5


def _root(rows: pl.DataFrame, name: str) -> float:
    error = (rows[name] - rows["final"]).to_numpy()
    return float(np.sqrt(np.mean(error**2)))


def _accuracy(world: str, rows: pl.DataFrame) -> Iterator[Figure]:
    for age in AGES:
        part = rows.filter(pl.col("age") == age)
        best = min(_root(part, name) for name in RIVALS)
        ratio = _root(part, "projected") / best
        yield Figure(world, "RMSE / best of three", f"age {age}", ratio, "<= 1.03", ratio <= 1.03)
    for age in AGES[1:]:
        for way in ("rising", "falling"):
            part = rows.filter((pl.col("age") == age) & (pl.col("way") == way))
            if part.is_empty():
                continue
            misses = (part["projected"] - part["final"]).to_numpy()
            bias, error = float(np.mean(misses)), float(np.std(misses)) / max(part.height, 1) ** 0.5
            where = f"age {age}, {way} (+-{error:.4f})"
            # Where chance alone is larger than the bar, as in cohorts of six lines, only what is beyond it counts.
            room = 0.01 if 2.576 * error < 0.01 else 0.01 + 2.576 * error
            yield Figure(world, "bias", where, bias, f"< {room:.3f} either way", abs(bias) < room)


def _coverage(world: str, rows: pl.DataFrame) -> Iterator[Figure]:
    claims = (
        ("final 80", "lower_80", "upper_80", "final", 0.80),
        ("final 90", "lower_90", "upper_90", "final", 0.90),
        ("true rate 90", "true_lower", "true_upper", "true", 0.90),
    )
    low, high = rows["true"].quantile(1 / 3) or 0.0, rows["true"].quantile(2 / 3) or 1.0
    parts = {f"age {age}": rows.filter(pl.col("age") == age) for age in AGES} | {
        "all ages": rows,
        "lowest third of truth": rows.filter(pl.col("true") <= low),
        "middle third of truth": rows.filter((pl.col("true") > low) & (pl.col("true") <= high)),
        "highest third of truth": rows.filter(pl.col("true") > high),
    }
    for name, lower, upper, truth, nominal in claims:
        for where, part in parts.items():
            if part.is_empty():  # a shop whose true rate stands still has no thirds
                continue
            covered = float(
                part.select(pl.col(truth).is_between(pl.col(lower) - 1e-9, pl.col(upper) + 1e-9)).mean().item()
            )
            wide = band(nominal, part.height)
            named = f"{where} ({part.height})"
            # A third of the truth is chosen by what no rule could know: it is printed, and says what shrinkage costs.
            held = abs(covered - nominal) <= wide or "third" in where
            bar = f"{nominal:.2f} +- {wide:.3f}" if "third" not in where else "shown"
            yield Figure(world, f"coverage {name}", named, covered, bar, held)
            if truth == "final":
                shared = float(np.mean(_share_within(part, nominal)))
                held = abs(shared - nominal) <= wide or "third" in where
                yield Figure(world, f"coverage {name}, of atoms", named, shared, bar, held)
    for miss in ("80", "90"):
        inside = pl.col("final").is_between(
            pl.col(f"oracle_lower_{miss}") - 1e-9, pl.col(f"oracle_upper_{miss}") + 1e-9
        )
        for age in AGES:
            covered = float(parts[f"age {age}"].select(inside).mean().item())
            yield Figure(world, f"coverage final {miss}, knowing", f"age {age}", covered, "shown", True)


def _share_within(part: pl.DataFrame, level: float) -> np.ndarray:
    """What comes to cohorts is whole: at an edge of the interval a count counts with its chance that lies inside."""
    law = (part[name].to_numpy() for name in ("left", "remaining", "remaining_variance", "came"))
    return count_share_within(*law, level)


def _scores(world: str, rows: pl.DataFrame) -> Iterator[Figure]:
    for name, miss in (("80", 0.2), ("90", 0.1)):
        for where, part in [("all ages", rows), *((f"age {age}", rows.filter(pl.col("age") == age)) for age in AGES)]:
            own = part.select(
                interval_score(pl.col(f"lower_{name}"), pl.col(f"upper_{name}"), pl.col("final"), miss).mean()
            )
            knowing = part.select(
                interval_score(
                    pl.col(f"oracle_lower_{name}"), pl.col(f"oracle_upper_{name}"), pl.col("final"), miss
                ).mean()
            )
            ratio = float(own.item()) / max(float(knowing.item()), 1e-12)
            yield Figure(world, f"interval score {name} / knowing", where, ratio, "<= 1.15", ratio <= 1.15)
    own, knowing = (
        rows.select(interval_score(pl.col(f"{who}_lower"), pl.col(f"{who}_upper"), pl.col("true"), 0.1).mean()).item()
        for who in ("true", "oracle_true")
    )
    ratio = own / max(knowing, 1e-12)
    yield Figure(world, "interval score true 90 / knowing", "all ages", ratio, "<= 1.15", ratio <= 1.15)


def judge(world: str, rows: pl.DataFrame) -> list[Figure]:
    """Hold one kind of shop against the bars.

    Args:
        world: its name.
        rows: one a seed, origin and age: projected, final, true, the rivals, intervals of both rules.

    Returns:
        All figures with their bars.
    """
    return [*_accuracy(world, rows), *_coverage(world, rows), *_scores(world, rows)]
