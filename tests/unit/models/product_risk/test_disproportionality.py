"""Over-represented reasons: the same numbers as vigipy, and nothing said where nothing is."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import polars as pl
import pytest
from vigipy import gps

from models.product_risk.disproportionality import SCHEMA, GammaMixture, disproportionality, fit_gamma_mixture

LAW = GammaMixture(0.2, 0.06, 1.4, 1.8, 0.1)
CLASSES = ("defective", "not_as_described", "changed_mind", "delivery")


def table(seed: int = 1, units: int = 60) -> pl.DataFrame:
    """Returns by unit and class; unit 0 is defective thrice as often as the others."""
    generator = np.random.default_rng(seed)
    size = generator.integers(5, 200, units)
    shares = np.tile([0.2, 0.2, 0.4, 0.2], (units, 1))
    shares[0] = [0.6, 0.1, 0.2, 0.1]
    size[0] = 100
    counts = np.stack([generator.multinomial(number, share) for number, share in zip(size, shares, strict=True)])
    unit, column = np.nonzero(counts)
    return pl.DataFrame(
        {
            "unit_id": [f"u{number:02d}" for number in unit],
            "reason_class": [CLASSES[number] for number in column],
            "quantity": counts[unit, column],
        }
    )


def test_the_numbers_are_those_of_vigipy() -> None:
    """EBGM, EB05 and EB95 at the same law of ratios."""
    frame = disproportionality(table(), LAW).frame
    total = frame["observed_quantity"].sum()
    data = pd.DataFrame(
        {
            "product_name": frame["unit_id"].to_list(),
            "ae_name": frame["reason_class"].to_list(),
            "events": frame["observed_quantity"].to_list(),
            "product_aes": frame.select(pl.col("observed_quantity").sum().over("unit_id")).to_series().to_list(),
            "count_across_brands": frame.select(pl.col("observed_quantity").sum().over("reason_class"))
            .to_series()
            .to_list(),
        }
    )
    law = [LAW.first_shape, LAW.first_rate, LAW.second_shape, LAW.second_rate, LAW.weight]
    result = gps(SimpleNamespace(data=data, N=total), min_events=1, prior_param=law, truncate=False)
    theirs = pl.from_dicts(result.all_signals.to_dict("records"))
    names = {name.lower().replace(" ", "_"): name for name in theirs.columns}
    theirs = theirs.select(
        pl.col(names["product"]).alias("unit_id"),
        pl.col(names["adverse_event"]).alias("reason_class"),
        pl.col(names["expected_count"]).alias("expected"),
        pl.col(next(name for key, name in names.items() if key.startswith("eb05") or "lower" in key)).alias("low"),
    )
    both = frame.join(theirs, on=["unit_id", "reason_class"])
    assert both.height > 100
    assert both["expected_quantity"].to_numpy() == pytest.approx(both["expected"].to_numpy())
    assert both["eb05"].to_numpy() == pytest.approx(both["low"].to_numpy(), abs=0.02)


def test_the_planted_reason_is_found_and_little_else() -> None:
    frame = disproportionality(table()).frame
    top = frame.sort("eb05", descending=True).row(0, named=True)
    assert (top["unit_id"], top["reason_class"]) == ("u00", "defective")
    assert 1.7 < top["eb05"] < top["ebgm"] < top["eb95"]
    assert frame.filter(pl.col("is_over_represented")).height <= 1


def test_the_law_of_ratios_is_found_again() -> None:
    """Mean and variance of the fitted law are those of the law that the counts were drawn from."""
    generator = np.random.default_rng(3)
    expected = generator.uniform(0.5, 50.0, 4_000)
    ratio = np.where(
        generator.random(4_000) < 0.2, generator.gamma(8.0, 0.5, 4_000), generator.gamma(10.0, 0.08, 4_000)
    )
    law = fit_gamma_mixture(generator.poisson(expected * ratio).astype(float), expected)
    means = np.array([law.first_shape / law.first_rate, law.second_shape / law.second_rate])
    weights = np.array([law.weight, 1.0 - law.weight])
    assert weights @ means == pytest.approx(ratio.mean(), rel=0.05)
    spread = weights @ (means**2 + means / np.array([law.first_rate, law.second_rate])) - (weights @ means) ** 2
    assert spread == pytest.approx(ratio.var(), rel=0.15)


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_next_to_nothing_is_no_error(rows: int) -> None:
    frame = disproportionality(table().head(rows)).frame
    assert frame.schema == SCHEMA
    assert not frame["is_over_represented"].any()


def test_cells_without_a_unit_are_no_evidence() -> None:
    empty = disproportionality(table().with_columns(quantity=pl.lit(0))).frame
    assert empty.is_empty()
    more = pl.concat([table(), table().with_columns(unit_id=pl.lit("none"), quantity=pl.lit(0, dtype=pl.Int64))])
    assert disproportionality(more).frame.equals(disproportionality(table()).frame)
