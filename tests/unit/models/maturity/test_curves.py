"""Developed-share curves find the truth, lean on their likes, and take odd askings."""

import datetime as dt
from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from models.maturity import Curves, SharedPrior, learn_curves

Frames = tuple[pl.DataFrame, pl.DataFrame]
Made = Callable[..., Frames]


def _true_share(horizon: int, median: float) -> np.ndarray:
    random = np.random.default_rng(8)
    lag = np.clip(np.rint(np.exp(random.normal(np.log(median), 0.5, 100_000))), 0, horizon).astype(int)
    return np.cumsum(np.bincount(lag, minlength=horizon + 1)) / len(lag)


def _curve(curves: Curves, category: str, window_class: str = "30 days", reason: str = "all") -> pl.DataFrame:
    return curves.frame.filter(
        (pl.col("category") == category) & (pl.col("window_class") == window_class) & (pl.col("reason_class") == reason)
    ).sort("age_days")


def test_the_curve_is_found_and_its_interval_holds_it(made: Made, today: dt.date) -> None:
    sold, returned = made()
    curve = _curve(learn_curves(sold, returned, known_from=None, known_through=today), "shoes")
    truth = _true_share(45, 12.0)
    assert curve["age_days"].to_list() == list(range(46))
    np.testing.assert_allclose(curve["developed_share"], truth, atol=0.03)
    inside = (curve["lower_90"].to_numpy() <= truth + 1e-9) & (truth - 1e-9 <= curve["upper_90"].to_numpy())
    assert inside[3:].mean() > 0.7
    assert curve["developed_share"][-1] == 1.0
    assert curve["basis"].unique().to_list() == ["own"]
    assert curve["at_risk_quantity"][0] == sold.height
    assert curve["returned_quantity"].sum() == returned.height


def test_rows_in_another_order_give_the_same_bytes(made: Made, today: dt.date) -> None:
    sold, returned = made(4_000)
    other = learn_curves(
        sold.sample(fraction=1.0, shuffle=True, seed=1),
        returned.sample(fraction=1.0, shuffle=True, seed=2),
        known_from=None,
        known_through=today,
    )
    assert learn_curves(sold, returned, known_from=None, known_through=today).frame.equals(other.frame)


def test_a_rising_rate_does_not_bend_the_curve(made: Made, today: dt.date) -> None:
    sold, returned = made(20_000)
    more_sold, more_returned = made(20_000, seed=6, days=60, rate=0.6)
    curves = learn_curves(
        pl.concat([sold, more_sold]), pl.concat([returned, more_returned]), known_from=None, known_through=today
    )
    np.testing.assert_allclose(_curve(curves, "shoes")["developed_share"], _true_share(45, 12.0), atol=0.03)


def test_drifting_lags_are_followed(made: Made, today: dt.date) -> None:
    sold, returned = made(60_000, late_median=17.0)
    curves = learn_curves(sold, returned, known_from=None, known_through=today)
    assert np.isfinite(curves.half_life_weeks)
    share = _curve(curves, "shoes")["developed_share"].to_numpy()
    np.testing.assert_allclose(share[[14, 21]], _true_share(45, 17.0)[[14, 21]], atol=0.06)


def test_small_cells_lean_on_their_likes(made: Made, today: dt.date) -> None:
    many = [made(8_000, seed=9, category=name, median=median) for name, median in (("a", 8.0), ("b", 16.0))]
    few = made(40, seed=10, category="tiny", median=12.0)
    sold, returned = (pl.concat(parts) for parts in zip(*many, few, strict=True))
    curves = learn_curves(sold, returned, known_from=None, known_through=today)
    at_ten = {name: _curve(curves, name)["developed_share"][10] for name in ("a", "tiny", "b")}
    assert at_ten["a"] > at_ten["tiny"] > at_ten["b"]
    assert _curve(curves, "tiny")["basis"][0] in {"merchant", "blended"}
    assert _curve(curves, "tiny")["credibility"][0] < _curve(curves, "a")["credibility"][0]


