"""Nothing that became known on or after a day shows in what was known before it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import polars as pl
from made_up_history import FIRST, made_up_history
from polars.testing import assert_frame_equal

from models.backtest.history import (
    counted_by_lines,
    known_before,
    known_today,
    undated_quantity,
    units_a_line,
    with_label_lag,
)

DAY = date(2025, 6, 2)


def test_nothing_later_shows() -> None:
    """Orders, returns and deliveries of the day and after are not there."""
    known = known_before(made_up_history(), DAY)
    assert known.known_through == DAY - timedelta(days=1)
    assert known.lines["placed_date"].max() == DAY - timedelta(days=1)
    days = known.returned.select(pl.col("start_date") + pl.duration(days=pl.col("lag_days")))
    assert days.to_series().max() < DAY


def test_what_comes_after_changes_nothing_before() -> None:
    """The same history, cut off at the day, gives the same rows."""
    history = made_up_history()
    cut = replace(
        history,
        lines=history.lines.filter(pl.col("placed_date") < DAY),
        returns=history.returns.filter(pl.col("known_date") < DAY),
    )
    late = history.lines["delivered_date"] >= DAY
    moved = replace(history, lines=history.lines.with_columns(
        pl.when(late).then(pl.lit(date(2026, 5, 5))).otherwise("delivered_date").alias("delivered_date"),
        pl.when(late).then(pl.lit(date(2026, 5, 5))).otherwise("start_date").alias("start_date"),
    ))  # fmt: skip
    whole = known_before(history, DAY)
    for other in (cut, moved):
        found = known_before(other, DAY)
        assert_frame_equal(found.sold, whole.sold)
        assert_frame_equal(found.returned, whole.returned)


def test_a_parcel_on_its_way_starts_at_shipping_plus_the_median() -> None:
    """Ways take 1 to 5 days, 3 in the middle."""
    lines = known_before(made_up_history(), DAY).lines.filter(pl.col("delivered_date") >= DAY)
    assert len(lines) > 20
    assert (lines["start_date"] - lines["shipped_date"]).dt.total_days().unique().to_list() == [3]


def test_order_of_rows_does_not_matter() -> None:
    """Shuffled rows are counted to the same frames."""
    history = made_up_history()
    mixed = replace(
        history, lines=history.lines.sample(fraction=1, shuffle=True, seed=2), returns=history.returns.reverse()
    )
    for one, other in zip(_frames(known_today(history)), _frames(known_today(mixed)), strict=True):
        assert_frame_equal(one, other)


def _frames(known: object) -> list[pl.DataFrame]:
    return [known.sold, known.returned]  # ty: ignore[unresolved-attribute]


def test_returns_without_a_day_are_known_after_the_lag() -> None:
    """Where no return is dated the order starts the clock and the lag is the horizon."""
    history = made_up_history(is_dated=False)
    assert undated_quantity(history) == history.returns["quantity"].sum()
    lagged = with_label_lag(history, 30)
    assert undated_quantity(lagged) == 0
    assert lagged.lines["horizon_days"].unique().to_list() == [30]
    assert (lagged.lines["start_date"] == lagged.lines["placed_date"]).all()
    known = known_before(lagged, FIRST + timedelta(days=31))
    assert known.returned["start_date"].max() == FIRST
    assert known.returned["lag_days"].unique().to_list() == [30]


def test_labels_of_young_lines_tell_whether_they_are_final() -> None:
    """Labels for all lines move the end of what is known; labels that fade out do not."""
    history = made_up_history(is_dated=False)
    assert with_label_lag(history, 30).known_through == history.known_through
    placed = history.lines.select("line", "placed_date")
    quick = history.lines.filter(pl.col("line") % 7 == 0).select(
        "line", known_date=pl.lit(None, dtype=pl.Date), reason_class=pl.lit("unmapped"), quantity=pl.col("quantity")
    )
    final = replace(history, returns=quick)
    assert with_label_lag(final, 30).known_through == history.known_through + timedelta(days=30)
    young = placed.filter(pl.col("placed_date") > history.known_through - timedelta(days=30))["line"]
    fading = replace(history, returns=quick.filter(~pl.col("line").is_in(young.implode())))
    assert with_label_lag(fading, 30).known_through == history.known_through


def test_dated_returns_keep_their_day_beside_undated_ones() -> None:
    """A mixture keeps horizons and starts."""
    history = made_up_history()
    half = history.returns.with_columns(pl.when(pl.col("line") % 2 == 0).then("known_date").alias("known_date"))
    lagged = with_label_lag(replace(history, returns=half), 20)
    assert_frame_equal(lagged.lines, history.lines)
    even = lagged.returns.filter(pl.col("line") % 2 == 0)
    assert_frame_equal(even, history.returns.filter(pl.col("line") % 2 == 0))


def test_lines_are_counted_once() -> None:
    """Ten units a line, some of them back in two parts: one line, back once, on the first day."""
    history = made_up_history(lines=500)
    many = replace(
        history,
        lines=history.lines.with_columns(quantity=pl.lit(10, dtype=pl.Int64)),
        returns=pl.concat([history.returns, history.returns.with_columns(pl.col("known_date") + pl.duration(days=2))]),
    )
    once = counted_by_lines(many)
    assert (units_a_line(many), units_a_line(once)) == (10.0, 1.0)
    assert_frame_equal(once.returns, history.returns.sort("line"))
