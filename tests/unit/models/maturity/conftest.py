"""Made-up lines of one merchant, whose curve and rate are known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

TODAY = dt.date(2026, 6, 28)
Frames = tuple[pl.DataFrame, pl.DataFrame]


def _known(lines: pl.DataFrame, today: dt.date) -> Frames:
    lines = lines.with_columns(order_week=pl.col("start_date").dt.truncate("1w"))
    came = lines.filter(pl.col("comes_back")).drop("comes_back")
    came = came.filter(pl.col("start_date") + pl.duration(days=pl.col("lag_days")) <= today)
    return lines.drop("lag_days", "reason_class", "comes_back"), came


def _made(
    count: int = 20_000,
    *,
    seed: int = 5,
    rate: float = 0.2,
    days: int = 300,
    horizon: int = 45,
    median: float = 12.0,
    window_class: str = "30 days",
    category: str = "shoes",
    late_median: float | None = None,
) -> Frames:
    """Sold and returned lines known on the last day; ``late_median`` is that of the last 100 days."""
    random = np.random.default_rng(seed)
    back = random.integers(0, days, count)
    centre = np.where(back < 100, late_median or median, median)
    lag = np.clip(np.rint(np.exp(random.normal(np.log(centre), 0.5))), 0, horizon).astype(np.int64)
    names = {"window_class": pl.lit(window_class), "category": pl.lit(category), "horizon_days": pl.lit(horizon)}
    lines = pl.DataFrame(
        {
            "product_id": pl.Series(random.integers(0, 50, count)).cast(pl.String),
            "start_date": pl.Series((TODAY - dt.date(1970, 1, 1)).days - back).cast(pl.Int32).cast(pl.Date),
            "lag_days": lag,
            "reason_class": random.choice(["defective", "changed_mind"], count, p=[0.3, 0.7]),
            "comes_back": random.random(count) < rate,
        }
    ).with_columns(quantity=pl.lit(1), **names)
    return _known(lines, TODAY)


@pytest.fixture
def made() -> Callable[..., Frames]:
    """Make lines; see the arguments of ``_made``."""
    return _made


@pytest.fixture
def today() -> dt.date:
    """Last known day of the lines that are made."""
    return TODAY
