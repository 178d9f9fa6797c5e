"""Curves read back from their table say what the curves said."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from models.maturity import StoredCurves, learn_curves

THROUGH = dt.date(2026, 3, 15)
FROM = dt.date(2025, 12, 1)


def _lines(days: range, per_day: int) -> pl.DataFrame:
    starts = [THROUGH - dt.timedelta(days=day) for day in days]
    return pl.DataFrame(
        {
            "product_id": "p",
            "variant_id": "-",
            "category": ["shoes" if number % 2 else "hats" for number in range(len(starts))],
            "supplier": "none",
            "fulfilment_type": "own",
            "window_class": "30 days",
            "horizon_days": 44,
            "order_week": [start - dt.timedelta(days=start.weekday()) for start in starts],
            "start_date": starts,
            "quantity": per_day,
        }
    )


@pytest.fixture(scope="module", params=[None, FROM], ids=["all returns are known", "returns begin later"])
def curves(request: pytest.FixtureRequest):
    sold = _lines(range(200), 20)
    lag = pl.Series("lag_days", [number % 40 for number in range(len(sold))])
    back = sold.with_columns(lag, reason_class=pl.lit("defective"), quantity=pl.lit(3))
    known = pl.col("start_date") + pl.duration(days=pl.col("lag_days"))
    seen = back.filter(known <= THROUGH, known >= (request.param or dt.date(2000, 1, 1)))
    return learn_curves(sold, seen, known_from=request.param, known_through=THROUGH)


def test_stored_curves_say_what_the_learned_ones_say(curves) -> None:
    asked = pl.concat(
        [
            _lines(range(-3, 300), 1),
            _lines(range(0, 60), 1).with_columns(category=pl.lit("never seen")),
            _lines(range(0, 60), 1).with_columns(window_class=pl.lit("never seen")),
        ],
        how="vertical_relaxed",
    )
    stored = StoredCurves(
        curves.frame.sample(fraction=1, shuffle=True, seed=4), known_from=curves.known_from, known_through=THROUGH
    )
    for frame in (asked, asked.with_columns(reason_class=pl.lit("defective"))):
        assert stored.developed(frame).to_list() == pytest.approx(curves.developed(frame).to_list(), abs=1e-12)


def test_without_curves_nothing_is_developed() -> None:
    stored = StoredCurves(
        pl.DataFrame(
            schema={
                "window_class": pl.String,
                "category": pl.String,
                "reason_class": pl.String,
                "age_days": pl.Int64,
                "developed_share": pl.Float64,
            }
        ),
        known_from=None,
        known_through=THROUGH,
    )
    assert stored.developed(_lines(range(3), 1)).to_list() == [0.0, 0.0, 0.0]
