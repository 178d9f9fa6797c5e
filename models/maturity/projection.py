"""Where cohorts and periods will end: observed and projected final rates with intervals that name their target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.maturity.cells import ALL_REASONS, DayCounts, count_days
from models.maturity.curves import Curves
from models.maturity.exposure import Expectation, LineSums, expect, sum_lines, week_evidence, week_numbers
from models.maturity.intervals import count_bounds, rate_bounds
from models.maturity.level import Law, Level, candidate_laws, learn_level

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

ENOUGH, NOT_ENOUGH = "enough", "not_enough_evidence"
WIDEST_RATE_INTERVAL = 0.30
"""A true rate known no better than this is not shown as a rate."""
TAILS = (0.05, 0.10, 0.90, 0.95)

PROJECTION_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "reason_class": pl.String,
    "shipped_quantity": pl.Int64,
    "returned_quantity": pl.Int64,
    "exposure_quantity": pl.Float64,
    "developed_share": pl.Float64,
    "observed_rate": pl.Float64,
    "projected_rate": pl.Float64,
    "lower_80": pl.Float64,
    "upper_80": pl.Float64,
    "lower_90": pl.Float64,
    "upper_90": pl.Float64,
    "remaining_quantity": pl.Float64,
    "remaining_variance": pl.Float64,
    "true_rate": pl.Float64,
    "true_rate_lower_90": pl.Float64,
    "true_rate_upper_90": pl.Float64,
    "evidence": pl.String,
}
NULLED = [
    "projected_rate", "lower_80", "upper_80", "lower_90", "upper_90", "remaining_quantity", "remaining_variance",
    "true_rate", "true_rate_lower_90", "true_rate_upper_90",
]  # fmt: skip


@dataclass(frozen=True)
class _Groups:
    """Lines and returns of the groups that are asked for.

    Attributes:
        names: one a group, sorted.
        lines: sold lines with a ``cohort``.
        returned: returns with a ``cohort``.
        place: group of every line.
        own_effect: whether groups may differ from their weeks; periods and weeks may not.
    """

    names: list[object]
    lines: pl.DataFrame
    returned: pl.DataFrame
    place: Integers
    own_effect: bool


@dataclass(frozen=True)
class _Final:
    """Returns to come of one reason class, a group: mean, variance of the expectation; and the true rate."""

    mean: Floats
    variance: Floats
    true_mean: Floats
    true_variance: Floats
    sums: LineSums
    returned: Floats


def _own_effects(returned: Floats, shown: Floats, level_mean: Floats, dispersion: float) -> tuple[Floats, Floats]:
    """How much groups return beyond their weeks and cells: shrunken ratio and its variance."""
    expected = shown * level_mean
    squares = float((expected**2).sum())
    excess = float(((returned - expected) ** 2).sum()) - dispersion * float(expected.sum())
    if len(returned) < 3 or squares <= 0 or excess <= 0:
        return np.ones_like(returned), np.zeros_like(returned)
    told = squares / excess
    precision = expected / dispersion + told
    ratio = (returned / dispersion + told) / precision
    return ratio, ratio / precision


def _finals(groups: _Groups, curves: Curves, expectation: Expectation, level: Level, units: Floats) -> _Final:
    weeks = level.weeks.week
    numbers, _ = week_numbers(groups.lines, int(weeks.max()))
    column = np.clip(np.searchsorted(weeks, numbers), 0, len(weeks) - 1)
    shape = (len(groups.names), len(weeks))
    sums, _ = sum_lines(groups.lines, curves, expectation, groups.place, column, shape)
    came = _returns_of(groups, expectation.reason)
    mean, variance = level.remaining(sums.to_come, sums.shown)
    weights = (sums.to_come + sums.shown) / np.maximum(units, 1.0)[:, None]
    true_mean, true_variance = level.mean(weights)
    variance = variance + sums.to_come_doubt
    true_variance = true_variance + sums.doubt / np.maximum(units, 1.0) ** 2
    if groups.own_effect:
        shown = sums.shown.sum(1)
        scale = level.mean(sums.shown / np.maximum(shown, 1e-12)[:, None])[0]
        ratio, doubt = _own_effects(came, shown, np.maximum(scale, 0.0), curves.dispersion)
        variance = variance * ratio**2 + mean**2 * doubt
        true_variance = true_variance * ratio**2 + true_mean**2 * doubt
        mean, true_mean = mean * ratio, true_mean * ratio
    return _Final(np.maximum(mean, 0.0), variance, np.maximum(true_mean, 0.0), true_variance, sums, came)


def _returns_of(groups: _Groups, reason: str) -> Floats:
    frame = groups.returned
    if reason != ALL_REASONS:
        frame = frame.filter(pl.col("reason_class") == reason)
    came = dict(frame.group_by("cohort").agg(pl.col("quantity").sum()).iter_rows())
    return np.array([float(came.get(name, 0)) for name in groups.names])


def _table(names: list[object], reason: str, units: Floats, final: _Final, dispersion: float) -> pl.DataFrame:
    """One row a group; rates lie between what has come back and what was sold."""
    returned = np.minimum(final.returned, units)
    left = np.maximum(units - returned, 0.0)
    mean = np.minimum(final.mean, left)
    hit = np.divide(mean, left, out=np.zeros_like(mean), where=left > 0)
    variance = final.variance + dispersion * mean * (1.0 - hit)
    bounds = count_bounds(left, mean, variance, TAILS)
    safe = np.maximum(units, 1.0)
    rate = np.clip((returned + mean) / safe, 0.0, 1.0)
    # Where hardly a return is to come, the bounds are whole units and the mean lies between two of them.
    low_90, low_80 = (np.minimum((returned + bounds[:, i]) / safe, rate) for i in (0, 1))
    high_80, high_90 = (np.maximum((returned + bounds[:, i]) / safe, rate) for i in (2, 3))
    true_mean = np.clip(final.true_mean, 0.0, 1.0)
    true = rate_bounds(true_mean, final.true_variance, (0.05, 0.95))
    whole = final.sums.shown.sum(1) + final.sums.to_come.sum(1)
    frame = pl.DataFrame(
        {
            "cohort": names,
            "reason_class": [reason] * len(names),
            "shipped_quantity": units.astype(np.int64),
            "returned_quantity": final.returned.astype(np.int64),
            "exposure_quantity": final.sums.exposure,
            "developed_share": np.clip(final.sums.shown.sum(1) / np.maximum(whole, 1e-12), 0.0, 1.0),
            "observed_rate": returned / safe,
            "projected_rate": rate,
            "lower_80": low_80,
            "upper_80": high_80,
            "lower_90": low_90,
            "upper_90": high_90,
            "remaining_quantity": mean,
            "remaining_variance": variance,
            "true_rate": true_mean,
            "true_rate_lower_90": np.minimum(true[:, 0], true_mean),
            "true_rate_upper_90": np.maximum(true[:, 1], true_mean),
        },
        strict=False,
    )
    known = (pl.col("true_rate_upper_90") - pl.col("true_rate_lower_90") <= WIDEST_RATE_INTERVAL) & (
        pl.col("shipped_quantity") > 0
    )
    frame = frame.with_columns(pl.when(known).then(pl.lit(ENOUGH)).otherwise(pl.lit(NOT_ENOUGH)).alias("evidence"))
    blank = [pl.when(pl.col("evidence") == ENOUGH).then(pl.col(name)).alias(name) for name in NULLED]
    return frame.with_columns(blank).select("cohort", *PROJECTION_SCHEMA)


def _project(
    groups: _Groups, counts: DayCounts, curves: Curves, reasons: Sequence[str], laws: Sequence[Law] | None
) -> pl.DataFrame:
    if not groups.names or counts.sold.is_empty():
        return pl.DataFrame(schema={"cohort": pl.String, **PROJECTION_SCHEMA})
    units = np.bincount(groups.place, weights=groups.lines["quantity"].to_numpy(), minlength=len(groups.names))
    units = units.astype(np.float64)
    finals: dict[str, _Final] = {}
    for reason in (ALL_REASONS, *reasons):
        expectation = expect(counts, curves, reason, one_rate=laws is not None)
        evidence = week_evidence(counts, curves, expectation)
        whole = reason == ALL_REASONS
        chosen = laws if laws is not None else candidate_laws(weeks=len(evidence.week), fine=whole)
        level = learn_level(evidence, dispersion=curves.dispersion, laws=chosen)
        finals[reason] = _finals(groups, curves, expectation, level, units)
    scale = _scale(finals, "mean")
    true_scale = _scale(finals, "true_mean")
    tables = []
    for reason, final in finals.items():
        if reason != ALL_REASONS:
            # The classes share out the total: what each alone would expect only says in which proportion.
            final = _Final(
                final.mean * scale,
                final.variance * scale**2,
                final.true_mean * true_scale,
                final.true_variance * true_scale**2,
                final.sums,
                final.returned,
            )
        tables.append(_table(groups.names, reason, units, final, curves.dispersion))
    return pl.concat(tables).sort("cohort", "reason_class")


def _scale(finals: dict[str, _Final], name: str) -> Floats:
    total = getattr(finals[ALL_REASONS], name)
    parts = sum(
        (getattr(final, name) for reason, final in finals.items() if reason != ALL_REASONS), np.zeros_like(total)
    )
    return np.divide(total, parts, out=np.ones_like(total), where=parts > 0)


def project(
    sold: pl.DataFrame,
    returned: pl.DataFrame,
    curves: Curves,
    *,
    by_reason: bool = True,
    laws: Sequence[Law] | None = None,
) -> pl.DataFrame:
    """Project every cohort to its end.

    The 80 and 90 % intervals hold the cohort's own final observed rate: doubt about the level, the curve and the
    chance of the returns still to come. ``true_rate_lower_90`` and ``true_rate_upper_90`` hold the true rate.

    Args:
        sold: lines of one merchant; with ``cohort`` if cohorts are not the order weeks.
        returned: their returns, with the same ``cohort``.
        curves: of the merchant; its last known day is the day of the projection.
        by_reason: whether to project reason classes too; these add up to ``all``.
        laws: how levels may move, where that is known; cells then return alike. Otherwise both are learned.

    Returns:
        One row a cohort and reason class, sorted. ``evidence`` says whether the rates are shown or null;
        ``remaining_quantity`` is the mean of the returns still to come, with its variance, chance included.
    """
    named = "cohort" in sold.columns
    if not named:
        week = pl.col("order_week").cast(pl.Date).alias("cohort")
        sold, returned = sold.with_columns(week), returned.with_columns(week)
    if "cohort" not in returned.columns:
        returned = returned.with_columns(pl.lit(None, dtype=sold.schema["cohort"]).alias("cohort"))
    counts = _counted(sold, returned, curves, ("cohort",))
    names = counts.sold["cohort"].drop_nulls().unique().sort()
    lines = counts.sold.filter(pl.col("cohort").is_not_null())
    groups = _Groups(list(names), lines, counts.returned, _places(lines, names), named)
    frame = _project(groups, counts, curves, _reasons(counts) if by_reason else (), laws)
    return frame.cast({"cohort": names.dtype})  # days stay days where there is no row


def project_periods(
    sold: pl.DataFrame,
    returned: pl.DataFrame,
    curves: Curves,
    periods: pl.DataFrame,
    *,
    by_reason: bool = True,
) -> pl.DataFrame:
    """Project any periods of order weeks to their end, with the doubt that their weeks share counted once.

    Args:
        sold: lines of one merchant; ``order_date`` is taken where it stands, else the Monday of the order week.
        returned: their returns, likewise.
        curves: of the merchant.
        periods: period, start_date, end_date (both inclusive); they may overlap.
        by_reason: whether to project reason classes too.

    Returns:
        As :func:`project`, with ``period`` in the place of ``cohort``; periods without a line are left out.
    """
    counts = _counted(sold, returned, curves, ())
    dated = periods.select(
        pl.col("period").alias("cohort"),
        pl.col("start_date").cast(pl.Date).alias("_from"),
        pl.col("end_date").cast(pl.Date).alias("_through"),
    )

    def assigned(frame: pl.DataFrame) -> pl.DataFrame:
        day = "order_date" if "order_date" in frame.columns else "order_week"
        frame = frame.with_columns(pl.col(day).cast(pl.Date).alias("_day"))
        # Days are few where lines are many: only days are compared with the ends of periods.
        days = frame.select("_day").unique().sort("_day")
        held = days.join_where(dated, pl.col("_day") >= pl.col("_from"), pl.col("_day") <= pl.col("_through"))
        return frame.join(held.select("_day", "cohort"), on="_day", how="inner")

    inside = _counted(assigned(sold), assigned(returned), curves, ("cohort",))
    names = inside.sold["cohort"].unique().sort()
    groups = _Groups(list(names), inside.sold, inside.returned, _places(inside.sold, names), False)
    frame = _project(groups, counts, curves, _reasons(counts) if by_reason else (), None)
    return frame.rename({"cohort": "period"})


def _counted(sold: pl.DataFrame, returned: pl.DataFrame, curves: Curves, keep: tuple[str, ...]) -> DayCounts:
    cells = curves.cells
    horizons: dict[str, int] = dict(cells.select("window_class", "horizon_days").iter_rows())
    return count_days(
        sold,
        returned,
        known_from=curves.known_from,
        known_through=curves.known_through,
        horizons=horizons,
        keep=keep,
    )


def _places(lines: pl.DataFrame, names: pl.Series) -> Integers:
    if lines.is_empty():
        return np.zeros(0, dtype=np.int64)
    numbered = pl.DataFrame({"cohort": names, "_place": pl.Series(range(len(names)), dtype=pl.Int64)})
    found = lines.select("cohort").join(numbered, on="cohort", how="left", maintain_order="left")
    return found["_place"].to_numpy().astype(np.int64)


def _reasons(counts: DayCounts) -> tuple[str, ...]:
    return tuple(sorted(set(counts.returned["reason_class"])))
