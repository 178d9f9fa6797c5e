"""What production tells of products at risk: rates of order lines, quantities of units."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from pipelines.learning import all_learned_models

FIRST = date(2025, 6, 2)
WEEKS, PRODUCTS, LINES_A_WEEK = 20, 30, 6
FAULTY = "p00"
LEARNED = all_learned_models()
SAME = ["shipped_line_count", "returned_line_count", "observed_rate", "rate", "lower_90", "upper_90", "faulty_rank"]
MANIFOLD = ["shipped_quantity", "returned_quantity", "exposure_quantity", "expected_excess_quantity", "excess_upper_90"]


def learned(units_a_line: int) -> dict[str, pl.DataFrame]:
    """A shop of lines of so many units, that come back whole; one product four times as often, as defective."""
    draws = np.random.default_rng(1)
    sold = pl.DataFrame(
        [
            {
                "product_id": f"p{product:02d}",
                "variant_id": "-",
                "category": "mugs",
                "supplier": f"s{product % 2}",
                "brand": "none",
                "fulfilment_type": "own",
                "window_class": "30 days",
                "horizon_days": 40,
                "order_week": FIRST + timedelta(weeks=week),
                "start_date": FIRST + timedelta(weeks=week),
                "quantity": LINES_A_WEEK * units_a_line,
                "line_count": LINES_A_WEEK,
            }
            for product in range(PRODUCTS)
            for week in range(WEEKS)
        ]
    )
    is_faulty = (sold["product_id"] == FAULTY).to_numpy()
    lines = draws.binomial(LINES_A_WEEK, np.where(is_faulty, 0.4, 0.1))
    other = draws.choice(["defective", "changed_mind", "unclear"], len(sold))
    returned = sold.with_columns(
        quantity=pl.Series(lines * units_a_line),
        line_count=pl.Series(lines),
        quantity_squares=pl.Series(lines * units_a_line**2),
        lag_days=pl.lit(5),
        reason_class=pl.Series(np.where(is_faulty, "defective", other)),
    ).filter(pl.col("quantity") > 0)
    through = FIRST + timedelta(weeks=WEEKS + 8)
    inputs = {
        "coverage": pl.DataFrame({"returns_from_date": [None], "data_through_date": [through]}).cast(pl.Date),
        "sold": sold,
        "returned": returned,
        "periods": pl.DataFrame(schema={"period": pl.String, "period_start_date": pl.Date, "period_end_date": pl.Date}),
    }
    curves = LEARNED["maturity"].learn(inputs, [])["maturity_curves"]
    nothing_stated = {"prices": pl.DataFrame(), "settings": pl.DataFrame({"handling_amount": [None]})}
    return dict(LEARNED["product_risk"].learn(inputs | nothing_stated | {"curves": curves}, []))


def test_rates_and_reasons_are_of_lines_quantities_of_units() -> None:
    """Twelve units a line: every rate, verdict and signal stays, and quantities are twelvefold."""
    one, many = learned(1), learned(12)
    risk, bulky = (made["product_risk"].sort("unit_kind", "unit_id", "reason_class") for made in (one, many))
    for name in SAME:
        assert bulky[name].to_list() == pytest.approx(risk[name].to_list(), nan_ok=True), name
    for name in MANIFOLD:
        assert bulky[name].to_list() == pytest.approx((12 * risk[name]).to_list()), name
    listed = bulky.filter("is_probably_faulty", unit_kind="product", reason_class="all")
    assert listed["unit_id"].to_list() == [FAULTY]
    signals = many["reason_signals"].filter(unit_kind="product", unit_id=FAULTY)
    counts = bulky.filter(unit_kind="product", unit_id=FAULTY, reason_class="defective")
    assert signals["returned_line_count"].to_list() == counts["returned_line_count"].to_list()
    keys = ["unit_kind", "unit_id", "reason_class"]
    assert many["reason_signals"].sort(keys).equals(one["reason_signals"].sort(keys))
