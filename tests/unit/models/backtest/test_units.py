"""Scores wound back: units with lines enough on both sides, ranked against what came, intervals of what came."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from made_up_history import made_up_history

from models.backtest.predictive import Noise, Said, later_law, measure_noise
from models.backtest.units import replay_units, unit_figures

DAY = date(2025, 7, 1)


@pytest.mark.parametrize("unit", ["product", "variant", "brand"])
def test_scores_rank_what_came(unit: str) -> None:
    """Rates that differ are found again; counts are those of the history."""
    history = made_up_history()
    replay = replay_units(history, DAY, unit)
    assert replay.evidence == "enough"
    assert replay.counts["unit_count_judged"] == (12 if unit == "brand" else 60)
    assert replay.counts["line_count_before"] == len(history.lines.filter(pl.col("placed_date") < DAY))
    assert replay.figures["spearman"] > 0.5  # ty: ignore[unsupported-operator]
    assert abs(replay.figures["bias"]) < 0.02  # ty: ignore[invalid-argument-type]
    held = ((replay.units["lower_90"] <= replay.units["later_rate"] + 0.01)
            & (replay.units["later_rate"] <= replay.units["upper_90"] + 0.01)).mean()  # fmt: skip
    assert held > 0.75


def test_rates_are_of_lines_and_units_are_told_beside() -> None:
    """A hundred units in one line of twenty: scores and figures stay, rates of units are other ones and rank worse."""
    one = made_up_history()
    size = pl.when(pl.col("line") % 20 == 0).then(100).otherwise(1).cast(pl.Int64).alias("quantity")
    many = replace(one, lines=one.lines.with_columns(size), returns=one.returns.with_columns(size))
    plain, bulky = (replay_units(history, DAY, "product") for history in (one, many))
    units = ["quantity_before", "quantity_after", "observed_unit_rate_before", "later_unit_rate"]
    assert bulky.units.drop(units).equals(plain.units.drop(units))
    assert bulky.figures == plain.figures
    assert plain.by_units["spearman"] == plain.figures["spearman"]
    assert bulky.by_units["spearman"] < plain.figures["spearman"]  # ty: ignore[unsupported-operator]
    assert bulky.units["quantity_after"].sum() > 3 * bulky.units["line_count_after"].sum()


def test_ties_let_plain_rates_rank_better_than_the_truth() -> None:
    """Rates of 2 %: where the scores are the truth, the uncorrected rate has the higher Spearman, and it is said."""
    random = np.random.default_rng(3)
    rate = random.beta(0.5, 24.5, 800)
    before = after = np.exp(random.uniform(np.log(30), np.log(600), 800)).astype(int)
    returned = random.binomial(before, rate)
    score = (returned + 0.5) / (before + 25.0)
    width = 3.29 * np.sqrt(score * (1 - score) / (before + 26.0))
    made = {"score": score, "observed_rate_before": returned / before, "expected_rate": 0.02, "exposure_after": after}
    units = pl.DataFrame(made | {"later_rate": random.binomial(after, rate) / after, "is_probably_faulty": False})
    law = later_law(Said(score, score - width / 2, score + width / 2), after.astype(float), Noise())
    sides = {f"{side}_{level}": values for level in (80, 90)
             for side, values in zip(("lower", "upper"), law.bounds(level / 100), strict=True)}  # fmt: skip
    figures: Any = unit_figures(units.with_columns(**{name: pl.Series(side) for name, side in sides.items()}), law)
    plain = figures["rivals"]["observed_rate_before"]
    assert plain["spearman"] > figures["spearman"]
    assert plain["spearman_if_right"] > figures["spearman_if_right"]
    for rule in (figures, plain):
        assert rule["spearman"] == pytest.approx(rule["spearman_if_right"], abs=0.06)
    assert figures["rivals"]["expected_rate"]["spearman_if_right"] is None


def test_nothing_later_reaches_a_score() -> None:
    """With every later return gone the scores stay, and what came is zero."""
    history = made_up_history()
    quiet = replace(history, returns=history.returns.filter(pl.col("known_date") < DAY))
    one, other = (replay_units(given, DAY, "product").units.sort("unit_id") for given in (history, quiet))
    assert one["score"].to_list() == other["score"].to_list()
    assert other["returned_after"].sum() == 0


def test_few_lines_are_no_evidence() -> None:
    """Units below 30 lines before are not judged, and it is said."""
    replay = replay_units(made_up_history(lines=900), DAY, "product")
    assert replay.figures == {}
    assert "units have 30 lines before" in replay.evidence
    history = made_up_history(lines=900)
    assert replay_units(history, history.lines["placed_date"].min(), "product").evidence.startswith("no line")


def test_labels_without_dates_are_judged_too() -> None:
    """With a lag, all lines of an export whose labels are final."""
    from models.backtest.history import with_label_lag

    history = with_label_lag(made_up_history(is_dated=False), 30)
    replay = replay_units(history, DAY, "product")
    assert replay.evidence == "enough"
    assert replay.figures["spearman"] > 0.5  # ty: ignore[unsupported-operator]


def test_noise_is_measured_where_there_is_any() -> None:
    """Clusters of four and drifting rates are told from plain sampling."""
    random = np.random.default_rng(5)
    rate = random.beta(3, 17, 600)
    said = Said(rate, rate, rate)
    exposure = np.full(600, 200.0)
    plain = random.binomial(200, rate) / 200
    assert measure_noise(said, plain, exposure).cluster < 1.3
    clustered = random.binomial(50, rate) / 50
    assert 3.0 < measure_noise(said, clustered, exposure).cluster < 5.5
    assert measure_noise(Said(rate[:5], rate[:5], rate[:5]), plain[:5], exposure[:5]) == Noise()


def test_law_of_later_rates_holds_its_level() -> None:
    """Counts on the bounds in part: 0.9 of small counts, where plain bounds hold more."""
    random = np.random.default_rng(6)
    rate = random.beta(3, 17, 4000)
    exposure = np.full(4000, 20.0)
    flat = np.full(4000, 0.15)
    width = 3.29 * np.sqrt(0.15 * 0.85 / 21)
    law = later_law(Said(flat, flat - width / 2, flat + width / 2), exposure, Noise())
    observed = random.binomial(20, rate) / 20
    assert law.share_within(observed, 0.9).mean() == pytest.approx(0.9, abs=0.012)
    lower, upper = law.bounds(0.9)
    assert ((lower <= observed) & (observed <= upper)).mean() > 0.92
