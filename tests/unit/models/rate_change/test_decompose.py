"""The parts of a change of the return rate: exact, ordered, finite on odd data, and honest in what is called real."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from benchmarks.decomposition import World, draw, judge_draw, run, share_of
from models.rate_change.cells import CELL_SCHEMA, Periods, change_cells
from models.rate_change.decompose import RateChange, decompose
from models.rate_change.output import GROUP_SCHEMA, TOTAL_SCHEMA
from models.rate_change.verdict import VERDICTS

MONDAY = date(2026, 3, 2)
PERIODS = Periods(MONDAY, MONDAY + timedelta(weeks=3), MONDAY + timedelta(weeks=4), MONDAY + timedelta(weeks=7))


def cell(
    week: int, shipped: int, returned: int, *, category: str = "shoes", product: str = "a", developed: float = 1.0
) -> dict[str, object]:
    return {
        "category": category,
        "product_id": product,
        "order_week": MONDAY + timedelta(weeks=week),
        "shipped_quantity": shipped,
        "exposure_quantity": shipped * developed,
        "exposure_error": 0.0,
        "returned_quantity": returned,
    }


def table(cells: list[dict[str, object]]) -> pl.DataFrame:
    return pl.DataFrame(cells, schema=CELL_SCHEMA)


def total(cells: list[dict[str, object]]) -> dict[str, Any]:
    return checked(decompose(table(cells), PERIODS)).total.row(0, named=True)


def checked(found: RateChange) -> RateChange:
    """What holds for every answer: columns, finite numbers, parts that add up, in the total and over the groups."""
    assert dict(found.total.schema) == TOTAL_SCHEMA
    assert dict(found.groups.schema) == GROUP_SCHEMA
    for frame in (found.total, found.groups):
        assert frame.select(pl.selectors.float().is_finite().all().fill_null(True)).row(0) == (True,) * len(
            frame.select(pl.selectors.float()).columns
        )
    row = found.total.row(0, named=True)
    assert row["verdict"] in VERDICTS
    if row["mix_part"] is None:
        assert row["verdict"] == "not_enough_evidence"
        return found
    parts = ("mix_part", "rate_part", "maturity_part")
    assert sum(row[part] for part in parts) == pytest.approx(row["observed_rate_change"], abs=1e-13)
    for name in (*parts, "observed_rate_change"):
        assert found.groups[name].sum() == pytest.approx(row[name], abs=1e-13)
    return found


def test_a_change_of_shares_alone_is_mix() -> None:
    """Two products keep their rates and swap their volumes."""
    cells = [
        cell(week, *counts, product=product)
        for week in range(8)
        for product, counts in {
            "a": (900, 90) if week < 4 else (100, 10),
            "b": (100, 40) if week < 4 else (900, 360),
        }.items()
    ]
    row = total(cells)
    assert row["rate_part"] == pytest.approx(0)
    assert row["maturity_part"] == pytest.approx(0)
    assert row["mix_part"] == pytest.approx(0.8 * 0.3)
    assert row["verdict"] == "mix"


def test_a_change_of_rates_alone_is_real() -> None:
    row = total([cell(week, 1000, 100 if week < 4 else 150) for week in range(8)])
    assert row["rate_part"] == pytest.approx(0.05)
    assert row["rate_part_lower_90"] < 0.05 < row["rate_part_upper_90"]
    assert row["verdict"] == "real"


def test_a_change_of_age_alone_is_maturity() -> None:
    row = total([cell(week, 1000, 200 if week < 4 else 100, developed=1.0 if week < 4 else 0.5) for week in range(8)])
    assert row["maturity_part"] == pytest.approx(-0.1)
    assert row["verdict"] == "maturity"


def test_all_three_by_hand() -> None:
    """One category against Shapley's formula written out."""
    before = {"a": (600, 1.0, 60), "b": (400, 1.0, 120)}
    after = {"a": (300, 0.5, 30), "b": (700, 0.5, 84)}
    cells = [
        cell(week, shipped, returned, product=product, developed=developed)
        for week in range(8)
        for product, (shipped, developed, returned) in (before if week < 4 else after).items()
    ]
    found = checked(decompose(table(cells), PERIODS))
    factors = {"a": ((0.6, 1.0, 0.1), (0.3, 0.5, 0.2)), "b": ((0.4, 1.0, 0.3), (0.7, 0.5, 0.24))}

    def part(position: int) -> float:
        value = 0.0
        for old, new in factors.values():
            (b0, c0), (b1, c1) = (tuple(v for i, v in enumerate(side) if i != position) for side in (old, new))
            value += (new[position] - old[position]) * ((b0 * c0 + b1 * c1) / 3 + (b0 * c1 + b1 * c0) / 6)
        return value

    row = found.total.row(0, named=True)
    assert (row["mix_part"], row["maturity_part"], row["rate_part"]) == pytest.approx((part(0), part(1), part(2)))


