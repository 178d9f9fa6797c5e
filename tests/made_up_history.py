"""A made-up shop whose truth is known: rates of SKUs, lags, ways to the customer."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from models.backtest.history import LINES_SCHEMA, History

FIRST = date(2025, 1, 6)


def made_up_history(
    *, lines: int = 12_000, skus: int = 60, days: int = 300, seed: int = 1, is_dated: bool = True, spread: float = 20.0
) -> History:
    """Draw a shop of single units: SKU rates from a Beta law of mean 0.15, lags of about two weeks, 45 days at most."""
    random = np.random.default_rng(seed)
    sku = random.integers(0, skus, lines)
    placed = np.sort(random.integers(0, days, lines))
    way = random.integers(1, 6, lines)
    rates = random.beta(0.15 * spread, 0.85 * spread, skus)
    came = random.random(lines) < rates[sku]
    lag = np.minimum(random.gamma(3.0, 5.0, lines).astype(np.int64), 45)
    through = FIRST + timedelta(days=days)
    frame = pl.DataFrame(
        {
            "line": np.arange(lines),
            "product_id": [f"P{number:03d}" for number in sku],
            "variant_id": "-",
            "category": [f"C{number % 4}" for number in sku],
            "supplier": "none",
            "brand": [f"B{number % 12}" for number in sku],
            "fulfilment_type": "own",
            "window_class": "30 days",
            "horizon_days": 45,
            "carrier": "DHL",
            "quantity": 1,
            "placed": placed,
            "way": way,
            "lag": lag,
            "came": came,
        }
    ).with_columns(placed_date=pl.lit(FIRST) + pl.duration(days=pl.col("placed")))
    frame = frame.with_columns(
        order_week=pl.col("placed_date").dt.truncate("1w"),
        shipped_date=pl.col("placed_date"),
        delivered_date=pl.col("placed_date") + pl.duration(days=pl.col("way")),
    ).with_columns(start_date=pl.col("delivered_date"))
    known = frame.filter("came").select(
        "line",
        known_date=pl.col("start_date") + pl.duration(days=pl.col("lag")),
        reason_class=pl.lit("defective"),
        quantity=pl.lit(1, dtype=pl.Int64),
    )
    known = known.filter(pl.col("known_date") <= through)
    if not is_dated:
        known = known.with_columns(pl.lit(None, dtype=pl.Date).alias("known_date"))
    return History(frame.select(pl.col(name).cast(kind) for name, kind in LINES_SCHEMA.items()), known, None, through)
