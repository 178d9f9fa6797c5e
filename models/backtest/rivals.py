"""What three rules of the books would have projected for the same cohorts, on the same day.

Chain-ladder, Bornhuetter-Ferguson (Bornhuetter and Ferguson 1972) with the rate of all ripe weeks as constant prior,
and the mean of the last eight ripe weeks; all on one triangle of order weeks by whole weeks since.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

RIPE_WEEKS = 8
RIVALS = ("chain_ladder", "bornhuetter_ferguson", "last_ripe_weeks")


def rival_rates(lines: pl.DataFrame, returns: pl.DataFrame, day: date, horizon_days: int) -> pl.DataFrame:
    """Project the final rate of every order week.

    Args:
        lines: known order lines: line, order_week, quantity.
        returns: their returns that were known before ``day``: line, known_date, quantity.
        day: the first day of which nothing is known.
        horizon_days: days after which a week is ripe.

    Returns:
        cohort (Monday) and one column a rule of :data:`RIVALS`; null where the rule has nothing to go by.
    """
    schema: dict[str, type[pl.DataType]] = {"cohort": pl.Date} | dict.fromkeys(RIVALS, pl.Float64)
    if lines.is_empty():
        return pl.DataFrame(schema=schema)
    weeks = lines.group_by("order_week").agg(pl.col("quantity").sum()).sort("order_week")
    mondays = weeks["order_week"].to_list()
    units = weeks["quantity"].to_numpy().astype(np.float64)
    whole = np.array([(day - monday).days // 7 for monday in mondays])
    ripe_at = (horizon_days + 6) // 7 + 1
    came = _triangle(lines, returns, mondays, whole, max(ripe_at, 1))
    share = _developed_shares(came, whole, came.shape[1])
    now = came[np.arange(len(mondays)), np.clip(whole, 1, came.shape[1]) - 1] * (whole > 0)
    shown = np.where(whole > 0, share[np.clip(whole, 1, came.shape[1]) - 1], 0.0)
    is_ripe = whole >= ripe_at
    safe = np.maximum(units, 1.0)
    rate = np.where(whole > 0, now / safe, 0.0)
    ripe_rate = now[is_ripe].sum() / units[is_ripe].sum() if is_ripe.any() else np.nan
    last = np.flatnonzero(is_ripe)[-RIPE_WEEKS:]
    last_rate = float(np.mean(rate[last])) if len(last) else np.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        ladder = np.where(shown > 0, np.minimum(rate / shown, 1.0), np.nan)
    borrowed = rate + ripe_rate * (1.0 - shown)
    frame = pl.DataFrame(
        {
            "cohort": pl.Series(mondays, dtype=pl.Date),
            "chain_ladder": ladder,
            "bornhuetter_ferguson": borrowed,
            "last_ripe_weeks": np.full(len(mondays), last_rate),
        }
    )
    return frame.with_columns(pl.col(RIVALS).fill_nan(None))


def _triangle(
    lines: pl.DataFrame, returns: pl.DataFrame, mondays: list[date], whole: np.ndarray, weeks: int
) -> np.ndarray:
    """(cohorts, weeks) units back by the end of each whole week since the cohort's Monday; unknown ones repeat."""
    dated = returns.join(lines.select("line", "order_week"), on="line", how="inner")
    after = (pl.col("known_date") - pl.col("order_week")).dt.total_days() // 7
    counts = dated.group_by("order_week", after.clip(0).alias("after")).agg(pl.col("quantity").sum())
    place = {monday: row for row, monday in enumerate(mondays)}
    table = np.zeros((len(mondays), weeks))
    for monday, week, quantity in counts.sort("order_week", "after").iter_rows():
        if week < whole[place[monday]]:
            table[place[monday], min(week, weeks - 1)] += quantity
    return np.cumsum(table, axis=1)


def _developed_shares(came: np.ndarray, whole: np.ndarray, weeks: int) -> np.ndarray:
    """(weeks,) share of the last column that is back after each whole week, by volume-weighted factors."""
    share = np.ones(weeks)
    for week in range(weeks - 2, -1, -1):
        both = whole >= week + 2
        before, after = came[both, week].sum(), came[both, week + 1].sum()
        share[week] = share[week + 1] * (before / after if after > 0 else 1.0)
    return share