def test_products_too_small_to_compare_still_show_their_mix() -> None:
    """Hundreds of products of a few units each: their reference rates tell the shift from a change of rates."""
    worlds = [replace(World(units=400, products=300, categories=3), mix=1.0)]
    judged = [one for world in worlds for one in run(world, 60, 900)]
    assert share_of(judged) <= 0.1


def test_new_and_gone_products_are_mix() -> None:
    cells = [cell(week, 500, 50) for week in range(8)]
    cells += [cell(week, 100, 40, product="gone") for week in range(4)]
    cells += [cell(week, 100, 10, product="new") for week in range(4, 8)]
    found = checked(decompose(table(cells), PERIODS))
    kinds = dict(found.groups.select("product_id", "group_kind").iter_rows())
    assert kinds == {"a": "product", "gone": "gone", "new": "new"}
    assert found.total["rate_part"].item() == pytest.approx(0)
    assert found.total["verdict"].item() == "mix"


def test_rows_in_any_order_give_the_same_bytes() -> None:
    cells = draw(World(products=40, mix=0.5, age=7), 3).cells
    periods = draw(World(), 3).periods
    shuffled = cells.sample(fraction=1.0, shuffle=True, seed=5)
    one, other = decompose(cells, periods), decompose(shuffled, periods)
    assert one.total.equals(other.total)
    assert one.groups.equals(other.groups)


@pytest.mark.parametrize(
    "cells",
    [
        [],
        [cell(1, 100, 10)],
        [cell(6, 100, 10)],
        [cell(20, 100, 10)],
        [cell(1, 1, 1), cell(6, 1, 0)],
        [cell(1, 100, 100), cell(6, 100, 100)],
        [cell(1, 100, 0), cell(6, 100, 0)],
        [cell(1, 100, 0, developed=0.0), cell(6, 100, 5, developed=0.0)],
        [cell(1, 100, 150), cell(6, 100, 7)],
        [cell(1, 0, 5), cell(6, 100, 7)],
        [cell(1, 100, 5, developed=float("nan")), cell(6, 100, 7)],
        [cell(1, 100, 5, product="a"), cell(6, 100, 7, product="b", category="hats")],
    ],
)
def test_odd_data_give_an_answer(cells: list[dict[str, object]]) -> None:
    """Empty, one-sided, all or nothing returned, more returned than sold, no chance to come back yet."""
    checked(decompose(table(cells), PERIODS))


def test_little_evidence_says_so() -> None:
    assert total([cell(1, 10, 5), cell(6, 10, 0)])["verdict"] == "not_enough_evidence"
    assert total([cell(1, 1000, 1), cell(6, 1000, 1)])["verdict"] == "not_enough_evidence"


def test_one_week_each_without_history_is_not_called_real_lightly() -> None:
    """Nothing says how weeks vary: an assumption of two weeks' worth makes the interval wide."""
    row = total([cell(3, 1000, 100), cell(4, 1000, 150)])
    assert row["verdict"] == "noise"
    assert row["week_freedom"] == 0


def test_only_categories_will_do() -> None:
    cells = table([cell(week, 1000, 100) for week in range(8)]).drop("product_id", "exposure_error")
    assert checked(decompose(cells, PERIODS)).total["verdict"].item() == "noise"


def test_periods_that_overlap_are_refused() -> None:
    with pytest.raises(ValueError, match="without a shared week"):
        Periods(MONDAY, MONDAY, MONDAY, MONDAY)


