"""The queries that several models read, and the scalars among their rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import polars

_UNITS = "product_id, variant_id, category, supplier, brand, fulfilment_type"
_KEYS = f"{_UNITS}, window_class, horizon_days, order_week, start_date"

SOLD = f"select merchant_id, {_KEYS}, quantity, line_count from core.sold_days"
"""Units that reached customers and lines that held them, by what they are and when they started to be returnable."""

RETURNED = (
    f"select merchant_id, {_KEYS}, lag_days, reason_class, quantity, line_count, quantity_squares"
    " from core.returned_days"
)
"""Units of those that came back and their lines, by days since then and class of the stated reason."""

COVERAGE = "select merchant_id, returns_from_date, data_through_date from core.returns_coverage"
"""From when to when the merchant's returns are known; no row where nothing is known of returns."""

PERIODS = "select merchant_id, period, period_start_date, period_end_date from core.report_periods"
"""The periods that reports speak of, by order date."""

CURVES = (
    "select merchant_id, window_class, category, reason_class, age_days, developed_share, lower_90, upper_90"
    " from ml.maturity_curves"
)
"""How fast the merchant's returns come, as ``models.maturity`` learned it."""

HISTORY = {"coverage": COVERAGE, "sold": SOLD, "returned": RETURNED}
"""Who is learned: merchants of whom returns are known."""


@dataclass(frozen=True)
class Known:
    """The days on which returns are known.

    Attributes:
        start: the first, or None where every order is covered.
        end: the last.
    """

    start: dt.date | None
    end: dt.date


def known_days(inputs: Mapping[str, polars.DataFrame]) -> Known:
    """The merchant's row of ``COVERAGE``."""
    row = inputs["coverage"].row(0, named=True)
    return Known(row["returns_from_date"], row["data_through_date"])
