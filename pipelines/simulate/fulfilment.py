"""How an order goes out: status, ship date, units shipped.

Belongs here: the state of an order on the day of the export. Not here: what becomes of its parcels
(``parcels``), returns and refunds, which ``handling`` adds.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl

from pipelines.simulate.draws import choose, pick_share, stream
from pipelines.simulate.shops import Shop

SHORT_SHIPPED_SHARE = 0.026
_SHIP_LAG_DAYS = (0.12, 0.34, 0.26, 0.14, 0.08, 0.06)
# Sentence case, as the CSV export writes it.
_UNSHIPPED = (
    "Awaiting fulfillment",
    "Awaiting shipment",
    "Awaiting payment",
    "Pending",
    "Manual verification required",
)
_UNSHIPPED_WEIGHTS = (0.60, 0.28, 0.07, 0.03, 0.02)
_SHIPPED = ("Shipped", "Completed", "Partially shipped", "Disputed")
_SHIPPED_WEIGHTS = (0.970, 0.014, 0.013, 0.003)


def fulfil(shop: Shop, orders: pl.DataFrame, until: dt.date, seed: int) -> pl.DataFrame:
    """Add the state of each order on the day of the export.

    Args:
        shop: The shop.
        orders: Orders with order_date and total_quantity.
        until: Day of the export; nothing happens on it or later.
        seed: Seed of the simulation.

    Returns:
        The orders with status, date_shipped (null: not shipped), total_shipped and is_complete (all units
        went out, so units can come back).
    """
    rng = stream(seed, shop.merchant_id, "fulfilment")
    count = len(orders)
    everyone = np.arange(count)
    quantity = orders["total_quantity"].to_numpy()
    placed = orders["order_date"].to_numpy()
    shipped_on = placed + choose(rng, _SHIP_LAG_DAYS, count).astype("timedelta64[D]")
    # Some orders wait for good: forgotten, unpaid, out of stock.
    is_shipped = (shipped_on < np.datetime64(until)) & (rng.random(count) >= 0.017)
    status = np.array(_UNSHIPPED, dtype=object)[choose(rng, _UNSHIPPED_WEIGHTS, count)]
    shipped_status = np.array(_SHIPPED, dtype=object)[choose(rng, _SHIPPED_WEIGHTS, count)]
    # One unit cannot be shipped in part.
    shipped_status[(quantity < 2) & (shipped_status == "Partially shipped")] = "Shipped"
    status[is_shipped] = shipped_status[is_shipped]
    stopped = pick_share(rng, everyone, 0.020, minimum=2)
    status[stopped] = np.where(rng.random(len(stopped)) < 0.65, "Cancelled", "Declined")
    is_shipped[stopped] = False

    total_shipped = np.where(is_shipped, quantity, 0)
    several = np.flatnonzero((status == "Shipped") & (quantity > 1))
    wanted = SHORT_SHIPPED_SHARE * int((status == "Shipped").sum())
    short = pick_share(rng, several, wanted / max(1, len(several)), minimum=1)
    partial = np.concatenate([short, np.flatnonzero(status == "Partially shipped")])
    total_shipped[partial] = 1 + np.floor(rng.random(len(partial)) * (quantity[partial] - 1)).astype(np.int64)
    is_whole = is_shipped & (total_shipped == quantity)
    return orders.with_columns(
        pl.Series("status", status.tolist()),
        pl.when(pl.Series(is_shipped)).then(pl.Series("date_shipped", shipped_on)).alias("date_shipped"),
        pl.Series("total_shipped", total_shipped),
        pl.Series("is_complete", is_whole),
    )
