"""Projections wound back: judged where the end is known, better than uncorrected rates, whatever the data."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import polars as pl
from made_up_history import made_up_history
from polars.testing import assert_frame_equal

from models.backtest.cohorts import replay_cohorts
from models.backtest.rivals import RIVALS, rival_rates

DAYS = [date(2025, 7, 1), date(2025, 8, 1), date(2025, 9, 1)]


def test_young_cohorts_are_judged_by_their_end() -> None:
    """Twenty-one cohorts, each with the end that the history tells; the projection beats the uncorrected rate."""
    history = made_up_history()
    replay = replay_cohorts(history, DAYS)
    judged = replay.cohorts.filter("is_judged")
    assert len(judged) >= 15
    ends = history.lines.join(history.returns.select("line", back="quantity"), on="line", how="left")
    ends = ends.group_by(cohort="order_week").agg(end=pl.col("back").sum() / pl.len())
    whole = judged.filter(pl.col("cohort") < pl.col("as_of") - timedelta(days=14)).join(ends, on="cohort")
    assert ((whole["final_rate"] - whole["end"]).abs() < 1e-12).all()
    (every,) = [row for row in replay.figures if row["ages"] == "all"]
    assert every["cohort_count"] == len(judged)
    assert abs(every["bias"]) < 0.03 < abs(every["observed_bias"])
    assert every["coverage_90"] > 0.6
    assert set(every["rival_rmse"]) == set(RIVALS)


def test_what_has_not_ended_is_not_judged() -> None:
    """A day five days before the end of the data: no young cohort has ended."""
    history = made_up_history()
    replay = replay_cohorts(history, [history.known_through - timedelta(days=5)])
    young = replay.cohorts.filter(pl.col("age_days") < 35)
    assert len(young) >= 5
    assert set(young["ripeness"]) == {"not_yet"}
    assert not young["is_judged"].any()
    assert [row["cohort_count"] for row in replay.figures[:3]] == [0, 0, 0]
    assert replay.figures[0]["rmse"] is None


def test_odd_histories_say_why_nothing_is_said() -> None:
    """Nothing returned, nothing sold before, one line: a word, never a traceback."""
    history = made_up_history(lines=400)
    silent = replace(history, returns=history.returns.clear())
    assert replay_cohorts(silent, DAYS[:1]).evidence == {DAYS[0]: "no return was known before that day"}
    empty = replace(history, lines=history.lines.clear(), returns=history.returns.clear())
    assert replay_cohorts(empty, DAYS[:1]).cohorts.is_empty()
    lonely = replace(history, lines=history.lines.head(1), returns=history.returns.clear())
    assert replay_cohorts(lonely, DAYS[:1]).figures[0]["rmse"] is None


def test_every_day_stands_alone() -> None:
    """A day's projections do not depend on which other days are asked."""
    history = made_up_history(lines=6000)
    both = replay_cohorts(history, DAYS[:2]).cohorts
    assert_frame_equal(both.filter(pl.col("as_of") == DAYS[1]), replay_cohorts(history, [DAYS[1]]).cohorts)


def test_rivals_by_hand() -> None:
    """Two ripe weeks of 10 lines with 2 returns in the first week and 2 in the second; a week with one."""
    mondays = [date(2025, 1, 6), date(2025, 1, 13), date(2025, 2, 3)]
    lines = pl.DataFrame({"line": range(30), "order_week": [day for day in mondays for _ in range(10)], "quantity": 1})
    days = [(0, 2), (1, 3), (2, 8), (3, 9), (10, 0), (11, 6), (12, 7), (13, 13), (20, 4)]
    returns = pl.DataFrame(
        {"line": [line for line, _ in days], "quantity": 1},
    ).with_columns(known_date=pl.Series([mondays[line // 10] + timedelta(days=after) for line, after in days]))
    frame = rival_rates(lines, returns, date(2025, 2, 10), horizon_days=14)
    young = frame.row(2, named=True)
    assert young["chain_ladder"] == 0.2
    assert young["bornhuetter_ferguson"] == 0.1 + 0.4 * 0.5
    assert young["last_ripe_weeks"] == 0.4
