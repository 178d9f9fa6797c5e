"""Rows dealt out anew and doublings planted: what changes, what stays; and looks over a history."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
from made_up_history import made_up_history
from polars.testing import assert_frame_equal

from models.backtest.alarms import _Outcome, planted_figures, possible_looks, quiet_figures, replay_alarms
from models.backtest.plants import plant_doublings, shuffled

ONSET = date(2025, 8, 4)


def test_dealing_out_keeps_categories_and_days() -> None:
    """Returns of each category by days since start stay; those of SKUs do not."""
    history = made_up_history()
    dealt = shuffled(history, 3)

    def lags(given: pl.DataFrame) -> pl.DataFrame:
        joined = given.join(history.lines, on="line")
        lag = (pl.col("known_date") - pl.col("start_date")).dt.total_days()
        return joined.filter(pl.col("start_date") < ONSET).group_by("category", lag.alias("lag")).len().sort(pl.all())

    assert_frame_equal(lags(dealt.returns), lags(history.returns))
    assert dealt.returns["line"].n_unique() == len(dealt.returns)
    assert_frame_equal(shuffled(replace(history, lines=history.lines.reverse()), 3).returns, dealt.returns)

    def rates(given: pl.DataFrame) -> float:
        return given.join(history.lines, on="line").group_by("product_id").len()["len"].std()  # ty: ignore

    assert rates(dealt.returns) < 0.6 * rates(history.returns)


def test_planted_skus_return_twice_as_often() -> None:
    """From the onset on, and no other SKU and no earlier line."""
    history = made_up_history(lines=60_000, spread=1000.0)
    planted = plant_doublings(history, ONSET, 5)
    assert len(planted.skus) == 1
    added = planted.history.returns.join(history.returns, on="line", how="anti").join(history.lines, on="line")
    assert added["product_id"].unique().to_list() == planted.skus["product_id"].to_list()
    assert added["start_date"].min() >= ONSET
    lines = history.lines.join(planted.skus, on="product_id").filter(
        pl.col("start_date").is_between(ONSET, date(2025, 9, 15))
    )
    before, after = (
        lines.join(given.returns, on="line", how="semi").height / len(lines) for given in (history, planted.history)
    )
    assert 1.6 < after / before < 2.5


def test_short_or_silent_histories_say_so() -> None:
    """A word, never a traceback."""
    assert "whole weeks" in replay_alarms(made_up_history(lines=300, days=60), repetitions=1).evidence
    history = made_up_history(lines=2000)
    assert replay_alarms(replace(history, returns=history.returns.clear()), repetitions=1).evidence != "enough"
    assert possible_looks(replace(history, lines=history.lines.clear())) == []


def test_a_history_is_looked_at_week_by_week() -> None:
    """Every whole week after the first eight has a row; the same rows give the same answer."""
    history = made_up_history(lines=6000, skus=20, days=200)
    one, other = (replay_alarms(history, repetitions=1) for _ in range(2))
    assert one.evidence == "enough"
    assert one.weeks["week"].to_list() == possible_looks(history)
    assert one.weeks["flag_count"].sum() == len(one.flags)
    assert_frame_equal(one.flags, other.flags)
    assert one.planted == other.planted
    assert one.nothing_happens["repetitions"] == 1


def test_figures_by_hand() -> None:
    """A median over found and not found, bounds of what did not happen."""
    outcomes = [_Outcome(np.array([2.0, np.inf]), 4, 1), _Outcome(np.array([3.0]), 1, 0)]
    found = planted_figures(outcomes, ONSET, is_pure=True)
    assert found["median_delay_weeks"] == 3.0
    assert found["found_share"] == 2 / 3
    assert found["mean_false_share"] == 0.125
    assert planted_figures([_Outcome(np.array([np.inf]), 0, 0)], ONSET, is_pure=False)["median_delay_weeks"] is None
    assert quiet_figures([0, 0, 2], 26)["chance_of_any_flag"] == 1 / 3
    assert quiet_figures([], 26)["upper_bound_95"] is None
