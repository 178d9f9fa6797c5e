"""What production tells of early warnings: order lines, whatever number of units a line holds."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipelines.learning import all_learned_models

UNITS_A_LINE = 20
FIRST = date(2025, 6, 2)
WEEKS, SKUS, LINES_A_WEEK = 40, 12, 20
RISEN, ONSET = "p00", 25
MODEL = all_learned_models()["early_warning"]


def _learned() -> dict[str, pl.DataFrame]:
    """A shop of lines of 20 units, in which one product's lines come back six times as often from a week on."""
    draws = np.random.default_rng(1)
    weeks = range(WEEKS)
    sold = pl.DataFrame(
        [
            {
                "product_id": f"p{sku:02d}",
                "variant_id": "-",
                "category": "mugs",
                "supplier": "none",
                "start_date": FIRST + timedelta(weeks=week),
                "quantity": LINES_A_WEEK * UNITS_A_LINE,
                "line_count": LINES_A_WEEK,
            }
            for sku in range(SKUS)
            for week in weeks
        ]
    )
    is_risen = (pl.col("product_id") == RISEN) & (pl.col("start_date") >= FIRST + timedelta(weeks=ONSET))
    rate = sold.select(pl.when(is_risen).then(0.6).otherwise(0.1)).to_series().to_numpy()
    lines = draws.binomial(LINES_A_WEEK, rate)
    returned = sold.with_columns(
        quantity=pl.Series(lines * UNITS_A_LINE),
        line_count=pl.Series(lines),
        lag_days=pl.lit(5),
        reason_class=pl.lit("defective"),
    )
    coverage = pl.DataFrame(
        {"returns_from_date": [None], "data_through_date": [FIRST + timedelta(weeks=WEEKS, days=-1)]},
        schema={"returns_from_date": pl.Date, "data_through_date": pl.Date},
    )
    return dict(MODEL.learn({"coverage": coverage, "sold": sold, "returned": returned}, []))


def test_flags_and_pictures_count_order_lines() -> None:
    made = _learned()
    flag = made["early_warnings"].filter(pl.col("list") == "flag").row(0, named=True)
    began = (flag["since_week"] - FIRST).days // 7
    assert flag["product_id"] == RISEN
    assert began == pytest.approx(ONSET, abs=1)
    assert flag["sold_line_count"] == (WEEKS - began) * LINES_A_WEEK
    assert flag["returned_line_count"] == pytest.approx(0.6 * flag["sold_line_count"], rel=0.15)
    assert flag["expected_line_count"] == pytest.approx(0.1 * flag["sold_line_count"], rel=0.5)
    assert set(made["early_warning_weeks"]["sold_line_count"]) == {LINES_A_WEEK}


def test_how_lines_are_counted_is_code_that_makes_results_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    read = Path.read_bytes
    before = type(MODEL).code_hash.func(MODEL)
    monkeypatch.setattr(Path, "read_bytes", lambda path: read(path) + (b"#" if path.name == "lines.py" else b""))
    assert type(MODEL).code_hash.func(MODEL) != before
