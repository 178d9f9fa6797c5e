"""Maturity wound back: what each young cohort was projected to, and where it ended.

Belongs here: replaying days and judging projections. Not here: the projection (``models.maturity``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from models.backtest.history import History, Known, known_before
from models.backtest.measures import coverage_band, interval_score
from models.backtest.rivals import RIVALS, rival_rates
from models.maturity import learn_curves, project
from models.maturity.intervals import count_share_within

WHOLE_SHARE = 0.98
"""Part of a cohort's units that must be old enough."""
NEARLY = 0.9
"""Part of the horizon from which a cohort is nearly ripe and judged."""
AGES = ((0, 6), (7, 13), (14, 29), (30, 59), (60, None))
ENOUGH = "enough"
COHORT_SCHEMA: dict[str, type[pl.DataType]] = {
    "as_of": pl.Date,
    "cohort": pl.Date,
    "age_days": pl.Float64,
    "shipped_quantity": pl.Int64,
    "known_returned_quantity": pl.Int64,
    "final_returned_quantity": pl.Int64,
    "late_returned_quantity": pl.Int64,
    "horizon_days": pl.Int64,
    "developed_share": pl.Float64,
    "observed_rate": pl.Float64,
    "projected_rate": pl.Float64,
    "lower_80": pl.Float64,
    "upper_80": pl.Float64,
    "lower_90": pl.Float64,
    "upper_90": pl.Float64,
    "remaining_quantity": pl.Float64,
    "remaining_variance": pl.Float64,
    "final_rate": pl.Float64,
    "evidence": pl.String,
    "ripeness": pl.String,
    "is_judged": pl.Boolean,
    **dict.fromkeys(RIVALS, pl.Float64),
}


@dataclass(frozen=True)
class CohortReplay:
    """What came of the projections.

    Attributes:
        cohorts: one row a day and order week that was not whole yet on that day, see :data:`COHORT_SCHEMA`.
            ``ripeness`` says how far its end is known today: ``whole``, ``nearly`` (0.9 of the horizon) or
            ``not_yet``, which is not judged.
        figures: one a band of ages, and one over all, see :func:`age_figures`.
        evidence: by day, ``enough`` or why nothing could be said.
    """

    cohorts: pl.DataFrame
    figures: list[dict[str, object]]
    evidence: dict[date, str]


def replay_cohorts(history: History, days: Sequence[date]) -> CohortReplay:
    """Project every young order week as of each day, and compare with its end as it is known today.

    Args:
        history: every return has a ``known_date``.
        days: first days of which nothing is known.

    Returns:
        Projections beside ends. The target of the intervals is the later observed rate of the same lines, with
        the sampling noise of what was still to come.
    """
    made, evidence = [], {}
    for day in sorted(set(days)):
        known = known_before(history, day)
        evidence[day] = _evidence(known)
        if evidence[day] == ENOUGH:
            made.append(_replayed(history, known, day))
    cohorts = pl.concat(made) if made else pl.DataFrame(schema=COHORT_SCHEMA)
    return CohortReplay(cohorts, age_figures(cohorts), evidence)


def _evidence(known: Known) -> str:
    if known.lines.is_empty():
        return "no line was shipped before that day"
    if known.returned.is_empty():
        return "no return was known before that day"
    return ENOUGH


def _replayed(history: History, known: Known, day: date) -> pl.DataFrame:
    curves = learn_curves(known.sold, known.returned, known_from=known.known_from, known_through=known.known_through)
    said = project(known.sold, known.returned, curves, by_reason=False).filter(pl.col("reason_class") == "all")
    horizons = dict(curves.cells.select("window_class", "horizon_days").iter_rows())
    horizon = max(horizons.values(), default=0)
    before = history.returns.filter(pl.col("known_date") < day)
    rivals = rival_rates(known.lines, before, day, horizon)
    ends = _ends(history, known, day, horizons)
    frame = (
        said.with_columns(pl.col("cohort").cast(pl.Date))
        .drop("shipped_quantity")
        .join(ends, on="cohort", how="inner")
        .join(rivals, on="cohort", how="left")
        .with_columns(pl.lit(day).alias("as_of"))
    )
    if history.known_from is not None:
        frame = frame.filter(pl.col("cohort") >= history.known_from)
    young = frame.filter(pl.col("youngest_days") < pl.col("horizon_days"))
    has_rate = pl.col("projected_rate").is_not_null()
    judged = young.with_columns(is_judged=(pl.col("ripeness") != "not_yet") & has_rate)
    return judged.sort("cohort").select(pl.col(name).cast(kind) for name, kind in COHORT_SCHEMA.items())


