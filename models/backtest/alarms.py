"""Early warning over a whole history, where nothing happens, and where doublings are planted.

Belongs here: replaying looks and counting flags. Not here: what a flag is (``models.early_warning``), the planting
(``models.backtest.plants``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from models.backtest.history import History, known_today
from models.backtest.measures import upper_bound_of_share
from models.backtest.plants import SKU, plant_doublings, shuffled
from models.early_warning.cells import LOOKS, looks_until, weekly_cells
from models.early_warning.watching import watch
from models.lines import counted_in_lines

ONSET_LOOK = 9
"""Place of the planted week among the looks: the tenth."""
LEAST_WEEKS_BEFORE = 8
"""Weeks of history before the first look."""
ENOUGH = "enough"
FLAG_SCHEMA: dict[str, type[pl.DataType]] = {
    "first_seen_week": pl.Date,
    "kind": pl.String,
    "unit_id": pl.String,
    "product_id": pl.String,
    "variant_id": pl.String,
    "supplier": pl.String,
    "category": pl.String,
    "reason_class": pl.String,
}


@dataclass(frozen=True)
class AlarmReplay:
    """What the watch would have said, and how far it can be trusted on rows like these.

    Attributes:
        flags: what was first flagged in each week of the history, see :data:`FLAG_SCHEMA`.
        weeks: week, flag_count, one row a look.
        nothing_happens: repetitions with returns dealt out anew, how many had any flag in the last 26 looks, and
            the 95 % upper bound of that chance.
        planted: doublings planted into the merchant's own rows: power, delays.
        planted_where_nothing_happens: the same into returns dealt out anew: also the false share of flags.
        evidence: ``enough`` or why nothing is said.
    """

    flags: pl.DataFrame
    weeks: pl.DataFrame
    nothing_happens: dict[str, object]
    planted: dict[str, object]
    planted_where_nothing_happens: dict[str, object]
    evidence: str


@dataclass(frozen=True)
class _Outcome:
    """One repetition: weeks from onset to the flag of each planted SKU (infinite: none), and flags by truth."""

    delays: np.ndarray
    flag_count: int
    false_count: int


def replay_alarms(history: History, *, repetitions: int, seed: int = 1) -> AlarmReplay:
    """Replay weekly looks over a history, and try the watch where the truth is known.

    Args:
        history: every return has a ``known_date``.
        repetitions: how often rows are dealt out anew, and doublings planted.
        seed: of the first repetition; the following count on.

    Returns:
        Flags week by week, and the watch's errors on rows of this merchant.
    """
    looks = possible_looks(history)
    if len(looks) < LEAST_WEEKS_BEFORE:
        return _nothing(f"the history has {len(looks)} whole weeks to look at; {LEAST_WEEKS_BEFORE} are asked")
    if history.returns.is_empty():
        return _nothing("no return is known")
    flags = _over_history(history, looks)
    last = looks[-LOOKS:]
    onset = last[min(ONSET_LOOK, len(last) // 2)]
    quiet, own, pure = [], [], []
    for repetition in range(repetitions):
        dealt = shuffled(history, seed + repetition)
        quiet.append(len(_first_flags(dealt, last)))
        own.append(_planted(history, onset, last, seed + repetition))
        pure.append(_planted(dealt, onset, last, seed + repetition))
    weeks = pl.DataFrame({"week": looks}, schema={"week": pl.Date}).join(
        flags.group_by(pl.col("first_seen_week").alias("week")).agg(pl.len().cast(pl.Int64).alias("flag_count")),
        on="week",
        how="left",
    )
    return AlarmReplay(
        flags,
        weeks.with_columns(pl.col("flag_count").fill_null(0)).sort("week"),
        quiet_figures(quiet, len(last)),
        planted_figures(own, onset, is_pure=False),
        planted_figures(pure, onset, is_pure=True),
        ENOUGH,
    )


def possible_looks(history: History) -> list[date]:
    """Mondays of the whole weeks of a history that have eight weeks before them, oldest first."""
    if history.lines.is_empty():
        return []
    first = history.lines["start_date"].min()
    if history.known_from is not None and isinstance(first, date):
        first = max(first, history.known_from)
    begin = first + timedelta(weeks=LEAST_WEEKS_BEFORE)  # ty: ignore[unsupported-operator]
    return [look for look in looks_until(history.known_through, 520) if look >= begin]


def _nothing(reason: str) -> AlarmReplay:
    flags = pl.DataFrame(schema=FLAG_SCHEMA)
    weeks = pl.DataFrame(schema={"week": pl.Date, "flag_count": pl.Int64})
    return AlarmReplay(flags, weeks, {}, {}, {}, reason)


def _over_history(history: History, looks: list[date]) -> pl.DataFrame:
    """First flags of blocks of 26 looks each, from the newest back: each block spends its own chance of error."""
    blocks = []
    rest = list(looks)
    while rest:
        blocks.append(_first_flags(history, rest[-LOOKS:]))
        rest = rest[:-LOOKS]
    return pl.concat(blocks).sort(list(FLAG_SCHEMA))


def _first_flags(history: History, looks: list[date]) -> pl.DataFrame:
    known = known_today(history)
    sold, returned = weekly_cells(counted_in_lines(known.sold), counted_in_lines(known.returned))
    found = watch(sold, returned, looks=looks).first_flagged
    absent = [pl.lit(None, dtype=kind).alias(name) for name, kind in FLAG_SCHEMA.items() if name not in found.columns]
    return found.with_columns(absent).select(pl.col(name).cast(kind) for name, kind in FLAG_SCHEMA.items())


def _planted(history: History, onset: date, looks: list[date], seed: int) -> _Outcome:
    planted = plant_doublings(history, onset, seed)
    flags = _first_flags(planted.history, looks)
    of_sku = flags.filter(pl.col("kind") == "sku_reason")
    right = of_sku.join(planted.skus, on=SKU, how="semi").filter(pl.col("first_seen_week") >= onset)
    first = right.group_by(SKU).agg(pl.col("first_seen_week").min())
    seen = planted.skus.join(first, on=SKU, how="left", maintain_order="left")["first_seen_week"].to_list()
    delays = np.array([np.inf if week is None else (week - onset).days / 7 for week in seen])
    # A supplier, lot or category that holds a planted SKU has truly risen; it counts as neither right nor false.
    others = flags.filter((pl.col("kind") != "sku_reason") & ~_holds_planted(planted.history, planted.skus, flags))
    return _Outcome(delays, len(of_sku) + len(others), len(of_sku) - len(right) + len(others))


def _holds_planted(history: History, skus: pl.DataFrame, flags: pl.DataFrame) -> pl.Series:
    lines = history.lines.join(skus, on=SKU, how="semi")
    suppliers, categories = set(lines["supplier"].to_list()), set(lines["category"].to_list())
    held = [
        (kind == "category" and category in categories) or (kind in ("supplier", "lot") and supplier in suppliers)
        for kind, supplier, category in flags.select("kind", "supplier", "category").iter_rows()
    ]
    return pl.Series(held, dtype=pl.Boolean)


def quiet_figures(flag_counts: list[int], looks: int) -> dict[str, object]:
    """Chance of any flag where nothing happens.

    Args:
        flag_counts: flags of each repetition.
        looks: how many looks each had.
    """
    tries = len(flag_counts)
    any_flag = sum(count > 0 for count in flag_counts)
    return {
        "repetitions": tries,
        "looks": looks,
        "with_any_flag": any_flag,
        "chance_of_any_flag": any_flag / tries if tries else None,
        "upper_bound_95": upper_bound_of_share(any_flag, tries),
    }


def planted_figures(outcomes: list[_Outcome], onset: date, *, is_pure: bool) -> dict[str, object]:
    """Power, delay and, where all other flags are known to be false, the false share.

    Args:
        outcomes: of the repetitions.
        onset: Monday of the planted week.
        is_pure: whether nothing but the planted happened.
    """
    delays = np.concatenate([outcome.delays for outcome in outcomes]) if outcomes else np.zeros(0)
    median = float(np.median(np.where(np.isinf(delays), 1e9, delays))) if len(delays) else None
    figures: dict[str, object] = {
        "repetitions": len(outcomes),
        "onset_week": onset,
        "planted_count": len(delays),
        "found_share": float(np.mean(np.isfinite(delays))) if len(delays) else None,
        "median_delay_weeks": None if median is None or median >= 1e8 else median,
        "found_within_weeks": {
            str(weeks): float(np.mean(delays <= weeks)) if len(delays) else None for weeks in (2, 4, 8, 13)
        },
    }
    if not is_pure:
        return figures | {"other_flags": sum(outcome.false_count for outcome in outcomes)}
    shares = np.array([outcome.false_count / max(outcome.flag_count, 1) for outcome in outcomes])
    error = float(shares.std(ddof=1) / np.sqrt(len(shares))) if len(shares) > 1 else None
    mean = float(shares.mean()) if len(shares) else None
    return figures | {
        "mean_false_share": mean,
        "false_share_upper_bound_95": None if mean is None or error is None else min(1.0, mean + 1.645 * error),
    }
