"""What was sold and what came back, by SKU and week: the counts that the watch reads.

Belongs here: dates to weeks, bounds on what cannot be (more back than sold). Not here: what is expected of a unit.
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

SKU = ("product_id", "variant_id")
UNIT_KEYS = (*SKU, "category", "supplier")
WEEK_DAYS = 7
LOOKS = 26
"""Looks that one chance of false alarm is spent over: half a year of weekly looks."""


def weekly_cells(sold: pl.DataFrame, returned: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Weekly counts by SKU.

    A return whose SKU and week were never sold is left out, and of a cell no more comes back than was sold: the
    returns known first count.

    The quantity to pass is order lines (``models.lines``): a customer who buys hundreds of one thing decides once, and
    units that go together tell less than they number.

    Args:
        sold: product_id, variant_id, category, supplier, start_date, quantity (order lines); more columns are ignored.
        returned: the same and lag_days, reason_class, quantity.

    Returns:
        ``sold_cells``: product_id, variant_id, category, supplier, first_sold_week, sold_week (Mondays), quantity.
        ``returned_cells``: the same with known_week, the Monday of the week in which the return became known, and
        reason_class.
    """
    keys = [pl.col(name).cast(pl.String).fill_null("-" if name == "variant_id" else "none") for name in UNIT_KEYS]
    sold_week = pl.col("start_date").dt.truncate("1w").alias("sold_week")
    cells = (
        sold.filter(pl.col("quantity") > 0, pl.col("start_date").is_not_null())
        .select(*keys, sold_week, pl.col("quantity").cast(pl.Int64))
        .group_by(*UNIT_KEYS, "sold_week")
        .agg(pl.col("quantity").sum())
        .with_columns(first_sold_week=pl.col("sold_week").min().over(*SKU))
        .select(*UNIT_KEYS, "first_sold_week", "sold_week", "quantity")
        .sort(*UNIT_KEYS, "sold_week")
    )
    known_day = pl.col("start_date") + pl.duration(days=pl.max_horizontal(pl.col("lag_days"), 0))
    back = (
        returned.filter(pl.col("quantity") > 0, pl.col("start_date").is_not_null(), pl.col("lag_days").is_not_null())
        .select(
            *keys,
            sold_week,
            known_day.dt.truncate("1w").alias("known_week"),
            pl.col("reason_class").cast(pl.String),
            pl.col("quantity").cast(pl.Int64),
        )
        .group_by(*UNIT_KEYS, "sold_week", "known_week", "reason_class")
        .agg(pl.col("quantity").sum())
    )
    return cells, _no_more_than_sold(back, cells)


def _no_more_than_sold(back: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    """Returns of cells that were sold, the first known first, until the cell is used up."""
    cell = [*UNIT_KEYS, "sold_week"]
    so_far = pl.col("quantity").cum_sum().over(cell)
    limit = pl.col("sold_quantity")
    return (
        back.join(cells.rename({"quantity": "sold_quantity"}), on=cell, how="inner")
        .sort(*cell, "known_week", "reason_class")
        .with_columns(quantity=pl.min_horizontal(so_far, limit) - pl.min_horizontal(so_far - pl.col("quantity"), limit))
        .filter(pl.col("quantity") > 0)
        .select(*UNIT_KEYS, "first_sold_week", "sold_week", "known_week", "reason_class", "quantity")
    )


def looks_until(known_through: date, count: int = LOOKS) -> list[date]:
    """Mondays of the last weeks that are wholly known, one look at the end of each.

    Args:
        known_through: the last day that returns are known for.
        count: number of looks.
    """
    monday = known_through - timedelta(days=known_through.weekday())
    last = monday if known_through.weekday() == WEEK_DAYS - 1 else monday - timedelta(days=WEEK_DAYS)
    return [last - timedelta(weeks=back) for back in range(count - 1, -1, -1)]
