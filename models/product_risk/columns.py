"""The columns of the scores, and the ranks of the two lists.

Belongs here: from arrays to the published frame. Not here: any estimate.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from models.product_risk.counts import CLASS_ALL, WHOLE, UnitCounts, size_of_returns

if TYPE_CHECKING:
    from models.product_risk.score import ClassScores

LEAST_DEVELOPED = 0.3
"""Units of which less is developed are not ranked."""
ENOUGH, NOT_ENOUGH = "enough", "not_enough_evidence"

SCORE_SCHEMA = pl.Schema(
    {
        "unit_kind": pl.String,
        "unit_id": pl.String,
        "product_id": pl.String,
        "category": pl.String,
        "reason_class": pl.String,
        "shipped_line_count": pl.Int64,
        "returned_line_count": pl.Int64,
        "shipped_quantity": pl.Int64,
        "exposure_quantity": pl.Float64,
        "returned_quantity": pl.Int64,
        "developed_share": pl.Float64,
        "observed_rate": pl.Float64,
        "expected_rate": pl.Float64,
        "rate": pl.Float64,
        "lower_90": pl.Float64,
        "upper_90": pl.Float64,
        "limit_rate": pl.Float64,
        "probability_above_limit": pl.Float64,
        "rate_ratio": pl.Float64,
        "rate_ratio_lower": pl.Float64,
        "expected_excess_quantity": pl.Float64,
        "excess_lower": pl.Float64,
        "excess_upper": pl.Float64,
        "excess_cost_amount": pl.Float64,
        "could_be_chance": pl.Boolean,
        "leading_reason_class": pl.String,
        "is_probably_faulty": pl.Boolean,
        "faulty_rank": pl.Int64,
        "cost_rank": pl.Int64,
        "evidence": pl.String,
    }
)
"""Columns of a frame of scores. Rates are of order lines, ``observed_rate`` as counted so far; ``rate`` is the
posterior mean of the final rate with its central 90 % interval; ``rate_ratio`` is it over ``expected_rate``,
``rate_ratio_lower`` the lower end over the same. Quantities are units: of excess at the end of the window, of all that
was shipped, as many as come back with a returned line. Ranks are of 'all' rows with enough evidence only."""

_ESTIMATES = [
    name
    for name, kind in SCORE_SCHEMA.items()
    if kind == pl.Float64 and name not in ("exposure_quantity", "developed_share")
]


def assemble(
    unit: str, counts: UnitCounts, scored: Mapping[str, ClassScores], not_chance: Mapping[str, np.ndarray]
) -> pl.DataFrame:
    """One row a unit and class, without costs and ranks.

    Args:
        unit: kind of unit.
        counts: counts with the units' keys.
        scored: estimates by class, 'all' among them.
        not_chance: by class, which units are surely above the others.

    Returns:
        A frame with the columns of ``SCORE_SCHEMA`` that do not depend on other rows; estimates are null where
        there is not enough evidence.
    """
    leading = _leading(counts, scored)
    frames = [_of_class(unit, counts, name, scored[name], not_chance[name], leading) for name in scored]
    frame = pl.concat(frames)
    enough = pl.col("evidence") == ENOUGH
    return frame.with_columns(
        pl.when(enough & pl.col(name).is_finite()).then(pl.col(name)).alias(name)
        for name in _ESTIMATES
        if name in frame.columns
    )


def with_lists(frame: pl.DataFrame, unit_costs: pl.DataFrame | None, least_probability: float) -> pl.DataFrame:
    """Add costs, the verdict 'probably faulty', and the ranks of both lists.

    Args:
        frame: as made by :func:`assemble`.
        unit_costs: unit_id, unit_cost_amount; None where the merchant gave none.
        least_probability: of a rate above the limit, for the first list.

    Returns:
        The frame with all columns of ``SCORE_SCHEMA``, sorted by unit and class.
    """
    if unit_costs is None:
        frame = frame.with_columns(pl.lit(None, dtype=pl.Float64).alias("unit_cost_amount"))
    else:
        costs = unit_costs.select(pl.col("unit_id").cast(pl.String), pl.col("unit_cost_amount").cast(pl.Float64))
        costs = costs.group_by("unit_id").agg(pl.col("unit_cost_amount").max())
        frame = frame.join(costs, on="unit_id", how="left")
    frame = frame.with_columns(
        (pl.col("expected_excess_quantity") * pl.col("unit_cost_amount")).alias("excess_cost_amount"),
        (
            (pl.col("evidence") == ENOUGH)
            & (pl.col("probability_above_limit") >= least_probability)
            & ~pl.col("could_be_chance")
        )
        .fill_null(value=False)
        .alias("is_probably_faulty"),
    )
    ranked = (pl.col("reason_class") == CLASS_ALL) & (pl.col("evidence") == ENOUGH)
    # Without a cost a unit stands behind those with one, by its units.
    frame = _ranked(frame, ranked, ["probability_above_limit", "rate"], "faulty_rank")
    frame = _ranked(frame, ranked, ["excess_cost_amount", "expected_excess_quantity"], "cost_rank")
    return (
        frame.select(SCORE_SCHEMA.names())
        .cast(dict(SCORE_SCHEMA))
        .sort("unit_id", "product_id", "reason_class", nulls_last=True)
    )


def _ranked(frame: pl.DataFrame, which: pl.Expr, by: list[str], name: str) -> pl.DataFrame:
    order = [*by, "unit_id", "product_id"]
    frame = frame.sort(order, descending=[True] * len(by) + [False, False], nulls_last=True)
    return frame.with_columns(pl.when(which).then(which.cum_sum()).cast(pl.Int64).alias(name))


def _of_class(
    unit: str, counts: UnitCounts, name: str, scores: ClassScores, not_chance: np.ndarray, leading: list[str | None]
) -> pl.DataFrame:
    of_class, shipped = scores.counts, counts.shipped_quantity
    size = size_of_returns(counts)
    excess = [shipped * size * (value - scores.expected) for value in (scores.mean, scores.lower, scores.upper)]
    developed = np.clip(of_class.exposure_quantity / np.maximum(shipped, 1.0), 0.0, 1.0)
    alone = unit in ("product", "variant")
    return counts.keys.select(
        pl.lit(unit).alias("unit_kind"),
        "unit_id",
        "product_id",
        pl.col("category") if alone else pl.lit(WHOLE).alias("category"),
        pl.lit(name).alias("reason_class"),
        pl.Series("shipped_line_count", counts.sold).cast(pl.Int64),
        pl.Series("returned_line_count", of_class.returned).cast(pl.Int64),
        pl.Series("shipped_quantity", shipped).cast(pl.Int64),
        pl.Series("exposure_quantity", of_class.exposure_quantity),
        pl.Series("returned_quantity", of_class.returned_quantity).cast(pl.Int64),
        pl.Series("developed_share", developed),
        pl.Series("observed_rate", of_class.returned / np.maximum(counts.sold, 1.0)),
        pl.Series("expected_rate", scores.expected),
        pl.Series("rate", scores.mean),
        pl.Series("lower_90", scores.lower),
        pl.Series("upper_90", scores.upper),
        pl.Series("limit_rate", scores.limit),
        pl.Series("probability_above_limit", scores.above),
        pl.Series("rate_ratio", scores.mean / np.maximum(scores.expected, 1e-12)),
        pl.Series("rate_ratio_lower", scores.lower / np.maximum(scores.expected, 1e-12)),
        pl.Series("expected_excess_quantity", excess[0]),
        pl.Series("excess_lower", excess[1]),
        pl.Series("excess_upper", excess[2]),
        pl.Series("could_be_chance", ~not_chance),
        pl.Series("leading_reason_class", leading, dtype=pl.String),
        pl.Series("evidence", np.where((shipped > 0) & (developed >= LEAST_DEVELOPED), ENOUGH, NOT_ENOUGH)),
    )


def _leading(counts: UnitCounts, scored: Mapping[str, ClassScores]) -> list[str | None]:
    """The class with the most expected excess of each unit; none where no class is above what is expected."""
    names = [name for name in scored if name != CLASS_ALL]
    if not names:
        return [None] * len(counts.keys)
    excess = np.stack([counts.shipped_quantity * (scored[name].mean - scored[name].expected) for name in names], axis=1)
    best = np.argmax(excess, axis=1)
    above = excess[np.arange(len(best)), best] > 0
    return [names[index] if is_above else None for index, is_above in zip(best, above, strict=True)]
