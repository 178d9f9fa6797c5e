"""Scores of units: shrunk, honest about chance and age, the same in any order, and never a traceback."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from benchmarks.ranking_worlds.judge import judge, says_nothing
from benchmarks.ranking_worlds.worlds import BETA, LOG_NORMAL, TEN, KnownCurve, World, draw_shop, frames
from models.maturity import StoredCurves
from models.product_risk import score
from models.product_risk.columns import SCORE_SCHEMA
from models.product_risk.dispersion import MOST

SMALL = World("small", (BETA,), units=200, weeks=10)
KEYS = {"variant_id": "-", "supplier": "s1", "fulfilment_type": "own", "window_class": "30 days"}
MONDAY = date(2025, 3, 3)


class Developed:
    """A curve that says the same share for every cell."""

    def __init__(self, share: float | None = 1.0) -> None:
        self.share = share

    def developed(self, frame: pl.DataFrame) -> pl.Series:
        return pl.Series([self.share] * frame.height, dtype=pl.Float64)


def rows(*units: tuple[str, str, int, int]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Sold and returned of (product, category, sold, returned), a line a week over five weeks."""
    sold, returned = [], []
    for product, category, bought, back in units:
        for week in range(5):
            day = MONDAY + timedelta(weeks=week)
            key = {"product_id": product, "category": category, "order_week": day, "start_date": day, **KEYS}
            shares = [(bought + 4 - week) // 5, (back + 4 - week) // 5]
            sold.append(key | {"horizon_days": 60, "quantity": shares[0]})
            if shares[1]:
                returned.append(
                    key | {"horizon_days": 60, "lag_days": 5, "reason_class": "defective", "quantity": shares[1]}
                )
    sold_frame = pl.DataFrame(sold, schema_overrides={"quantity": pl.Int64})
    empty = sold_frame.clear().with_columns(pl.lit("").alias("reason_class"), pl.lit(0).alias("lag_days"))
    return sold_frame, pl.DataFrame(returned) if returned else empty


def all_rows(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(pl.col("reason_class") == "all").sort("unit_id")


def assert_sane(frame: pl.DataFrame) -> None:
    """No NaN, no infinity; an interval about every rate; no estimate without evidence."""
    assert frame.schema == SCORE_SCHEMA
    numbers = frame.select(pl.selectors.float())
    assert not any(numbers[name].drop_nulls().is_nan().any() for name in numbers.columns)
    assert not any(numbers[name].drop_nulls().is_infinite().any() for name in numbers.columns)
    said = frame.filter(pl.col("rate").is_not_null())
    assert said.filter((pl.col("lower_90") > pl.col("rate")) | (pl.col("upper_90") < pl.col("rate"))).is_empty()
    assert (
        frame.filter(pl.col("evidence") != "enough")["rate"].null_count()
        == frame.filter(pl.col("evidence") != "enough").height
    )


def test_a_product_with_one_sale_is_never_the_worst() -> None:
    """One sold and returned is shrunk to its like; fifty of a hundred is not."""
    others = [(f"p{number:02d}", "c", 100, 10 + number % 5) for number in range(30)]
    frame = score(*rows(*others, ("one", "c", 1, 1), ("bad", "c", 100, 50)), Developed(), unit="product").frame
    scored = {row["unit_id"]: row for row in all_rows(frame).to_dicts()}
    assert scored["one"]["observed_rate"] == 1.0
    assert scored["one"]["rate"] < 0.35
    assert scored["one"]["could_be_chance"]
    assert not scored["one"]["is_probably_faulty"]
    assert scored["bad"]["is_probably_faulty"]
    assert scored["bad"]["faulty_rank"] == 1
    assert scored["bad"]["cost_rank"] == 1
    assert scored["bad"]["leading_reason_class"] == "defective"
    assert scored["bad"]["lower_90"] < 0.5 < scored["bad"]["upper_90"] + 0.05


def test_costs_turn_the_second_list_and_units_say_so() -> None:
    """Without the merchant's own costs the list ranks by units; with them by money, unknown ones last."""
    sold, returned = rows(
        *[(f"p{number}", "c", 200, 20) for number in range(9)], ("x", "c", 200, 60), ("y", "c", 200, 50)
    )
    plain = score(sold, returned, Developed(), unit="product")
    assert plain.ranked_by == "units"
    assert plain.frame["excess_cost_amount"].null_count() == plain.frame.height
    assert plain.costs_most(1)["unit_id"].to_list() == ["x"]
    costs = pl.DataFrame({"unit_id": ["x", "y"], "unit_cost_amount": [1.0, 30.0]})
    dear = score(sold, returned, Developed(), unit="product", unit_costs=costs)
    assert dear.ranked_by == "cost"
    assert dear.costs_most(2)["unit_id"].to_list() == ["y", "x"]


def test_young_goods_are_counted_by_what_can_be_known() -> None:
    """At half developed the rate is twice what is observed; at less than 30 % nothing is said."""
    units = [(f"p{number:02d}", "c", 400, 40) for number in range(10)]
    half = all_rows(score(*rows(*units), Developed(0.5), unit="product").frame)
    assert half["rate"].to_numpy() == pytest.approx(0.2, abs=0.03)
    assert half["developed_share"].to_list() == [0.5] * 10
    for share in (0.2, None):
        young = score(*rows(*units), Developed(share), unit="product").frame
        assert_sane(young)
        assert set(young["evidence"]) == {"not_enough_evidence"}
        assert young["faulty_rank"].null_count() == young.height


def test_orders_of_before_returns_were_known_do_not_hide_the_others() -> None:
    """Four years of orders, one of returns: the year tells, and nothing is said of goods that ended before it."""
    units = [(f"p{number:02d}", "c", 400, 40) for number in range(10)]
    sold, returned = rows(*units)
    before = pl.col("start_date", "order_week") - pl.duration(days=1000)
    older = sold.with_columns(before, pl.col("quantity") * 4)
    gone = older.filter(pl.col("product_id") == "p00").with_columns(pl.lit("gone").alias("product_id"))
    curves = StoredCurves(
        pl.DataFrame(
            {"window_class": "*", "category": "*", "reason_class": "all", "age_days": [0], "developed_share": 0.0}
        ),
        known_from=MONDAY - timedelta(days=7),
        known_through=MONDAY + timedelta(days=90),
    )
    alone = all_rows(score(sold, returned, curves, unit="product").frame)
    found = all_rows(score(pl.concat([sold, older, gone]), returned, curves, unit="product").frame)
    assert set(alone["evidence"]) == {"enough"}
    assert found.filter(pl.col("unit_id") != "gone").equals(alone)
    assert found.filter(pl.col("unit_id") == "gone")["evidence"].to_list() == ["not_enough_evidence"]


def test_the_order_of_rows_does_not_matter() -> None:
    """Byte-equal output for the same rows shuffled, and for a split of rows."""
    shop = draw_shop(World("ten", TEN, units=150, weeks=8), 3)
    sold, returned = frames(shop)
    first = score(sold, returned, KnownCurve(shop), unit="product").frame
    mixed = score(
        sold.sample(fraction=1.0, shuffle=True, seed=1),
        returned.sample(fraction=1.0, shuffle=True, seed=2),
        KnownCurve(shop),
        unit="product",
    ).frame
    assert first.equals(mixed)


@pytest.mark.parametrize("unit", ["product", "variant", "supplier", "fulfilment_type"])
@pytest.mark.parametrize(
    "units",
    [
        [],
        [("a", "c", 100, 0)],
        [("a", "c", 100, 100)],
        [("a", "c", 5, 50)],
        [("a", "c", 0, 3)],
        [("a", "c", 100, 30), ("b", "d", 40, 2), ("e", "f", 1, 0)],
        [(f"p{number}", "c", 10, 0) for number in range(40)],
        [("a", "c", 150_000, 30_000), ("b", "c", 1, 1)],
    ],
    ids=[
        "nothing",
        "none back",
        "all back",
        "more back than sold",
        "never sold",
        "one a category",
        "no returns",
        "huge",
    ],
)
def test_odd_data_give_an_honest_answer(unit: str, units: list[tuple[str, str, int, int]]) -> None:
    """A number with its interval, or not enough evidence; never a traceback."""
    sold, returned = rows(*units) if units else tuple(part.clear() for part in rows(("a", "c", 5, 5)))
    scores = score(sold, returned, Developed(), unit=unit)
    assert_sane(scores.frame)
    assert scores.frame.is_empty() is (not units)
    if len({category for _, category, _, _ in units}) == len(units):
        assert scores.frame["could_be_chance"].all()


def test_a_supplier_is_judged_by_its_mix() -> None:
    """A supplier of categories that come back more is not worse for that."""
    sold, returned = rows(
        *[(f"g{number}", "good", 300, 15) for number in range(12)],
        *[(f"h{number}", "high", 300, 120) for number in range(12)],
    )
    name = pl.when(pl.col("category") == "high").then(pl.lit("s2")).otherwise(pl.lit("s1")).alias("supplier")
    frame = all_rows(score(sold.with_columns(name), returned.with_columns(name), Developed(), unit="supplier").frame)
    assert frame["could_be_chance"].to_list() == [True, True]
    assert frame["rate"].to_list() == pytest.approx([0.05, 0.4], abs=0.02)
    assert frame["rate_ratio"].to_list() == pytest.approx([1.0, 1.0], abs=0.1)


def test_a_variant_leans_on_its_product() -> None:
    """A variant without returns of a product whose variants come back is expected to come back more than another's."""
    parts = []
    for variant in range(4):
        units = [(f"g{number}", "c", 100, 5 + 30 * (number > 8)) for number in range(12)]
        parts.append([part.with_columns(pl.lit(f"v{variant}").alias("variant_id")) for part in rows(*units)])
    new = rows(("g0", "c", 5, 0), ("g9", "c", 5, 0))[0].with_columns(pl.lit("new").alias("variant_id"))
    sold, returned = pl.concat([*(part[0] for part in parts), new]), pl.concat([part[1] for part in parts])
    frame = all_rows(score(sold, returned, Developed(), unit="variant").frame)
    rates = dict(frame.filter(pl.col("unit_id").str.ends_with("new")).select("product_id", "rate").iter_rows())
    assert rates["g9"] > 2.0 * rates["g0"]


def test_returns_in_clusters_widen_the_intervals() -> None:
    """The factor is found, and intervals are wider than the same counts' would be."""
    clustered = judge(World("clustered", (BETA,), units=500, cluster=2.5), 5)
    steady = judge(World("steady", (BETA,), units=500), 5)
    assert 2.0 < clustered.dispersion < 6.0
    assert steady.dispersion < 1.15
    assert clustered.interval[0] > 1.05 * steady.interval[0]


def wholesale(lines_hold: list[int], seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """100 products of 20 lines each, that come back whole or not at all, every one at 15 %."""
    random = np.random.default_rng(seed)
    product = np.repeat(np.arange(100), 20)
    weeks = [MONDAY + timedelta(weeks=int(week)) for week in random.integers(0, 40, len(product))]
    lines = pl.DataFrame(
        {
            "product_id": [f"p{number:02d}" for number in product],
            "category": [f"c{number % 5}" for number in product],
            "order_week": weeks,
            "start_date": weeks,
            "quantity": random.choice(lines_hold, len(product)),
            "comes_back": random.random(len(product)) < 0.15,
        }
    ).with_columns(**{name: pl.lit(value) for name, value in KEYS.items()}, horizon_days=pl.lit(60))
    returned = lines.filter("comes_back").with_columns(reason_class=pl.lit("defective"), lag_days=pl.lit(5))
    return lines.drop("comes_back"), returned.drop("comes_back")


@pytest.mark.parametrize("lines_hold", [[100], [1_000], [1, 10, 200]])
def test_lines_of_hundreds_are_no_crowd_of_witnesses(lines_hold: list[int]) -> None:
    """Nobody differs: nobody is called faulty, and what is said of rates holds."""
    for seed in range(2):
        scores = score(*wholesale(lines_hold, seed), Developed(), unit="product")
        frame = all_rows(scores.frame)
        assert frame["could_be_chance"].all()
        assert not frame["is_probably_faulty"].any()
        held = frame.select((pl.col("lower_90") <= 0.15) & (pl.col("upper_90") >= 0.15))
        assert held.to_series().mean() >= 0.9


def test_one_recall_does_not_hide_the_others() -> None:
    """A product whose every unit of one week came back adds little to how much weeks are taken to vary."""
    shop = draw_shop(World("steady", (BETA,), units=500), 5)
    sold, returned = frames(shop)
    week = sold["order_week"].max()
    recalled = sold.filter(pl.col("product_id") == sold.sort("quantity")["product_id"][-1])
    more = recalled.with_columns(pl.when(pl.col("order_week") == week).then(20_000).otherwise(pl.col("quantity")))
    back = more.filter(pl.col("order_week") == week).with_columns(
        lag_days=pl.lit(0).cast(returned.schema["lag_days"]), reason_class=pl.lit("defective")
    )
    both = [pl.concat([sold, more.select(sold.columns).cast(sold.schema)])]
    both.append(pl.concat([returned, back.select(returned.columns).cast(returned.schema)]))
    assert score(*both, KnownCurve(shop), unit="product").dispersion["all"].constant <= MOST


@pytest.mark.parametrize("world", [World("beta", (BETA,), units=1_000), World("tail", (LOG_NORMAL,), units=1_000)])
def test_lists_find_what_the_rule_with_the_true_law_finds(world: World) -> None:
    """At least 0.97 of its score, intervals as short, coverage near 0.9; the large run is benchmarks.ranking."""
    judged = [judge(world, seed) for seed in range(1)]
    for name in ("faulty", "costs", "interval"):
        own, best = np.array([getattr(one, name) for one in judged]).sum(axis=0)
        assert own <= 1.15 * best if name == "interval" else own >= 0.95 * best
    hits, number = np.array([one.covered["all"] for one in judged]).sum(axis=0)
    assert 0.84 < hits / number < 0.95


def test_shuffled_returns_say_nothing() -> None:
    """Where returns were dealt out by chance nobody is faulty and every row could be chance."""
    assert sum(says_nothing(SMALL, seed) for seed in range(4)) >= 3


def test_an_unknown_kind_of_unit_is_refused() -> None:
    with pytest.raises(ValueError, match="expected one of product"):
        score(*rows(("a", "c", 1, 0)), Developed(), unit="colour")
