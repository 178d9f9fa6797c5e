"""Cohorts and periods end where they are projected to; odd data gives honest rows."""

import datetime as dt
from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from models.maturity import learn_curves, project, project_periods

Frames = tuple[pl.DataFrame, pl.DataFrame]
Made = Callable[..., Frames]
RATES = ["projected_rate", "lower_80", "upper_80", "lower_90", "upper_90", "true_rate"]


def _projected(sold: pl.DataFrame, returned: pl.DataFrame, today: dt.date, **options: bool) -> pl.DataFrame:
    curves = learn_curves(sold, returned, known_from=None, known_through=today)
    return project(sold, returned, curves, **options)


def _honest(frame: pl.DataFrame) -> None:
    """Every row is a number with an interval around it, or says that there is not enough evidence."""
    for row in frame.iter_rows(named=True):
        if row["evidence"] == "enough":
            assert all(row[name] is not None and np.isfinite(row[name]) for name in RATES)
            assert 0 <= row["lower_90"] <= row["lower_80"] <= row["projected_rate"] + 1e-12
            assert row["projected_rate"] <= row["upper_80"] + 1e-12
            assert row["upper_80"] <= row["upper_90"] <= 1
            assert row["true_rate_lower_90"] <= row["true_rate"] <= row["true_rate_upper_90"]
        else:
            assert all(row[name] is None for name in RATES)


def test_young_weeks_are_projected_to_where_old_ones_ended(made: Made, today: dt.date) -> None:
    frame = _projected(*made(20_000), today, by_reason=False).sort("cohort")
    young = frame.tail(2)
    assert (young["observed_rate"] < 0.15).all()
    assert young["projected_rate"].is_between(0.17, 0.23).all()
    assert (young["true_rate_lower_90"] < 0.2).all()
    assert (young["true_rate_upper_90"] > 0.2).all()
    assert frame["developed_share"].head(20).min() == 1.0
    old = frame.head(20)
    assert (old["lower_90"] == old["upper_90"]).all()
    _honest(frame)


def test_classes_add_up_to_all(made: Made, today: dt.date) -> None:
    frame = _projected(*made(8_000), today)
    whole = frame.filter(pl.col("reason_class") == "all").sort("cohort")
    parts = frame.filter(pl.col("reason_class") != "all").group_by("cohort").agg(pl.col("projected_rate").sum())
    np.testing.assert_allclose(parts.sort("cohort")["projected_rate"], whole["projected_rate"], atol=1e-9)
    assert set(frame["reason_class"]) == {"all", "defective", "changed_mind"}


def test_a_period_is_the_sum_of_its_weeks_with_the_shared_doubt_counted_once(made: Made, today: dt.date) -> None:
    sold, returned = made(20_000)
    curves = learn_curves(sold, returned, known_from=None, known_through=today)
    weeks = project(sold, returned, curves, by_reason=False).tail(4)
    first = weeks["cohort"][0]
    periods = pl.DataFrame({"period": ["month", "again"], "start_date": [first] * 2, "end_date": [today] * 2})
    month = project_periods(sold, returned, curves, periods, by_reason=False)
    assert month["period"].to_list() == ["again", "month"]
    units = weeks["shipped_quantity"].to_numpy()
    expected = (weeks["projected_rate"].to_numpy() * units).sum() / units.sum()
    assert month["projected_rate"][0] == pytest.approx(expected, rel=1e-9)
    half = (weeks["upper_90"] - weeks["lower_90"]).to_numpy() * units / 2
    got = (month["upper_90"][0] - month["lower_90"][0]) * units.sum() / 2
    assert 0.9 * (half**2).sum() ** 0.5 < got < half.sum()


def test_rows_in_another_order_give_the_same_bytes(made: Made, today: dt.date) -> None:
    sold, returned = made(3_000)
    shuffled = [frame.sample(fraction=1.0, shuffle=True, seed=3) for frame in (sold, returned)]
    assert _projected(sold, returned, today).equals(_projected(*shuffled, today))


