"""When orders come in: trend, season, sales days, weekday and the noise of single days.

Belongs here: order dates, in the shop's local calendar.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.simulate.draws import stream
from pipelines.simulate.shops import Shop

_WEEKDAYS = {
    "fashion": (1.10, 0.95, 0.92, 0.95, 0.90, 1.00, 1.25),
    "home": (0.92, 0.92, 0.95, 0.95, 1.05, 1.15, 1.10),
}
# (month, day, days, factor): weeks with a sale.
_SALES = {
    "fashion": ((11, 24, 7, 2.2), (12, 5, 12, 1.5), (6, 20, 10, 1.4), (9, 1, 5, 1.3)),
    "home": ((11, 9, 4, 3.0), (12, 10, 3, 2.0), (6, 16, 4, 1.8), (1, 15, 14, 1.4), (9, 20, 7, 1.3)),
}


def first_day(until: dt.date, months: int) -> dt.date:
    """Return the first day of a period of whole months that ends the day before ``until``."""
    index = until.year * 12 + until.month - 1 - months
    return dt.date(index // 12, index % 12 + 1, min(until.day, 28))


def draw_order_dates(shop: Shop, order_count: int, start: dt.date, until: dt.date, seed: int) -> NDArray[np.datetime64]:
    """Draw the local date of each order, ascending.

    Args:
        shop: The shop.
        order_count: Number of orders n.
        start: First day.
        until: Day after the last day.
        seed: Seed of the simulation.

    Returns:
        Dates, shape (n,), dtype datetime64[D].
    """
    rng = stream(seed, shop.merchant_id, "demand")
    days = pl.date_range(start, until, closed="left", eager=True)
    weights = np.linspace(0.85, 1.15, len(days)) * rng.lognormal(0, 0.12, len(days))
    weights *= np.array(_WEEKDAYS[shop.merchant_id])[days.dt.weekday().to_numpy() - 1]
    for month, day, length, factor in _SALES[shop.merchant_id]:
        opening = pl.DataFrame({"day": days}).select(pl.date(pl.col("day").dt.year(), month, day)).to_series()
        since = (days - opening).dt.total_days().to_numpy()
        weights[(since >= 0) & (since < length)] *= factor
    counts = rng.multinomial(order_count, weights / weights.sum())
    return np.repeat(days.to_numpy(), counts)
