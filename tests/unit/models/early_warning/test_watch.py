"""Whole shops, made-up and odd ones; error rates over many are the benchmark's."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from benchmarks.warning_worlds.worlds import VARIANTS, Drawn, World, draw
from models.early_warning import KINDS, Warnings, control, looks_until, watch, weekly_cells
from models.early_warning.panel import base_of, number_of
from models.early_warning.telling import flag_rows
from models.early_warning.watching import judged, look_kinds

SMALL = World("small", skus=150, categories=3, suppliers=10, planted=0, history=12)


@pytest.fixture(scope="module")
def shop() -> Drawn:
    return draw(replace(SMALL, planted=8, size=5.0), 3)


@pytest.fixture(scope="module")
def found(shop: Drawn) -> Warnings:
    return watch(shop.sold, shop.returned, looks=shop.looks)


def _product(number: int) -> str:
    return f"p{number:05d}"


def test_large_rises_are_found_after_they_began_with_their_size(shop: Drawn, found: Warnings) -> None:
    flags = found.flags.filter(pl.col("kind") == "sku_reason", pl.col("reason_class") == "all")
    planted = {_product(number) for number in np.flatnonzero(shop.planted)}
    assert flags.height >= 3
    assert set(flags["product_id"]) <= planted
    onset = shop.looks[shop.world.onset]
    assert flags["first_seen_week"].min() >= onset
    assert (flags["since_week"] - onset).dt.total_days().abs().median() <= 14
    assert flags["size_lower_90"].min() > 1
    assert flags["size_multiplier"].median() == pytest.approx(5, rel=0.35)
    assert found.flags["chance_of_false_alarm"].sum() <= max(0.10 * found.flags.height, 1) + 1e-9
    assert found.flags["chance_of_false_alarm"].is_sorted()


def test_each_flag_has_its_picture(found: Warnings) -> None:
    key = ["kind", "unit_id", "reason_class"]
    assert found.flags.select(key).unique().sort(key).equals(found.weeks.select(key).unique().sort(key))
    first = found.flags.row(0, named=True)
    picture = found.weeks.filter([pl.col(name) == first[name] for name in key])
    since = picture.filter(pl.col("sold_week") >= first["since_week"])
    assert since["returned_line_count"].sum() == first["returned_line_count"]
    assert since["expected_line_count"].sum() == pytest.approx(first["expected_line_count"])
    assert since["sold_line_count"].sum() == first["sold_line_count"]
    assert (picture["lower_90"] <= picture["upper_90"]).all()


def test_the_watch_list_holds_nobody_flagged_and_claims_nothing(found: Warnings) -> None:
    key = ["kind", "unit_id", "reason_class"]
    assert found.watch_list.join(found.flags, on=key, how="semi").is_empty()
    assert set(found.watch_list["error_control"]) <= {"none"}
    assert found.watch_list["probability_above_limit"].is_sorted(descending=True)


def test_sizes_are_held_against_those_that_did_not_rise(shop: Drawn, found: Warnings) -> None:
    """Rises of others lift what is expected, and make all look restless: five-fold rises would be told too small."""
    flags = found.flags.filter(pl.col("kind") == "sku_reason", pl.col("reason_class") == "all")
    looked = look_kinds(
        base_of(shop.sold, shop.returned, shop.looks[-1]), [number_of(day) for day in shop.looks], KINDS
    )
    plain = flag_rows(looked, judged(looked), 0.10 * control.SAFETY, [number_of(day) for day in shop.looks])
    among_all = plain.join(flags, on=["kind", "unit_id", "reason_class"], suffix="_told")
    assert (among_all["expected_line_count_told"] < among_all["expected_line_count"]).mean() > 0.6
    assert among_all["size_multiplier_told"].median() > among_all["size_multiplier"].median()
    width, told = (
        (among_all[f"size_upper_90{which}"] / among_all[f"size_lower_90{which}"]).median() for which in ("", "_told")
    )
    assert told < width


def test_one_of_two_alike_is_held_against_both() -> None:
    """Where what is left is too little to go by, a flagged unit is not held against the rest alone: told too small."""
    draws = np.random.default_rng(3)
    lines, back = [], []
    for number in range(12):
        for day in DAYS:
            line = _line(f"p{number}", day, 20 if number < 2 else 10, "two" if number < 2 else "ten")
            rate = 0.5 if number == 0 and day >= date(2024, 4, 1) else 0.1
            lines.append(line)
            back.append(_back(line, 5, int(draws.binomial(line["quantity"], rate))))
    flag = _watch(lines, back).flags.filter(pl.col("kind") == "sku_reason", pl.col("reason_class") == "all")
    assert flag["product_id"].to_list() == ["p0"]
    assert 1 < flag["size_lower_90"][0] < flag["size_multiplier"][0] < 5


def test_what_is_over_is_not_on_the_watch_list() -> None:
    """Whoever came back often long ago, and as seldom as others in the weeks that are shown."""
    draws = np.random.default_rng(4)
    days = [date(2023, 1, 2) + timedelta(days=7 * step) for step in range(77)]
    recent = date(2024, 1, 1)
    rates = {"was_bad": (0.6, 0.1), "always_bad": (0.3, 0.3)}
    lines = [_line(name, day, 12) for name in [*rates, *(f"p{number}" for number in range(30))] for day in days]
    back = []
    for line in lines:
        before, now = rates.get(str(line["product_id"]), (0.1, 0.1))
        count = int(draws.binomial(12, now if line["start_date"] >= recent else before))  # ty: ignore
        back.append(_back(line, 5, count))
    listed = _watch(lines, back).watch_list.filter(pl.col("kind") == "sku_reason", pl.col("reason_class") == "all")
    assert (listed["returned_line_count"] > listed["expected_line_count"]).all()
    assert "was_bad" not in listed["product_id"]
    assert listed["product_id"][0] == "always_bad"


def test_rows_in_any_order_give_the_same_bytes(shop: Drawn, found: Warnings) -> None:
    again = watch(
        shop.sold.sample(fraction=1, shuffle=True, seed=1),
        shop.returned.sample(fraction=1, shuffle=True, seed=2),
        looks=shop.looks,
    )
    for name in ("flags", "weeks", "watch_list", "first_flagged"):
        assert getattr(again, name).equals(getattr(found, name))


def test_a_later_day_does_not_change_what_was_seen_at_a_look(shop: Drawn, found: Warnings) -> None:
    """First weeks are those of the looks then: rows of later weeks are not read."""
    earlier = watch(shop.sold, shop.returned, looks=shop.looks[:20])
    seen = found.first_flagged.filter(pl.col("first_seen_week") <= shop.looks[19])
    assert seen.equals(earlier.first_flagged)


def test_no_figure_is_infinite_or_not_a_number(found: Warnings) -> None:
    for frame in (found.flags, found.weeks, found.watch_list):
        for column in frame.select(pl.col(pl.Float64)):
            assert column.is_finite().all(), column.name


def test_nothing_is_flagged_in_quiet_shops() -> None:
    """Of 6 shops at most 2 have a flag (the allowed share is 0.10; more than 2 by chance: 2 %)."""
    flagged = 0
    for seed in range(6):
        quiet = draw(replace(SMALL, spread=0.3), seed)
        flagged += watch(quiet.sold, quiet.returned, looks=quiet.looks[::3]).first_flagged.height > 0
    assert flagged <= 2


def test_a_rise_of_the_whole_shop_is_nobodys_rise() -> None:
    drawn = draw(replace(SMALL, rise_at=5, rise=2.0), 1)
    assert watch(drawn.sold, drawn.returned, looks=drawn.looks).flags.is_empty()


def test_a_bad_lot_is_found_as_a_lot() -> None:
    world = replace(VARIANTS["units"], skus=400, suppliers=10, planted=0, bad_suppliers=0, bad_lots=3, size=5.0)
    drawn = draw(world, 2)
    lots = watch(drawn.sold, drawn.returned, looks=drawn.looks).flags.filter(pl.col("kind") == "lot")
    bad = {(f"s{supplier:05d}", date(2024, 1, 1) + timedelta(weeks=first)) for supplier, first in drawn.lots_risen}
    assert lots.height
    assert set(lots.select("supplier", "first_sold_week").iter_rows()) <= bad


def _line(product: str, day: date, quantity: int, category: str = "c") -> dict[str, object]:
    return {
        "product_id": product,
        "variant_id": "-",
        "category": category,
        "supplier": "none",
        "start_date": day,
        "quantity": quantity,
    }


def _watch(lines: list[dict[str, object]], back: list[dict[str, object]]) -> Warnings:
    sold = pl.DataFrame(lines or [_line("p", date(2024, 1, 1), 1)]).head(len(lines))
    more = {"lag_days": pl.Int64, "reason_class": pl.String}
    returned = pl.DataFrame(back, schema={**sold.schema, **more})
    return watch(*weekly_cells(sold, returned), looks=looks_until(date(2024, 6, 30)))


DAYS = [date(2024, 1, 1) + timedelta(days=3 * step) for step in range(60)]


def _back(line: dict[str, object], lag: int, quantity: int) -> dict[str, object]:
    return {**line, "quantity": quantity, "lag_days": lag, "reason_class": "defective"}


@pytest.mark.parametrize(("products", "share"), [(0, 0), (1, 1), (1, 0), (2, 0), (2, 3), (5, 3), (5, 0)])
def test_odd_shops_give_an_answer(products: int, share: int) -> None:
    """Empty, one SKU, none returned, all returned and more."""
    lines = [_line(f"p{number}", day, 3) for number in range(products) for day in DAYS]
    found = _watch(lines, [_back(line, 7, share) for line in lines] if share else [])
    assert found.flags.is_empty()
    enough = products > 1 and share > 0
    assert found.evidence == ("enough" if enough else "not_enough_evidence")


def test_all_returns_on_one_day_and_before_delivery() -> None:
    lines = [_line(f"p{number}", day, 3) for number in range(4) for day in DAYS]
    late = [_back(line, (date(2024, 6, 3) - line["start_date"]).days, 1) for line in lines[::2]]  # ty: ignore
    assert _watch(lines, late).evidence == "enough"
    assert _watch(lines, [_back(line, -5, 1) for line in lines[::3]]).evidence == "enough"


def test_a_categorys_only_sku_is_held_against_the_shop() -> None:
    draws = np.random.default_rng(2)
    lines, back = [], []
    for number in range(30):
        category = "alone" if number == 0 else "many"
        for day in DAYS:
            line = _line(f"p{number}", day, 20, category)
            rate = 0.5 if number == 0 and day >= date(2024, 4, 1) else 0.1
            lines.append(line)
            back.append(_back(line, 5, int(draws.binomial(20, rate))))
    flags = _watch(lines, back).flags
    assert "p0" in flags["product_id"].to_list()
    assert set(flags["product_id"].drop_nulls()) == {"p0"}


def test_kinds_are_checked() -> None:
    with pytest.raises(ValueError, match="moon"):
        watch(pl.DataFrame(), pl.DataFrame(), looks=[date(2024, 1, 1)], kinds=("moon",))
    assert set(KINDS) == {"sku_reason", "supplier", "lot", "category"}