def test_cohorts_may_be_anything_and_differ_from_their_weeks(made: Made, today: dt.date) -> None:
    parts = [made(6_000, seed=index, rate=rate) for index, rate in enumerate((0.1, 0.2, 0.2, 0.3))]
    sold, returned = (
        pl.concat([part[side].with_columns(cohort=pl.lit(f"supplier {i}")) for i, part in enumerate(parts)])
        for side in (0, 1)
    )
    frame = _projected(sold, returned, today, by_reason=False)
    np.testing.assert_allclose(frame["projected_rate"], [0.1, 0.2, 0.2, 0.3], atol=0.015)
    np.testing.assert_allclose(frame["true_rate"], [0.1, 0.2, 0.2, 0.3], atol=0.02)
    _honest(frame)


def _all_on_one_day(sold: pl.DataFrame, returned: pl.DataFrame, today: dt.date) -> Frames:
    day = today - dt.timedelta(days=20)
    returned = returned.filter(pl.col("start_date") <= day)
    return sold, returned.with_columns(lag_days=(pl.lit(day) - pl.col("start_date")).dt.total_days())


ODD: dict[str, Callable[[pl.DataFrame, pl.DataFrame, dt.date], Frames]] = {
    "no lines": lambda sold, returned, _: (sold.clear(), returned.clear()),
    "no returns": lambda sold, returned, _: (sold, returned.clear()),
    "returns without lines": lambda sold, returned, _: (sold.clear(), returned),
    "one line": lambda sold, returned, _: (sold.head(1), returned.clear()),
    "one line, returned": lambda _, returned, __: (returned.head(1).drop("lag_days", "reason_class"), returned.head(1)),
    "all returned": lambda _, returned, __: (returned.drop("lag_days", "reason_class"), returned),
    "returns on one day": _all_on_one_day,
    "more returned than sold": lambda sold, returned, _: (sold, returned.with_columns(quantity=pl.lit(9))),
    "before delivery": lambda sold, returned, _: (sold, returned.with_columns(lag_days=pl.lit(-4))),
    "window longer than history": lambda sold, returned, _: tuple(  # type: ignore[return-value]
        frame.with_columns(horizon_days=pl.lit(365)) for frame in (sold, returned)
    ),
    "no start known": lambda sold, returned, _: tuple(  # type: ignore[return-value]
        frame.with_columns(start_date=pl.lit(None, dtype=pl.Date)) for frame in (sold, returned)
    ),
    "all in the future": lambda sold, returned, today: (
        sold.with_columns(start_date=pl.lit(today + dt.timedelta(days=5))),
        returned.clear(),
    ),
    "huge quantities": lambda sold, returned, _: tuple(  # type: ignore[return-value]
        frame.with_columns(quantity=pl.lit(100_000)) for frame in (sold, returned)
    ),
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("first_known", [None, 40])
def test_odd_data_gives_honest_rows(name: str, first_known: int | None, made: Made, today: dt.date) -> None:
    sold, returned = ODD[name](*made(600, days=120), today)
    known_from = None if first_known is None else today - dt.timedelta(days=first_known)
    curves = learn_curves(sold, returned, known_from=known_from, known_through=today)
    assert curves.frame.select(pl.col(pl.Float64).is_nan().any()).sum_horizontal().sum() == 0
    _honest(project(sold, returned, curves))
    periods = pl.DataFrame({"period": ["p"], "start_date": [today - dt.timedelta(days=60)], "end_date": [today]})
    _honest(project_periods(sold, returned, curves, periods, by_reason=False))


def test_weeks_are_days_where_no_line_is_known(made: Made, today: dt.date) -> None:
    sold, returned = made(600, days=120)
    assert _projected(sold.clear(), returned, today).schema == _projected(sold, returned, today).schema


def test_one_unit_is_not_enough_evidence(made: Made, today: dt.date) -> None:
    sold, returned = made(600)
    frame = _projected(sold.head(1), returned.clear(), today)
    assert frame["evidence"].to_list() == ["not_enough_evidence"]
    assert frame["observed_rate"].to_list() == [0.0]


def test_clustered_returns_have_wider_intervals(made: Made, today: dt.date) -> None:
    sold, returned = made(3_000)
    bundles = [frame.with_columns(quantity=pl.lit(5)) for frame in (sold, returned)]

    def width(frames: list[pl.DataFrame]) -> float:
        last = _projected(frames[0], frames[1], today, by_reason=False).tail(2)
        return float((last["upper_90"] - last["lower_90"]).sum())

    many = [pl.concat([frame] * 5) for frame in (sold, returned)]
    single = made(15_000, seed=7)
    assert width(bundles) == pytest.approx(width(many), rel=0.01)
    assert width(bundles) > 1.6 * width(list(single))
