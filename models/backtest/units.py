"""Product risk wound back: scores from what was known before a day against the rates of what was sold after it.

Rates are of order lines, as the scores are; how the same scores rank rates of units is told beside it. Belongs here:
which units are compared, and how well. Not here: the scores (``models.product_risk``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from models.backtest.history import History, Known, known_before, known_today
from models.backtest.measures import (
    correlation_interval,
    coverage_band,
    interval_score,
    pearson,
    share_of_worst_found,
    spearman,
)
from models.backtest.predictive import Later, Noise, Said, later_law, measure_noise
from models.maturity import learn_curves
from models.product_risk import score, unit_id

LEAST_BEFORE = 30
LEAST_AFTER = 15
LEAST_JUDGED = 5
"""Units below which nothing is said about how well they were ranked."""
LEAST_DEVELOPED = 0.3
"""Lines of which less is known today say too little about their end."""
ENOUGH, NOT_ENOUGH = "enough", "not_enough_evidence"
DRAWS, SEED = 40, 1
RULES = ("score", "observed_rate_before", "expected_rate")
UNIT_SCHEMA: dict[str, type[pl.DataType]] = {
    "unit_id": pl.String,
    "product_id": pl.String,
    "category": pl.String,
    "line_count_before": pl.Int64,
    "quantity_before": pl.Int64,
    "observed_rate_before": pl.Float64,
    "observed_unit_rate_before": pl.Float64,
    "expected_rate": pl.Float64,
    "score": pl.Float64,
    "true_lower_90": pl.Float64,
    "true_upper_90": pl.Float64,
    "is_probably_faulty": pl.Boolean,
    "line_count_after": pl.Int64,
    "quantity_after": pl.Int64,
    "exposure_after": pl.Float64,
    "returned_after": pl.Int64,
    "later_rate": pl.Float64,
    "later_unit_rate": pl.Float64,
    "lower_80": pl.Float64,
    "upper_80": pl.Float64,
    "lower_90": pl.Float64,
    "upper_90": pl.Float64,
}


@dataclass(frozen=True)
class UnitReplay:
    """What came of the scores.

    Attributes:
        units: one row a judged unit, see :data:`UNIT_SCHEMA`, the highest score first. Bounds without ``true_`` are
            of the later observed rate.
        counts: units and lines that were scored, that had too few lines before or after, and that were judged.
        figures: correlations, coverage, worst decile; see :func:`unit_figures`. Empty where nothing is judged.
        by_units: how the same scores rank later rates of units of goods, and under ``rivals`` how their uncorrected
            earlier rate does.
        noise: how much later rates vary beyond the scores' own doubt, measured before the day.
        evidence: ``enough`` or why nothing is said.
    """

    units: pl.DataFrame
    counts: dict[str, int]
    figures: dict[str, object]
    by_units: dict[str, object]
    noise: Noise
    evidence: str


def replay_units(history: History, day: date, unit: str) -> UnitReplay:
    """Score units by what was known before a day and judge them by what was sold from that day on.

    Args:
        history: every return has a ``known_date``.
        day: the cutoff: the first day of which nothing is known.
        unit: ``product``, ``variant`` or ``brand``.

    Returns:
        Scores beside later rates of units with at least 30 lines before and 15 after.
    """
    known = known_before(history, day)
    said = _scores(known, unit)
    if said.is_empty():
        return _nothing("no line was shipped before the cutoff", {})
    after = _after(history, known_today(history), day, unit)
    both = said.join(after, on="unit_id", how="inner", maintain_order="left")
    ripe = both.filter(
        (pl.col("line_count_before") >= LEAST_BEFORE)
        & (pl.col("line_count_after") >= LEAST_AFTER)
        & pl.col("score").is_not_null()
    )
    counts = {
        "line_count_before": int(said["line_count_before"].sum()),
        "line_count_after": int(after["line_count_after"].sum()),
        "unit_count_before": len(said),
        "unit_count_after": len(after),
        "unit_count_of_both": len(both),
        "unit_count_judged": len(ripe),
    }
    if set(said["unit_id"].to_list()) <= {"none", "-"}:
        return _nothing(f"no {unit} of any line is known", counts)
    if len(ripe) < LEAST_JUDGED:
        reason = f"{len(ripe)} units have {LEAST_BEFORE} lines before and {LEAST_AFTER} after; {LEAST_JUDGED} are asked"
        return _nothing(reason, counts)
    noise = _noise_before(history, known, day, unit)
    law = later_law(_said(ripe), ripe["exposure_after"].to_numpy(), noise)
    bounds = {f"{side}_{level}": pl.Series(values) for level in (80, 90) for side, values in _sides(law, level)}
    units = ripe.with_columns(**bounds).sort("score", "unit_id", descending=[True, False])
    figures = unit_figures(units, later_law(_said(units), units["exposure_after"].to_numpy(), noise))
    units = units.select(pl.col(name).cast(kind) for name, kind in UNIT_SCHEMA.items())
    return UnitReplay(units, counts, figures, _by_units(units), noise, ENOUGH)


def _nothing(reason: str, counts: dict[str, int]) -> UnitReplay:
    return UnitReplay(pl.DataFrame(schema=UNIT_SCHEMA), counts, {}, {}, Noise(), reason)


def _sides(law: Later, level: int) -> list[tuple[str, np.ndarray]]:
    lower, upper = law.bounds(level / 100)
    return [("lower", lower), ("upper", upper)]


def _said(units: pl.DataFrame) -> Said:
    return Said(*(units[name].to_numpy() for name in ("score", "true_lower_90", "true_upper_90")))


def _scores(known: Known, unit: str) -> pl.DataFrame:
    """Scores of one kind of unit with the lines that they rest on."""
    if known.sold.is_empty():
        return pl.DataFrame()
    curves = learn_curves(known.sold, known.returned, known_from=known.known_from, known_through=known.known_through)
    frame = score(known.sold, known.returned, curves, unit=unit).frame.filter(pl.col("reason_class") == "all")
    lines = known.lines.group_by(unit_id(unit)).agg(pl.len().cast(pl.Int64).alias("line_count_before"))
    of_units = pl.col("returned_quantity") / pl.col("shipped_quantity").clip(lower_bound=1)
    return (
        frame.with_columns(of_units.alias("observed_unit_rate_before"))
        .rename({"rate": "score", "lower_90": "true_lower_90", "upper_90": "true_upper_90"})
        .rename({"observed_rate": "observed_rate_before", "shipped_quantity": "quantity_before"})
        .join(lines, on="unit_id", how="inner", maintain_order="left")
    )


def _after(history: History, seen: Known, day: date, unit: str) -> pl.DataFrame:
    """What was sold from a day on and came back, by unit, as far as ``seen`` tells; young lines are left out."""
    if seen.lines.is_empty():
        return pl.DataFrame(schema={"unit_id": pl.String, "line_count_after": pl.Int64})
    curves = learn_curves(seen.sold, seen.returned, known_from=seen.known_from, known_through=seen.known_through)
    lines = seen.lines.filter(pl.col("placed_date") >= day)
    lines = lines.with_columns(curves.developed(lines).alias("developed"))
    lines = lines.filter(pl.col("developed") >= LEAST_DEVELOPED)
    known = history.returns.filter(pl.col("known_date") <= seen.known_through)
    back = known.group_by("line").agg(pl.col("quantity").sum().alias("returned"))
    after = (
        lines.join(back, on="line", how="left", maintain_order="left")
        .sort("line")
        .group_by(unit_id(unit), maintain_order=True)
        .agg(
            pl.len().cast(pl.Int64).alias("line_count_after"),
            pl.col("quantity").sum().alias("quantity_after"),
            pl.col("developed").sum().alias("exposure_after"),
            (pl.col("returned") > 0).sum().cast(pl.Int64).alias("returned_after"),
            (pl.col("quantity") * pl.col("developed")).sum().alias("exposed_quantity"),
            pl.col("returned").sum().alias("returned_quantity_after"),
        )
    )
    rate = (pl.col("returned_after") / pl.col("exposure_after")).clip(0.0, 1.0)
    of_units = (pl.col("returned_quantity_after") / pl.col("exposed_quantity")).clip(0.0, 1.0)
    return after.with_columns(rate.alias("later_rate"), of_units.alias("later_unit_rate")).sort("unit_id")


def _noise_before(history: History, known: Known, day: date, unit: str) -> Noise:
    """Measure clusters and drift on a cut as far before the day as today is after it, or half of the history."""
    first = known.lines["placed_date"].min()
    span = min((history.known_through - day).days + 1, (day - first).days // 2)  # ty: ignore[unsupported-operator]
    if span < 14:
        return Noise()
    earlier = day - timedelta(days=span)
    said = _scores(known_before(history, earlier), unit)
    if said.is_empty():
        return Noise()
    after = _after(history, known, earlier, unit)
    both = said.join(after, on="unit_id", how="inner", maintain_order="left").filter(
        (pl.col("line_count_before") >= LEAST_BEFORE // 2)
        & (pl.col("line_count_after") >= LEAST_AFTER // 2)
        & pl.col("score").is_not_null()
    )
    return measure_noise(_said(both), both["later_rate"].to_numpy(), both["exposure_after"].to_numpy())


def unit_figures(units: pl.DataFrame, law: Later) -> dict[str, object]:
    """Judge scores by later rates.

    Args:
        units: as in :class:`UnitReplay`, with ``is_probably_faulty``.
        law: of the later rates, one a row.

    Returns:
        ``spearman`` and ``pearson`` with 95 % intervals and, under ``rivals``, those of the uncorrected earlier rate
        and of the category's expectation; ``worst_decile_found`` with its rivals; ``bias`` (said less later, weighed
        by exposure); ``coverage``: one dict a level and group of units. ``spearman_if_right`` of each rule is its mean
        over later rates drawn from ``law``: ties at no return at all follow volume before and after alike, and let
        uncorrected rates rank better than the truth does, so that a rule is to be held against this and not against 1.
    """
    later = units["later_rate"].to_numpy()
    rules = {name: units[name].fill_null(0.0).to_numpy() for name in RULES}
    draws = law.draws(DRAWS, SEED)
    ranked = {name: _ranking(said, later) | _if_right(said, draws) for name, said in rules.items()}
    own = ranked.pop("score")
    weight = units["exposure_after"].to_numpy()
    return {
        **own,
        "rivals": ranked,
        "bias": float(((rules["score"] - later) * weight).sum() / weight.sum()),
        "mean_score": float((rules["score"] * weight).sum() / weight.sum()),
        "mean_later_rate": float((later * weight).sum() / weight.sum()),
        "coverage": [_coverage(name, mask, units, law, level) for level in (80, 90) for name, mask in _groups(units)],
    }


def _ranking(said: np.ndarray, later: np.ndarray) -> dict[str, object]:
    rank, straight = spearman(said, later), pearson(said, later)
    return {
        "spearman": rank,
        "spearman_95": list(correlation_interval(rank, len(later))),
        "pearson": straight,
        "pearson_95": list(correlation_interval(straight, len(later))),
        "worst_decile_found": share_of_worst_found(said, later),
    }


def _if_right(said: np.ndarray, draws: np.ndarray) -> dict[str, object]:
    reached = [rank for rank in (spearman(said, drawn) for drawn in draws) if rank is not None]
    return {"spearman_if_right": float(np.mean(reached)) if reached else None}


def _by_units(units: pl.DataFrame) -> dict[str, object]:
    later = units["later_unit_rate"].to_numpy()
    said = {name: units[name].to_numpy() for name in ("score", "observed_unit_rate_before")}
    ranked = {name: _ranking(rule, later) for name, rule in said.items()}
    return ranked.pop("score") | {"rivals": ranked}


def _groups(units: pl.DataFrame) -> list[tuple[str, np.ndarray]]:
    """All judged units; thirds by later volume, by what was said and by what came; the listed ones."""
    made = [("all", np.ones(len(units), dtype=bool))]
    names = ("low", "middle", "high")
    for column, kind in (("exposure_after", "volume"), ("score", "score"), ("later_rate", "later rate")):
        order = np.argsort(units[column].to_numpy(), kind="stable")
        for name, part in zip(names, np.array_split(order, 3), strict=True):
            made.append((f"{name} {kind}", np.isin(np.arange(len(units)), part)))
    return [*made, ("probably faulty", units["is_probably_faulty"].fill_null(value=False).to_numpy())]


def _coverage(name: str, mask: np.ndarray, units: pl.DataFrame, law: Later, level: int) -> dict[str, object]:
    part = Later(law.trials[mask], law.first[mask], law.second[mask])
    later = units["later_rate"].to_numpy()[mask]
    lower, upper = (units[f"{side}_{level}"].to_numpy()[mask] for side in ("lower", "upper"))
    count = len(later)
    if not count:
        empty = dict.fromkeys(("coverage", "coverage_of_atoms", "band", "fits", "interval_score"))
        return {"level": level / 100, "group": name, "unit_count": 0, **empty}
    # A rate on clusters lies between two whole numbers of them.
    half = 0.5 / part.trials
    held = float(np.mean((lower - half <= later) & (later <= upper + half)))
    exact = float(np.mean(part.share_within(later, level / 100)))
    low, high = coverage_band(exact, count)
    return {
        "level": level / 100,
        "group": name,
        "unit_count": count,
        "coverage": held,
        "coverage_of_atoms": exact,
        "band": [low, high],
        "fits": low is not None and high is not None and low <= level / 100 <= high,
        "interval_score": float(np.mean(interval_score(lower, upper, later, level / 100))),
    }
