"""The counts of a decomposition as arrays: by product and week, and by product and period.

Which products are compared belongs in :mod:`models.rate_change.grouping`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from models.rate_change.grouping import Units, sum_by

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class CellArrays:
    """The cells as arrays, one value per product and week.

    Attributes:
        product: index of the product.
        week: index of the order week.
        period: 0 before, 1 after, 2 any other week.
        shipped: units shipped, at least 1.
        exposure: units x developed share.
        returned: units returned.
        exposure_error: standard error of the exposure from the curve.
    """

    product: NDArray[np.int64]
    week: NDArray[np.int64]
    period: NDArray[np.int64]
    shipped: NDArray[np.float64]
    exposure: NDArray[np.float64]
    returned: NDArray[np.float64]
    exposure_error: NDArray[np.float64]


def cell_arrays(cells: pl.DataFrame, names: pl.DataFrame) -> CellArrays:
    """Cells as arrays.

    Args:
        cells: columns of :data:`models.rate_change.cells.CELL_SCHEMA` and ``period``.
        names: ``category``, ``product_id``, ``product`` (its index).
    """
    indexed = cells.join(names, on=["category", "product_id"], how="left", maintain_order="left")
    week = indexed["order_week"].rank("dense").cast(pl.Int64).to_numpy() - 1
    return CellArrays(
        indexed["product"].cast(pl.Int64).to_numpy(),
        week,
        indexed["period"].cast(pl.Int64).to_numpy(),
        indexed["shipped_quantity"].cast(pl.Float64).to_numpy(),
        indexed["exposure_quantity"].to_numpy(),
        indexed["returned_quantity"].cast(pl.Float64).to_numpy(),
        indexed["exposure_error"].to_numpy(),
    )


def units_of(arrays: CellArrays, names: pl.DataFrame) -> Units:
    """Counts by product, in both periods and in all weeks."""
    products = names.height

    def by_period(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.stack([sum_by(arrays.product, values * (arrays.period == period), products) for period in (0, 1)])

    exposure, returned = by_period(arrays.exposure), by_period(arrays.returned)
    # A unit that came back had its chance to: without any exposure the returned units are the exposure.
    exposure = np.where((exposure <= 0) & (returned > 0), returned, exposure)
    return Units(
        category=names["category"].rank("dense").cast(pl.Int64).to_numpy() - 1,
        shipped=by_period(arrays.shipped),
        exposure=exposure,
        returned=returned,
        exposure_error=by_period(arrays.exposure_error),
        all_exposure=np.maximum(sum_by(arrays.product, arrays.exposure, products), exposure.sum(axis=0)),
        all_returned=sum_by(arrays.product, arrays.returned, products),
    )
