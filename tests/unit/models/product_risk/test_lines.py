"""Order lines are the trials where the frames tell them; units stay for stock, excess and money."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from models.lines import counted_in_lines
from models.product_risk import score

MONDAY = date(2025, 3, 3)
LEARNED = ["rate", "lower_90", "upper_90", "expected_rate", "probability_above_limit", "could_be_chance"]
UNITS = ["exposure_quantity", "expected_excess_quantity", "excess_lower", "excess_upper"]


class Developed:
    """A curve that says the same share for every cell."""

    def __init__(self, share: float = 0.8) -> None:
        self.share = share

    def developed(self, frame: pl.DataFrame) -> pl.Series:
        return pl.Series([self.share] * frame.height, dtype=pl.Float64)


def shop(units_a_line: int = 1, seed: int = 4) -> tuple[pl.DataFrame, pl.DataFrame]:
    """60 products of 100 lines that come back whole or not; the first at 40 %, the others at 10 %."""
    random = np.random.default_rng(seed)
    product = np.repeat(np.arange(60), 100)
    weeks = [MONDAY + timedelta(weeks=int(week)) for week in random.integers(0, 20, len(product))]
    lines = pl.DataFrame(
        {
            "product_id": [f"p{number:02d}" for number in product],
            "variant_id": "-",
            "category": [f"c{number % 3}" for number in product],
            "supplier": [f"s{number % 4}" for number in product],
            "brand": "none",
            "fulfilment_type": "own",
            "window_class": "30 days",
            "horizon_days": 60,
            "order_week": weeks,
            "start_date": weeks,
            "quantity": units_a_line,
            "line_count": 1,
            "comes_back": random.random(len(product)) < np.where(product == 0, 0.4, 0.1),
        },
        schema_overrides={"quantity": pl.Int64, "line_count": pl.Int64},
    )
    reason = pl.Series(random.choice(["defective", "changed_mind"], len(product)))
    returned = lines.with_columns(reason_class=reason, lag_days=pl.lit(5)).filter("comes_back").drop("comes_back")
    keys = [name for name in returned.columns if name not in ("quantity", "line_count")]
    sold = lines.drop("comes_back")
    return (
        sold.group_by([name for name in keys if name in sold.columns]).agg(pl.col("quantity", "line_count").sum()),
        returned.group_by(keys).agg(pl.col("quantity", "line_count").sum()),
    )


@pytest.mark.parametrize("unit", ["product", "supplier"])
def test_rates_are_those_of_lines_whatever_they_hold(unit: str) -> None:
    """Twelve units a line: rates as of one a line; quantities and excess twelvefold."""
    one, many = (score(*shop(units), Developed(), unit=unit).frame for units in (1, 12))
    names = ["unit_id", "reason_class", "shipped_line_count", "returned_line_count", "observed_rate", *LEARNED]
    assert many.select(names).equals(one.select(names))
    for name in (*UNITS, "shipped_quantity", "returned_quantity"):
        assert many[name].to_numpy() == pytest.approx(12.0 * one[name].to_numpy()), name
    assert many["developed_share"].to_numpy() == pytest.approx(0.8)
    rows = many.filter(pl.col("reason_class") == "all")
    assert rows["observed_rate"].to_list() == (rows["returned_line_count"] / rows["shipped_line_count"]).to_list()


def test_without_lines_every_unit_is_a_trial() -> None:
    """Frames of one unit a line say the same with their lines and without, and where one of both tells none."""
    sold, returned = shop()
    with_lines = score(sold, returned, Developed(), unit="product").frame
    for frames in (
        (sold.drop("line_count"), returned.drop("line_count")),
        (sold, returned.drop("line_count")),
        (counted_in_lines(sold).drop("line_count"), returned),
    ):
        assert score(*frames, Developed(), unit="product").frame.equals(with_lines)


def test_units_of_a_line_are_no_crowd_of_witnesses() -> None:
    """One product sold two lines of 5,000 that came back: two lines tell as much as two mugs."""
    sold, returned = shop()
    of_one = sold.filter(pl.col("product_id") == "p01").sort("start_date").head(2)
    extra = of_one.with_columns(product_id=pl.lit("bulk"), quantity=pl.lit(5_000), line_count=pl.lit(1))
    keys = [name for name in sold.columns if name in returned.columns]
    back = extra.select(keys).with_columns(reason_class=pl.lit("defective"), lag_days=pl.lit(5))
    frames = [pl.concat([sold, extra.cast(dict(sold.schema))])]
    frames.append(pl.concat([returned, back.select(returned.columns).cast(dict(returned.schema))]))
    rows = {row["unit_id"]: row for row in score(*frames, Developed(), unit="product").frame.to_dicts()
            if row["reason_class"] == "all"}  # fmt: skip
    assert rows["bulk"]["returned_quantity"] == rows["bulk"]["shipped_quantity"] == 10_000
    assert rows["bulk"]["returned_line_count"] == 2
    assert rows["bulk"]["could_be_chance"]
    assert rows["bulk"]["rate"] < 0.4
    # The excess is of units: what the rate means for all that was shipped.
    row = rows["bulk"]
    assert row["expected_excess_quantity"] == pytest.approx(10_000 * (row["rate"] - row["expected_rate"]))
    assert row["cost_rank"] == 1
    assert rows["p00"]["is_probably_faulty"]
    assert not rows["bulk"]["is_probably_faulty"]


def test_lines_that_come_back_in_part_bring_less_excess() -> None:
    """One of two units of each returned line: rates of lines stay, the excess in units is about half of them."""
    sold, returned = shop(2)
    part = returned.with_columns(pl.col("quantity") // 2)
    frames = (score(sold, back, Developed(), unit="product").frame for back in (returned, part))
    whole, half = (frame.filter(pl.col("reason_class") == "all") for frame in frames)
    assert half["rate"].equals(whole["rate"])
    share = (half["expected_excess_quantity"] / whole["expected_excess_quantity"]).to_numpy()
    assert share == pytest.approx(0.5, abs=0.03)
    # One unit a line beyond the lines of its like.
    lines = half["shipped_line_count"] * (half["rate"] - half["expected_rate"])
    assert half["expected_excess_quantity"].to_numpy() == pytest.approx(lines.to_numpy(), rel=0.04)


def test_a_line_that_comes_back_in_parts_counts_once() -> None:
    """Rows of later units of a line hold no line: they are units alone."""
    sold, returned = shop(2)
    halves = [returned.with_columns(pl.col("quantity") // 2)]
    halves.append(halves[0].with_columns(pl.col("lag_days") + 9, line_count=pl.lit(0, pl.Int64)))
    whole = score(sold, returned, Developed(), unit="product").frame
    assert score(sold, pl.concat(halves), Developed(), unit="product").frame.equals(whole)
