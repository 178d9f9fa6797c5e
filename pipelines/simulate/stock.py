"""Stock: what a stock-out does to orders, and how many units the shelves hold on a day.

Belongs here: stock levels, orders that wait or are called off for want of stock.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.simulate.catalogue import Catalogue
from pipelines.simulate.draws import choose, pick_share, stream
from pipelines.simulate.incidents import Incident, incident_of
from pipelines.simulate.shops import Shop

# Who calls an order off: customers mostly, the shop for want of stock or out of suspicion.
MERCHANT_CANCELS_SHARE = 0.3
_NOTE = {"en": "Out of stock, cancelled by us.", "zh-Hant": "缺貨, 本店取消"}


def hold_back(
    shop: Shop,
    orders: pl.DataFrame,
    lines: pl.DataFrame,
    incidents: tuple[Incident, ...],
    until: dt.date,
    seed: int,
) -> pl.DataFrame:
    """Let the orders of a SKU that is out of stock wait, or cancel them, and say who cancelled any order.

    Args:
        shop: The shop.
        orders: Orders after ``fulfil``.
        lines: Their lines.
        incidents: The shop's incidents.
        until: Day of the export.
        seed: Seed of the simulation.

    Returns:
        The orders with cancelled_by (``customer``, ``merchant``, ``payment`` or empty) and held_by (planted id
        of the stock-out that delayed or cancelled the order, or empty).
    """
    rng = stream(seed, shop.merchant_id, "stock")
    status = orders["status"].to_numpy().copy()
    who = np.where(rng.random(len(orders)) < MERCHANT_CANCELS_SHARE, "merchant", "customer")
    cancelled_by = np.select([status == "Cancelled", status == "Declined"], [who, "payment"], "")
    held_by = np.full(len(orders), "", dtype=object)
    incident = incident_of(incidents, "stock_out")
    columns: list[pl.Series] = []
    if incident is not None:
        hit = orders_short_of_stock(incident, orders, lines)
        hit = hit[~np.isin(status[hit], ("Cancelled", "Declined"))]
        called_off = pick_share(rng, hit, incident.strength)
        waiting = np.setdiff1d(hit, called_off)
        shipped = orders["date_shipped"].to_numpy().copy()
        arrival = np.datetime64(incident.last_date) + 1
        shipped[waiting] = np.fmax(shipped[waiting], arrival + choose(rng, (0.5, 0.3, 0.2), len(waiting)))
        unsent = np.concatenate([called_off, waiting[shipped[waiting] >= np.datetime64(until)]])
        shipped[unsent] = np.datetime64("NaT")
        status[called_off] = "Cancelled"
        status[np.setdiff1d(unsent, called_off)] = "Awaiting fulfillment"
        cancelled_by[called_off] = "merchant"
        held_by[hit] = incident.planted_id
        sent, complete = orders["total_shipped"].to_numpy().copy(), orders["is_complete"].to_numpy().copy()
        # What waited without a date had no parcel: it goes out whole once there is stock.
        late = waiting[(sent[waiting] == 0) & ~np.isnat(shipped[waiting])]
        sent[late], complete[late] = orders["total_quantity"].to_numpy()[late], True
        status[late] = "Shipped"
        sent[unsent], complete[unsent] = 0, False
        notes = orders["notes"].to_numpy().copy()
        notes[called_off] = _NOTE[shop.locale]
        columns = [
            pl.Series("date_shipped", shipped),
            pl.Series("total_shipped", sent),
            pl.Series("is_complete", complete),
            pl.Series("notes", notes.tolist(), dtype=pl.String),
        ]
    return orders.with_columns(
        pl.Series("status", status.tolist()),
        pl.Series("cancelled_by", cancelled_by.tolist(), dtype=pl.String),
        pl.Series("held_by", held_by.tolist(), dtype=pl.String),
        *columns,
    )


def orders_short_of_stock(incident: Incident, orders: pl.DataFrame, lines: pl.DataFrame) -> NDArray[np.int64]:
    """Rows of the orders that hold the SKU and were placed while there was none."""
    date = orders["order_date"].to_numpy()[lines["order"].to_numpy()]
    is_hit = (
        (lines["variant"].to_numpy() == incident.positions["variant"])
        & (date >= np.datetime64(incident.first_date))
        & (date <= np.datetime64(incident.last_date))
    )
    return np.unique(lines["order"].to_numpy()[is_hit])


def stock_on(
    shop: Shop, catalogue: Catalogue, incidents: tuple[Incident, ...], day: dt.date, seed: int
) -> NDArray[np.int64]:
    """Draw how many units of each variant the shop has on a day.

    Returns:
        Units, shape (variants,); 0 or fewer only by chance or in a stock-out, 0 for custom items.
    """
    rng = stream(seed, shop.merchant_id, "levels", day.isoformat())
    popularity = catalogue.variants["popularity"].to_numpy()
    usual = 6 + 40 * np.sqrt(popularity / max(float(popularity.max()), 1e-12))
    levels = np.maximum(1, rng.poisson(usual * rng.lognormal(0, 0.4, len(usual))))
    levels[catalogue.custom_variants] = 0
    incident = incident_of(incidents, "stock_out")
    if incident is not None and incident.first_date <= day <= incident.last_date:
        levels[incident.positions["variant"]] = -int(rng.integers(0, 4))
    return levels
