"""Units of one line come back together: their counts vary as compound counts do."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from models.maturity.line_sizes import dispersion_of_units


def _returned(sizes: list[int]) -> pl.DataFrame:
    return pl.DataFrame(
        {"quantity": sizes, "line_count": [1] * len(sizes), "quantity_squares": [size**2 for size in sizes]},
        schema=dict.fromkeys(("quantity", "line_count", "quantity_squares"), pl.Int64),
    )


def test_single_units_vary_as_lines_do() -> None:
    assert dispersion_of_units(_returned([1] * 400), 1.7) == pytest.approx(1.7)
    assert dispersion_of_units(pl.DataFrame({"quantity": [5, 9]}), 1.3) == 1.3
    assert dispersion_of_units(_returned([]), 1.3) == 1.3


def test_known_answer_of_two_sizes() -> None:
    # E[R^2] / E[R] = (1 + 9) / (1 + 3), E[R] = 2
    assert dispersion_of_units(_returned([1, 3] * 10), 1.0) == pytest.approx(2.5)
    assert dispersion_of_units(_returned([1, 3] * 10), 1.5) == pytest.approx(2.5 + 0.5 * 2.0)


def test_it_is_the_variance_of_drawn_compound_counts() -> None:
    random = np.random.default_rng(5)
    clusters = random.poisson(40.0, 6000)
    drawn = np.array([random.geometric(0.25, random.geometric(0.5, count).sum()).sum() for count in clusters])
    sizes = random.geometric(0.25, 4000)
    lines_together = 3.0  # mean square over mean of a geometric count with mean 2
    said = dispersion_of_units(_returned(sizes.tolist()), lines_together)
    assert said == pytest.approx(drawn.var() / drawn.mean(), rel=0.08)


def test_one_huge_line_does_not_speak_for_all() -> None:
    usual = [1, 2, 3] * 100
    assert dispersion_of_units(_returned([*usual, 74_215]), 1.0) == pytest.approx(
        dispersion_of_units(_returned(usual), 1.0), rel=0.05
    )


def test_a_line_in_several_parts_counts_once() -> None:
    parts = pl.DataFrame({"quantity": [2, 1], "line_count": [1, 0], "quantity_squares": [4, 1]})
    assert dispersion_of_units(parts, 2.0) == pytest.approx(5.0 / 3.0 + 3.0)
