"""What the watch tells: rows of flags, of their weekly pictures, and of the watch list.

Belongs here: names, weeks, intervals as columns. Not here: words for people (reports) and who is flagged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from models.early_warning import control, evidence, sizes
from models.early_warning.looking import Facts, Looked, facts
from models.early_warning.panel import monday_of

UNIT = {
    "kind": pl.String,
    "unit_id": pl.String,
    "product_id": pl.String,
    "variant_id": pl.String,
    "supplier": pl.String,
    "category": pl.String,
    "first_sold_week": pl.Date,
    "reason_class": pl.String,
}
FLAGS = {
    **UNIT,
    "first_seen_week": pl.Date,
    "since_week": pl.Date,
    "size_multiplier": pl.Float64,
    "size_lower_90": pl.Float64,
    "size_upper_90": pl.Float64,
    "chance_of_false_alarm": pl.Float64,
    "sold_line_count": pl.Int64,
    "returned_line_count": pl.Int64,
    "expected_line_count": pl.Float64,
}
"""A flag's columns.

Only the keys of the unit's kind are filled. ``size_multiplier`` with its 90 % interval tells how many times its own
rate against its like's the unit has now, since ``since_week``; for a lot, how many times other lots' rate. Its like are
those that are not flagged, unless these are few; a unit that is much of its category itself is then told too small.
``chance_of_false_alarm`` is the share of false ones to expect among flags of its strength
(``control.chances_of_false``). Lines are counted since ``since_week``, what was expected at the unit's own rate before.
"""
WEEKS = {
    "kind": pl.String,
    "unit_id": pl.String,
    "reason_class": pl.String,
    "sold_week": pl.Date,
    "sold_line_count": pl.Int64,
    "returned_line_count": pl.Int64,
    "expected_line_count": pl.Float64,
    "lower_90": pl.Float64,
    "upper_90": pl.Float64,
}
"""A picture's columns: returns known by the last look by cohort week, what was expected of them at the unit's own rate
before, and where 90 % of such counts lie."""
WATCH_LIST = {
    **UNIT,
    "probability_above_limit": pl.Float64,
    "limit_multiplier": pl.Float64,
    "returned_line_count": pl.Int64,
    "expected_line_count": pl.Float64,
    "error_control": pl.String,
}
"""The watch list's columns; ``error_control`` is always ``none``. Lines are those of the last 26 cohort weeks, expected
at the rate of its like; the probability rests on these and nothing older."""
LEAST_LISTED = 0.05
LEAST_SEEN = 2
"""Returned lines without which nothing stands on the watch list."""


def named(one: Looked, units: np.ndarray, places: np.ndarray) -> pl.DataFrame:
    """Columns of :data:`UNIT` for chosen units and classes, row by row.

    Args:
        one: the kind.
        units: (rows,) numbers of units.
        places: (rows,) numbers of classes.
    """
    keys = one.panel.units[units]
    if "first" in keys.columns:
        mondays = pl.Series("first_sold_week", [monday_of(first) for first in keys["first"]], dtype=pl.Date)
        keys = keys.drop("first").with_columns(mondays)
    parts = [pl.col(name).cast(pl.String) for name in keys.columns]
    whole = pl.concat_str(parts, separator="/").str.replace(r"/-$", "")
    classes = pl.Series("reason_class", [one.panel.classes[place] for place in places], dtype=pl.String)
    rows = keys.with_columns(whole.alias("unit_id"), pl.lit(one.panel.kind).alias("kind"), classes)
    missing = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in UNIT.items() if name not in rows.columns]
    return rows.with_columns(missing).select(*UNIT)


def first_weeks(flagged: np.ndarray, units: np.ndarray, places: np.ndarray, weeks: list[int]) -> pl.Series:
    """Monday of the first look at which each was flagged.

    Args:
        flagged: (looks, units, classes).
        units: (rows,) numbers of units.
        places: (rows,) numbers of classes.
        weeks: numbers of the looks' weeks.
    """
    turns = np.argmax(flagged[:, units, places], axis=0)
    return pl.Series("first_seen_week", [monday_of(weeks[turn]) for turn in turns], dtype=pl.Date)


def _by_class(one: Looked, units: np.ndarray, places: np.ndarray) -> list[tuple[np.ndarray, int, Facts]]:
    """Facts of chosen units at the last look, class by class, with the rows that they are of."""
    made = []
    for place in np.unique(places):
        rows = np.flatnonzero(places == place)
        from_start = one.panel.kind == "lot"
        found = facts(one.watched, one.last, one.window, units[rows], int(place), from_start=from_start)
        made.append((rows, int(place), found))
    return made


@dataclass(frozen=True)
class _Sized:
    """Flagged units of one class.

    Attributes:
        points: (units, 3) of the size.
        since: (units, weeks) whether a cohort is of the rise.
        own: (units,) own rate against its like's before.
    """

    points: np.ndarray
    since: np.ndarray
    own: np.ndarray


def _sized(one: Looked, place: int, found: Facts) -> _Sized:
    """Size with the dispersion of counts at the rate that units have now: the more come back, the less is chance."""

    def at(given: Facts) -> _Sized:
        points, start = sizes.sizes(given)
        since = np.arange(evidence.WINDOW) >= start[:, None]
        return _Sized(points, since, _own_rate_before(given, start))

    first = at(found)
    lift = np.where(first.since, first.points[:, 1:2], 1.0) * first.own[:, None]
    expected = found.expected * found.factor[:, None] * lift
    dispersion = one.watched.usual.dispersions[place]
    return at(found.at_dispersion(dispersion.of(expected, one.window.sold[found.units], tail=1.0)))


def _own_rate_before(found: Facts, start: np.ndarray) -> np.ndarray:
    """(units,) own rate against its like's, from cohorts before the start and the prior."""
    before = np.arange(found.returned.shape[1]) < start[:, None]
    count = found.shape + found.old_returned + (found.returned * before).sum(1)
    return count / (found.shape + found.old_expected + (found.expected * before).sum(1))


