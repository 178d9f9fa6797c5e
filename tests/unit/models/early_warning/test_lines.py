"""Lines of many units that come back whole: order lines are what tells of a rise, units would cry wolf."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from models.early_warning import Warnings, looks_until, watch, weekly_cells
from models.lines import counted_in_lines

SHOPS = 8
WEEKS, CATEGORIES, SKUS_EACH, UNITS_A_LINE, RATE = 40, 5, 20, 20, 0.1
FIRST = date(2024, 1, 1)


def _shop(seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Sold and returned days of a shop in which nothing happens: every line of 20 units comes back whole or stays."""
    draws = np.random.default_rng(seed)
    lines = draws.poisson(3.0, (CATEGORIES * SKUS_EACH, WEEKS))
    sku, week = np.nonzero(lines)
    count = lines[sku, week]
    sold = pl.DataFrame(
        {
            "product_id": [f"p{number:03d}" for number in sku],
            "variant_id": "-",
            "category": [f"c{number % CATEGORIES}" for number in sku],
            "supplier": [f"s{number % 7}" for number in sku],
            "start_date": [FIRST + timedelta(weeks=int(number)) for number in week],
            "quantity": count * UNITS_A_LINE,
            "line_count": count,
        }
    )
    back = draws.binomial(count, RATE)
    returned = sold.with_columns(
        quantity=pl.Series(back * UNITS_A_LINE),
        line_count=pl.Series(back),
        lag_days=pl.Series(draws.integers(0, 21, len(back))),
        reason_class=pl.lit("changed_mind"),
    ).filter(pl.col("line_count") > 0)
    return sold, returned


def _watched(sold: pl.DataFrame, returned: pl.DataFrame) -> Warnings:
    looks = looks_until(FIRST + timedelta(weeks=WEEKS, days=-1))
    return watch(*weekly_cells(sold, returned), looks=looks)


@pytest.mark.parametrize("seed", range(SHOPS))
def test_nothing_is_flagged_where_lines_are_counted(seed: int) -> None:
    sold, returned = _shop(seed)
    assert _watched(counted_in_lines(sold), counted_in_lines(returned)).first_flagged.is_empty()


def test_units_of_whole_lines_would_be_flagged_by_chance() -> None:
    """What the counting of lines is for: categories have too few blocks of weeks to tell how returns cluster."""
    assert sum(_watched(*_shop(seed)).first_flagged.height > 0 for seed in range(SHOPS)) == SHOPS