def test_real_is_seldom_said_where_nothing_changed() -> None:
    """A smaller run of ``python -m benchmarks.decomposition``: weeks vary, products shift, parcels are young."""
    judged = run(World(products=30, shock=0.1, mix=0.4, age=7, cluster=2), 150, 40)
    assert share_of(judged) <= 0.05
    assert sum(bool(one.covered) for one in judged) / 150 >= 0.85


def test_real_is_said_where_every_rate_rose_by_half() -> None:
    judged = run(World(products=30, size=0.5), 30, 70)
    assert share_of(judged) >= 0.8


def test_an_uncertain_curve_keeps_from_saying_real() -> None:
    """The same counts, once with a sure curve and once with one that may be wrong by a third."""
    drawn = draw(World(products=10, size=0.4, age=7), 5)
    assert judge_draw(drawn).verdict == "real"
    unsure = drawn.cells.with_columns(exposure_error=pl.col("exposure_quantity") * 0.33)
    assert decompose(unsure, drawn.periods).total["verdict"].item() != "real"


class Half:
    """Curves by which every unit is half developed, give or take a tenth."""

    frame = pl.DataFrame(
        {
            "window_class": ["30 days"],
            "category": ["shoes"],
            "reason_class": ["all"],
            "age_days": [10],
            "lower_90": [0.4],
            "upper_90": [0.6],
        }
    )

    def developed(self, frame: pl.DataFrame) -> pl.Series:
        return pl.Series([0.5] * frame.height, dtype=pl.Float64)


def test_cells_count_units_with_their_exposure() -> None:
    keys = {
        "product_id": ["a", "a", "b"],
        "category": ["shoes"] * 3,
        "window_class": ["30 days"] * 3,
        "order_week": [MONDAY] * 3,
        "start_date": [MONDAY, MONDAY + timedelta(days=1), MONDAY],
    }
    sold = pl.DataFrame(keys | {"quantity": [4, 2, 1]})
    returned = pl.DataFrame(keys | {"quantity": [1, 1, 3], "reason_class": ["delivery", "unclear", "delivery"]})
    cells = change_cells(sold, returned, Half(), known_through=MONDAY + timedelta(days=10))
    assert cells.columns == list(CELL_SCHEMA)
    assert cells["shipped_quantity"].to_list() == [6, 1]
    assert cells["exposure_quantity"].to_list() == [3.0, 0.5]
    assert cells["returned_quantity"].to_list() == [2, 1]
    assert cells["exposure_error"].to_list() == pytest.approx([4 * 0.2 / 3.2897, 0.2 / 3.2897], rel=1e-4)
    one = change_cells(sold, returned, Half(), known_through=MONDAY, reason_class="unclear")
    assert one["returned_quantity"].to_list() == [1, 0]


def test_a_category_without_a_curve_has_the_error_of_the_wider_one() -> None:
    class Wide(Half):
        frame = pl.concat(
            [Half.frame.with_columns(category=pl.lit("*")), Half.frame.with_columns(age_days=pl.lit(5, dtype=pl.Int64))]
        )

    row = {"product_id": ["a"], "category": ["hats"], "window_class": ["30 days"], "quantity": [2]}
    sold = pl.DataFrame(row | {"order_week": [MONDAY], "start_date": [MONDAY]})
    returned = sold.with_columns(reason_class=pl.lit("unclear")).clear()
    cells = change_cells(sold, returned, Wide(), known_through=MONDAY + timedelta(days=10))
    assert cells["exposure_error"].to_list() == pytest.approx([2 * 0.2 / 3.2897], rel=1e-4)


def test_no_rows_give_no_cells() -> None:
    sold = pl.DataFrame(
        schema={
            "product_id": pl.String,
            "category": pl.String,
            "window_class": pl.String,
            "order_week": pl.Date,
            "start_date": pl.Date,
            "quantity": pl.Int64,
        }
    )
    returned = sold.with_columns(reason_class=pl.lit("delivery"))
    assert change_cells(sold, returned, Half(), known_through=MONDAY).is_empty()
