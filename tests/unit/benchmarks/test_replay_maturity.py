"""A small replay of maturity: the benchmark runs two hundred shops of every kind, this a dozen of one."""

import polars as pl
import pytest

from benchmarks.maturity_worlds.scoring import AGES, band, interval_score, judge
from benchmarks.maturity_worlds.worlds import WORLDS, make_shop
from benchmarks.replay_maturity import replay


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    return replay("200", seeds=12, origins=1)


def test_projections_are_near_the_best_book_and_not_biased(rows: pl.DataFrame) -> None:
    figures = {(one.what, one.where): one for one in judge("200", rows)}
    ratios = [figures["RMSE / best of three", f"age {age}"].figure for age in AGES]
    print("RMSE over the best of three:", ratios)
    assert max(ratios) <= 1.10
    late = rows.filter(pl.col("age") > 7)
    bias = (late["projected"] - late["final"]).to_numpy().mean()
    print("bias from two weeks on:", bias)
    assert abs(bias) < 0.01


def test_intervals_cover_and_are_not_bought_with_width(rows: pl.DataFrame) -> None:
    figures = {(one.what, one.where): one.figure for one in judge("200", rows)}
    covered = next(value for key, value in figures.items() if key[0] == "coverage final 90" and "all ages" in key[1])
    ratio = figures["interval score 90 / knowing", "all ages"]
    print("coverage of the final rate at 90 %:", covered, "interval score over the knowing rule:", ratio)
    assert abs(covered - 0.9) <= band(0.9, rows.height)
    assert ratio <= 1.25


def test_a_seed_makes_one_shop() -> None:
    one, same, other = (make_shop(WORLDS["200 clustered"], seed) for seed in (1, 1, 2))
    assert (one.lag == same.lag).all()
    assert one.comes_back.sum() != other.comes_back.sum()


def test_the_interval_score_adds_what_lies_outside() -> None:
    rows = pl.DataFrame({"lower": [0.1, 0.1], "upper": [0.2, 0.2], "truth": [0.15, 0.25]})
    scores = rows.select(interval_score(pl.col("lower"), pl.col("upper"), pl.col("truth"), 0.1)).to_series()
    assert scores.to_list() == pytest.approx([0.1, 1.1])