def _ends(history: History, known: Known, day: date, horizons: dict[str, int]) -> pl.DataFrame:
    """Every known cohort's counts then and today, and how ripe it is today.

    The end is the model's: what came after its horizon of that day is counted apart.
    """
    horizon = pl.col("window_class").replace_strict(
        list(horizons), list(horizons.values()), default=pl.col("horizon_days"), return_dtype=pl.Int64
    )
    lines = known.lines.with_columns(horizon.alias("horizon_days")).join(
        history.lines.select("line", pl.col("start_date").alias("start_today")), on="line", maintain_order="left"
    )
    back = history.returns.filter(pl.col("known_date") <= history.known_through)
    back = back.join(lines.select("line", "start_today", "horizon_days"), on="line", how="inner")
    # What was known on the day counts, however late it came.
    is_late = (pl.col("known_date") >= day) & (
        (pl.col("known_date") - pl.col("start_today")).dt.total_days() > pl.col("horizon_days")
    )
    back = back.group_by("line").agg(
        pl.col("quantity").filter(~is_late).sum().alias("final"),
        pl.col("quantity").filter(is_late).sum().alias("late"),
        pl.col("quantity").filter(pl.col("known_date") < day).sum().alias("then"),
    )
    age_today = (pl.lit(history.known_through) - pl.col("start_today")).dt.total_days()
    age_then = (pl.lit(known.known_through) - pl.col("start_date")).dt.total_days().clip(0)
    units = pl.col("quantity")

    def old_enough(part: float) -> pl.Expr:
        return units.filter(age_today >= part * pl.col("horizon_days")).sum() >= WHOLE_SHARE * units.sum()

    ends = (
        lines.join(back, on="line", how="left", maintain_order="left")
        .group_by(pl.col("order_week").alias("cohort"))
        .agg(
            units.sum().alias("shipped_quantity"),
            pl.col("then").sum().alias("known_returned_quantity"),
            pl.col("final").sum().alias("final_returned_quantity"),
            pl.col("late").sum().alias("late_returned_quantity"),
            pl.col("horizon_days").max(),
            age_then.min().alias("youngest_days"),
            ((age_then * units).sum() / units.sum()).alias("age_days"),
            old_enough(1.0).alias("is_whole"),
            old_enough(NEARLY).alias("is_nearly"),
        )
    )
    ripeness = pl.when("is_whole").then(pl.lit("whole")).when("is_nearly").then(pl.lit("nearly"))
    return ends.with_columns(
        ripeness.otherwise(pl.lit("not_yet")).alias("ripeness"),
        (pl.col("final_returned_quantity") / pl.col("shipped_quantity")).alias("final_rate"),
    ).sort("cohort")


def age_figures(cohorts: pl.DataFrame) -> list[dict[str, object]]:
    """Judge projections by the age that cohorts had, and all together.

    Args:
        cohorts: as in :class:`CohortReplay`.

    Returns:
        Dicts of ``ages`` (``0-6`` days, ..., ``all``), ``cohort_count`` (judged ones), ``rmse``, ``bias`` (projected
        less final), ``observed_bias`` (uncorrected rates), ``late_rate`` (returned after the horizon, in no other
        figure), ``rival_rmse`` by rule, ``rmse_ratio_to_best_rival``, ``coverage_80``, ``coverage_90``, the same
        ``_of_atoms`` (see :func:`models.maturity.intervals.count_share_within`) with their Monte-Carlo bands, and
        ``interval_score_90``; null without cohorts.
    """
    judged = cohorts.filter(pl.col("is_judged"))
    found = []
    for low, high in (*AGES, (None, None)):
        part = judged
        if low is not None:
            part = part.filter(pl.col("age_days") >= low)
        if high is not None:
            part = part.filter(pl.col("age_days") < high + 1)
        name = "all" if low is None else f"{low}-{high}" if high is not None else f"{low}+"
        found.append({"ages": name, **_figures(part)})
    return found


def _figures(part: pl.DataFrame) -> dict[str, object]:
    final = part["final_rate"].to_numpy()
    said = part["projected_rate"].to_numpy()
    compared = part.drop_nulls(list(RIVALS))
    truth = compared["final_rate"].to_numpy()
    rivals = {name: root_mean_square(compared[name].to_numpy() - truth) for name in RIVALS}
    best = min((value for value in rivals.values() if value is not None), default=None)
    own = root_mean_square(compared["projected_rate"].to_numpy() - truth)
    figures: dict[str, object] = {
        "cohort_count": len(part),
        "rmse": root_mean_square(said - final),
        "bias": _mean(said - final),
        "observed_bias": _mean(part["observed_rate"].to_numpy() - final),
        "late_rate": _mean((part["late_returned_quantity"] / part["shipped_quantity"]).to_numpy()),
        "rival_rmse": rivals,
        "rmse_ratio_to_best_rival": own / best if own is not None and best else None,
    }
    for level in (80, 90):
        lower, upper = part[f"lower_{level}"].to_numpy(), part[f"upper_{level}"].to_numpy()
        held = (lower - 1e-9 <= final) & (final <= upper + 1e-9)
        exact = _mean(_share_within(part, level / 100))
        low, high = coverage_band(exact or 0.0, len(part))
        figures |= {
            f"coverage_{level}": _mean(held.astype(np.float64)),
            f"coverage_{level}_of_atoms": exact,
            f"coverage_{level}_band": [low, high],
            f"coverage_{level}_fits": None if low is None or high is None else low <= level / 100 <= high,
        }
    scores = interval_score(part["lower_90"].to_numpy(), part["upper_90"].to_numpy(), final, 0.9)
    return figures | {"interval_score_90": _mean(scores)}


def _share_within(part: pl.DataFrame, level: float) -> np.ndarray:
    sold, then, final = (
        part[name].to_numpy().astype(np.float64)
        for name in ("shipped_quantity", "known_returned_quantity", "final_returned_quantity")
    )
    mean, variance = (part[name].to_numpy() for name in ("remaining_quantity", "remaining_variance"))
    return count_share_within(sold - then, mean, variance, final - then, level)


def root_mean_square(errors: np.ndarray) -> float | None:
    """Root of the mean square; None of nothing."""
    return float(np.sqrt(np.mean(errors**2))) if len(errors) else None


def _mean(values: np.ndarray) -> float | None:
    return float(np.mean(values)) if len(values) else None