def flag_rows(
    looked: Sequence[Looked], q_values: Sequence[np.ndarray], allowed: float, weeks: list[int]
) -> pl.DataFrame:
    """Rows of :data:`FLAGS`, the surest first.

    Args:
        looked: the kinds.
        q_values: (looks, units, classes) of each kind.
        allowed: the largest value that makes a flag.
        weeks: numbers of the looks' weeks.
    """
    frames = []
    for one, values in zip(looked, q_values, strict=True):
        units, places = np.nonzero(values[-1] <= allowed)
        names = named(one, units, places).with_columns(
            first_weeks(values <= allowed, units, places, weeks),
            pl.Series("false_share", values[-1, units, places]),
        )
        for rows, place, found in _by_class(one, units, places):
            frames.append(names[rows].with_columns(_size_columns(one, place, found)))
    if not frames:
        return pl.DataFrame(schema=FLAGS)
    flags = pl.concat(frames).sort("false_share", "kind", "unit_id", "reason_class")
    chances = control.chances_of_false(flags["false_share"].to_numpy(), allowed / control.SAFETY)
    return flags.with_columns(pl.Series("chance_of_false_alarm", chances)).select(*FLAGS)


def _size_columns(one: Looked, place: int, found: Facts) -> list[pl.Series]:
    """Size, start and counts of flagged units of one class."""
    sized = _sized(one, place, found)
    points, since, own = sized.points, sized.since, sized.own
    start = np.argmax(since, axis=1)
    sold = one.window.sold[found.units]
    first = one.last.week - evidence.WINDOW + 1
    sold_first = np.where(sold.any(1), np.argmax(sold > 0, axis=1), 0)
    mondays = [monday_of(first + int(place)) for place in np.maximum(start, sold_first)]
    return [
        pl.Series("since_week", mondays, dtype=pl.Date),
        pl.Series("size_lower_90", points[:, 0]),
        pl.Series("size_multiplier", points[:, 1]),
        pl.Series("size_upper_90", points[:, 2]),
        pl.Series("sold_line_count", np.rint((sold * since).sum(1)).astype(np.int64)),
        pl.Series("returned_line_count", np.rint((found.returned * since).sum(1) * found.factor).astype(np.int64)),
        pl.Series("expected_line_count", (found.expected * since).sum(1) * found.factor * own),
    ]


