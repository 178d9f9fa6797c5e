"""A change of the observed return rate between two periods, split into mix, rate and maturity, with its errors.

The parts are those of :mod:`models.rate_change.parts` over the groups of :mod:`models.rate_change.grouping`; what a
pooled group's products explain by their shares is mix as well. Each part is a weighted sum of returned units, so its
error follows from the weights, from how weeks vary (:mod:`models.rate_change.dispersion`) and from the curve's own
error. The verdict's words belong in :mod:`models.rate_change.verdict`.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from models.rate_change.cells import Periods, conformed
from models.rate_change.counts import cell_arrays, units_of
from models.rate_change.errors import part_errors
from models.rate_change.grouping import form_groups
from models.rate_change.output import Answer, group_rows, no_groups, no_total, total_row
from models.rate_change.split import split_change


@dataclass(frozen=True)
class RateChange:
    """What happened between two periods.

    Attributes:
        total: one row: counts of both periods (``before_``, ``after_``), ``observed_rate_change`` =
            ``mix_part`` + ``rate_part`` + ``maturity_part``, the 90 % interval of the rate part (target: the rate
            part of the true rates), the error of each part, ``chance_probability`` (of a rate part this large
            where no rate changed), ``detectable_change`` (rate part called real in 80 % of cases),
            ``dispersion_factor``, ``verdict``.
        groups: one row per group with its counts and parts, which add up to those of the total; ``group_kind``
            is ``product``, ``new``, ``gone``, ``category_rest`` or ``shop_rest``. Largest part first.
    """

    total: pl.DataFrame
    groups: pl.DataFrame


def decompose(cells: pl.DataFrame, periods: Periods) -> RateChange:
    """Split the change of one merchant's observed return rate between two periods.

    Args:
        cells: one row per category, product and order week, see
            :func:`models.rate_change.cells.change_cells`; weeks outside both periods say how weeks vary.
        periods: the two periods.

    Returns:
        Total and groups. Without units in one of the periods the parts are null and the verdict is
        ``not_enough_evidence``. Nothing is NaN or infinite.
    """
    cells = conformed(cells).with_columns(periods.code().alias("period"))
    cells = cells.filter((pl.col("order_week") <= periods.after_last) & (pl.col("shipped_quantity") > 0))
    names = cells.select("category", "product_id").unique().sort("category", "product_id").with_row_index("product")
    arrays = cell_arrays(cells, names)
    units = units_of(arrays, names)
    if not (units.shipped.sum(axis=1) > 0).all():
        return RateChange(no_total(units), no_groups())
    groups = form_groups(units)
    split = split_change(units, groups)
    errors = part_errors(arrays, units, groups, split)
    answer = Answer(units, groups, split, errors, names)
    return RateChange(total_row(answer), group_rows(answer))
