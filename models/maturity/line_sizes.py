"""How unevenly units come back because whole lines of many do."""

from __future__ import annotations

import polars as pl

LEFT_OUT_SHARE = 0.001
"""Of the returned lines: the largest, which would say of every cohort that nothing can be known of it."""
LEAST_LEFT_OUT = 100
"""From so many returned lines on, the very largest is left out."""


def dispersion_of_units(returned: pl.DataFrame, dispersion_of_lines: float) -> float:
    """How many times Poisson returned units vary, from how lines do and from the units that they hold.

    Of clusters of L lines with R units each, the mean square over the mean is E[R^2] / E[R] + (E[L^2] / E[L] - 1) E[R]
    (compound counts).

    Args:
        returned: ``quantity`` (units), ``line_count`` and ``quantity_squares`` (sum of each line's squared units);
            without these two each unit is a line.
        dispersion_of_lines: how many times binomial the returned lines vary, at least 1.

    Returns:
        At least 1.
    """
    if not {"line_count", "quantity_squares"} <= set(returned.columns):
        return dispersion_of_lines
    together = pl.col("quantity_squares") / pl.col("quantity")
    rows = (
        returned.filter(pl.col("quantity") > 0)
        .select("quantity", "line_count", "quantity_squares", size=together)
        .sort("size", "quantity", "line_count", "quantity_squares")
    )
    lines = int(rows["line_count"].sum())
    if lines == 0:
        return dispersion_of_lines
    left_out = max(int(LEFT_OUT_SHARE * lines), int(lines >= LEAST_LEFT_OUT))
    usual = rows.filter(pl.col("line_count").cum_sum(reverse=True) > left_out)
    units, usual_lines = float(usual["quantity"].sum()), float(usual["line_count"].sum())
    if units <= 0 or usual_lines <= 0:
        return dispersion_of_lines
    return float(usual["quantity_squares"].sum()) / units + (dispersion_of_lines - 1.0) * units / usual_lines
