"""Broken cells: the few orders whose export does not add up.

Merchants' spreadsheets and plug-ins leave such cells. A broken cell never breaks the CSV structure. Every one
is listed in the truth with its file and line.

Belongs here: which orders break, and how a cell or a total is spoiled.
"""

from __future__ import annotations

import re

import numpy as np
import polars as pl

from pipelines.simulate.draws import stream
from pipelines.simulate.shops import SHOPS, STYLES, Shop

KINDS = ("truncated_cell", "missing_key", "quantity_mismatch", "garbage_number")


def broken_counts(order_count: int, broken_share: float) -> dict[str, int]:
    """Tell how many orders of each shop break.

    Args:
        order_count: Orders of all shops.
        broken_share: Share of them, 0-1. With at least 2,000 orders, no fewer than three orders break; a
            share of 0 breaks none.

    Returns:
        Merchant id to count.
    """
    least = 3 if order_count >= 2_000 and broken_share > 0 else 0
    total = max(least, round(broken_share * order_count))
    first, second = SHOPS
    other = round(total * STYLES[second.merchant_id].order_share)
    return {first.merchant_id: total - other, second.merchant_id: other}


def draw_broken(shop: Shop, order_count: int, count: int, seed: int) -> pl.DataFrame:
    """Draw which orders of a shop break and how.

    Args:
        shop: The shop.
        order_count: Its orders.
        count: How many of them break.
        seed: Seed of the simulation.

    Returns:
        ``count`` rows by order: order (row of the order) and kind. Kinds take turns, so that few broken
        orders still show several kinds.
    """
    rng = stream(seed, shop.merchant_id, "broken")
    order = np.sort(rng.choice(order_count, size=min(count, order_count), replace=False))
    turn = (np.arange(len(order)) + int(rng.integers(0, len(KINDS)))) % len(KINDS)
    return pl.DataFrame({"order": order, "kind": pl.Series([KINDS[i] for i in turn], dtype=pl.String)})


def break_record(kind: str, cell: str, total_quantity: str) -> tuple[str, str]:
    """Spoil one record.

    Args:
        kind: One of ``KINDS``.
        cell: Its Product Details.
        total_quantity: Its Total Quantity.

    Returns:
        The cell and the total quantity as they stand in the file.
    """
    if kind == "quantity_mismatch":
        return cell, str(int(total_quantity) + 1)
    last = cell.rfind("Product ID: ")
    if kind == "truncated_cell":
        return cell[: last + (len(cell) - last) * 3 // 5], total_quantity
    if kind == "missing_key":
        return re.sub(r", Product Unit Price: [^,|]*(?=, Product Total Price: [^,|]*$)", "", cell), total_quantity
    return re.sub(r"(, Product Total Price: )[^|]*$", r"\g<1>#VALUE!", cell), total_quantity