def test_reason_classes_have_curves_of_their_own(made: Made, today: dt.date) -> None:
    sold, returned = made(20_000)
    early = (pl.col("reason_class") == "defective") & (pl.col("lag_days") > 5)
    returned = returned.with_columns(lag_days=pl.when(early).then(pl.col("lag_days") // 3).otherwise("lag_days"))
    curves = learn_curves(sold, returned, known_from=None, known_through=today)
    faulty, liked = (
        _curve(curves, "shoes", reason=name)["developed_share"][7] for name in ("defective", "changed_mind")
    )
    assert faulty > liked + 0.3
    asked = sold.head(1).with_columns(start_date=pl.lit(today - dt.timedelta(days=7)), reason_class=pl.lit("defective"))
    assert curves.developed(asked).to_list() == [faulty]


def test_what_came_before_the_first_known_day_is_subtracted(made: Made, today: dt.date) -> None:
    sold, returned = made(40_000)
    first = today - dt.timedelta(days=150)
    seen = returned.filter(pl.col("start_date") + pl.duration(days=pl.col("lag_days")) >= first)
    curves = learn_curves(sold, seen, known_from=first, known_through=today)
    np.testing.assert_allclose(_curve(curves, "shoes")["developed_share"], _true_share(45, 12.0), atol=0.03)
    starts = [first - dt.timedelta(days=12), first - dt.timedelta(days=200), today, today + dt.timedelta(days=3)]
    asked = pl.DataFrame({"window_class": ["30 days"] * 4, "category": ["shoes"] * 4, "start_date": starts})
    truth = _true_share(45, 12.0)
    shares = curves.developed(asked).to_list()
    assert shares[0] == pytest.approx(1 - truth[11], abs=0.04)
    assert shares[1:] == [0.0, pytest.approx(truth[0], abs=0.01), 0.0]


def test_unknown_categories_and_windows_have_a_curve(made: Made, today: dt.date) -> None:
    curves = learn_curves(*made(3_000), known_from=None, known_through=today)
    day = today - dt.timedelta(days=14)
    asked = pl.DataFrame(
        {"window_class": ["30 days", "30 days", "no such"], "category": ["shoes", "x", None], "start_date": [day] * 3}
    )
    shares = curves.developed(asked)
    assert shares.null_count() == 0
    assert shares.is_between(0.3, 0.9).all()


def test_a_lenient_shop_has_a_longer_horizon_than_it_states(made: Made, today: dt.date) -> None:
    sold, returned = made(20_000, horizon=90, median=20.0)
    sold, returned = (frame.with_columns(horizon_days=pl.lit(30)) for frame in (sold, returned))
    curve = _curve(learn_curves(sold, returned, known_from=None, known_through=today), "shoes")
    assert curve["age_days"].max() > 50
    assert curve["developed_share"][30] == pytest.approx(_true_share(90, 20.0)[30], abs=0.03)


def test_nothing_known_gives_the_assumed_curve(made: Made, today: dt.date) -> None:
    sold, returned = made(200)
    for some in (sold, sold.clear()):
        curves = learn_curves(some, returned.clear(), known_from=None, known_through=today)
        assert set(curves.frame["basis"]) <= {"assumed"}
        assert curves.frame.null_count().sum_horizontal()[0] == 0
    assert curves.developed(sold).null_count() == 0


def test_others_who_share_stand_in_until_own_returns_come(made: Made, today: dt.date) -> None:
    shared = learn_curves(*made(20_000, median=20.0), known_from=None, known_through=today).as_prior()
    prior = SharedPrior.of([shared, shared])
    sold, returned = made(60)
    none, some = (
        learn_curves(sold, returned.head(count), known_from=None, known_through=today, prior=prior) for count in (0, 12)
    )
    assert _curve(none, "shoes")["basis"][0] == "shared"
    assert _curve(none, "shoes")["developed_share"][14] == pytest.approx(_true_share(45, 20.0)[14], abs=0.12)
    assert _curve(some, "shoes")["developed_share"][14] != _curve(none, "shoes")["developed_share"][14]
    assert SharedPrior.of([]) is None


def test_only_cells_that_have_lines_get_a_curve(made: Callable[..., Frames], today: dt.date) -> None:
    """Forty window classes of a category each are forty cells, not 1,600; names that stand for all are nobody's."""
    sold, returned = made(4_000)
    number = pl.col("product_id").cast(pl.Int64) % 40
    names = {
        "window_class": pl.format("window {}", number),
        "category": pl.when(number == 0).then(pl.lit("*")).otherwise(pl.format("goods {}", number)),
    }
    curves = learn_curves(
        sold.with_columns(**names), returned.with_columns(**names), known_from=None, known_through=today
    )
    cells = curves.cells.filter(pl.col("reason_class") == "all")
    assert cells.height == 1 + 40 + 40
    assert curves.cells.select("window_class", "category", "reason_class").is_unique().all()
    assert curves.frame["developed_share"].is_between(0, 1).all()
    pair = {"window_class": ["window 1", "window 1"], "category": ["goods 1", "goods 2"], "start_date": [today] * 2}
    assert (curves.developed(pl.DataFrame(pair)) > 0).all()