def week_rows(looked: Sequence[Looked], q_values: Sequence[np.ndarray], allowed: float) -> pl.DataFrame:
    """Rows of :data:`WEEKS` of all that is flagged at the last look.

    Args:
        looked: the kinds.
        q_values: (looks, units, classes) of each kind.
        allowed: the largest value that makes a flag.
    """
    frames = [pl.DataFrame(schema=WEEKS)]
    for one, values in zip(looked, q_values, strict=True):
        units, places = np.nonzero(values[-1] <= allowed)
        names = named(one, units, places).select("kind", "unit_id", "reason_class")
        for rows, place, found in _by_class(one, units, places):
            picture = _picture(one, found, _sized(one, place, found).own, found.shape + found.old_returned)
            frames.append(pl.concat([names[np.repeat(rows, evidence.WINDOW)], picture], how="horizontal"))
    rows = pl.concat(frames).filter((pl.col("sold_line_count") > 0) | (pl.col("returned_line_count") > 0))
    return rows.sort("kind", "unit_id", "reason_class", "sold_week")


def _picture(one: Looked, found: Facts, own: np.ndarray, weight: np.ndarray) -> pl.DataFrame:
    """Cohort weeks of units of one class, unit by unit."""
    from scipy import stats

    mean = found.expected * own[:, None]
    count = weight + (found.returned.sum(1))
    law = stats.nbinom(np.repeat(count, evidence.WINDOW), 1 / (1 + mean.ravel() / np.repeat(count, evidence.WINDOW)))
    factor = np.repeat(found.factor, evidence.WINDOW)
    first = one.last.week - evidence.WINDOW + 1
    mondays = [monday_of(first + place) for place in range(evidence.WINDOW)]
    return pl.DataFrame(
        {
            "sold_week": pl.Series(mondays * len(own), dtype=pl.Date),
            "sold_line_count": np.rint(one.window.sold[found.units].ravel()).astype(np.int64),
            "returned_line_count": np.rint(found.returned.ravel() * factor).astype(np.int64),
            "expected_line_count": mean.ravel() * factor,
            "lower_90": law.ppf(0.05) * factor,
            "upper_90": law.ppf(0.95) * factor,
        }
    )


def watch_rows(
    looked: Sequence[Looked], q_values: Sequence[np.ndarray], allowed: float, limit: float, count: int
) -> pl.DataFrame:
    """Rows of :data:`WATCH_LIST`, the likeliest first.

    Args:
        looked: the kinds.
        q_values: (looks, units, classes) of each kind.
        allowed: the largest value that makes a flag; those are not listed.
        limit: how many times its like's rate.
        count: rows at most.
    """
    frames = [pl.DataFrame(schema=WATCH_LIST)]
    for one, values in zip(looked, q_values, strict=True):
        units, places = np.nonzero((one.last.returned >= LEAST_SEEN) & (values[-1] > allowed))
        names = named(one, units, places)
        for rows, _, whole in _by_class(one, units, places):
            # Only the weeks that are shown: what was long ago and is over is nothing to look at now.
            found = replace(whole, old_returned=np.zeros(rows.size), old_expected=np.zeros(rows.size))
            lines = np.rint(found.returned.sum(1) * found.factor).astype(np.int64)
            expected = found.expected.sum(1) * found.factor
            is_more = (lines >= LEAST_SEEN) & (lines > expected)
            columns = [
                pl.Series("probability_above_limit", sizes.chance_above(found, limit)),
                pl.Series("limit_multiplier", np.full(rows.size, limit)),
                pl.Series("returned_line_count", lines),
                pl.Series("expected_line_count", expected),
                pl.Series("error_control", ["none"] * rows.size, dtype=pl.String),
            ]
            is_likely = pl.col("probability_above_limit") >= LEAST_LISTED
            frames.append(names[rows].with_columns(columns).filter(pl.Series(is_more), is_likely).select(*WATCH_LIST))
    order = ["probability_above_limit", "expected_line_count", "kind", "unit_id", "reason_class"]
    return pl.concat(frames).sort(order, descending=[True, True, False, False, False]).head(count)
