"""Parcels to the customer: what is in them, who carries them where, and how they end.

Belongs here: everything that happens to a forward parcel, known to the end. Not here: what a file of a given
day knows of it (``parcel_states``), the parcels that come back (``way_back``).

Moments are seconds since 1970 on the shop's wall clock; ``NEVER`` is what does not happen.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.simulate.clocks import DAY, seconds
from pipelines.simulate.couriers import Network
from pipelines.simulate.draws import choose, choose_by_row, stream, vocabulary
from pipelines.simulate.incidents import Incident, incident_of
from pipelines.simulate.shops import Shop

NEVER = 2**60
MOST_PARCELS = 9
SPLIT_SHARE = 0.09
RTO_SHARE, RTO_SHARE_ON_DELIVERY, RTO_SHARE_AFTER_HOLIDAY = 0.006, 0.085, 0.05
LOST_SHARE = 0.002
UNSCANNED_SHARE = 0.015
HICCUP_SHARE = 0.07
# Position of "refused" among the reasons of a failed delivery: behind those of the vocabulary.
REFUSED = {"code": 2, "text": "Rejected by Customer"}


@dataclass(frozen=True)
class Parcels:
    """The forward parcels of a shop.

    Attributes:
        table: One row a parcel, by order: order, piece, shipment_id, awb, carrier, warehouse, place,
            is_on_delivery, failed_attempts, failure (position of the reason, -1 = none), is_rto, is_lost,
            is_damaged, is_scanned (the delivery was scanned), is_late, planted_id, promised_day (days since
            1970), and the moments booked_at, shipped_at, hub_at, attempt_1_at .. attempt_3_at, delivered_at,
            rto_marked_at, rto_delivered_at, lost_at.
        items: One row a line of a parcel: parcel (row of ``table``), line (row of the order lines), quantity.
    """

    table: pl.DataFrame
    items: pl.DataFrame


def draw_parcels(
    shop: Shop,
    network: Network,
    orders: pl.DataFrame,
    lines: pl.DataFrame,
    place: NDArray[np.int64],
    incidents: tuple[Incident, ...],
    until: dt.date,
    seed: int,
) -> tuple[pl.DataFrame, Parcels]:
    """Draw the parcels of every shipped order.

    Args:
        shop: The shop.
        network: Its lanes.
        orders: Orders after ``fulfil``.
        lines: Their lines, by order.
        place: Place that each order goes to, shape (orders,).
        incidents: The shop's incidents.
        until: Day of the export.
        seed: Seed of the simulation.

    Returns:
        The orders, with is_on_delivery, is_undelivered (came back before the export), is_lost (found lost
        before it), is_complete made false for what is never delivered, and the parcels.
    """
    rng = stream(seed, shop.merchant_id, "parcels")
    table, items = _packed(orders, lines, rng)
    order = table["order"].to_numpy()
    on_delivery = np.isin(
        orders["payment_method"].to_numpy(), vocabulary("couriers")[shop.merchant_id]["cash_on_delivery"]
    )
    goes_to = place[order]
    warehouse = choose_by_row(rng, network.warehouse_weights, goes_to)
    carrier = choose_by_row(rng, network.carrier_weights, goes_to)
    ship_day = _ship_days(orders, table, until, rng)
    usual = network.days[warehouse, goes_to]
    extra = np.array([entry["extra_days"] for entry in network.carriers])[carrier]
    transit = (usual + extra) * rng.lognormal(0, 0.22, len(order))
    transit += np.where(rng.random(len(order)) < HICCUP_SHARE, rng.uniform(1, 5, len(order)), 0)
    planted = np.full(len(order), "", dtype=object)
    is_held_up = _held_up(incident_of(incidents, "holiday_lateness"), ship_day, transit, planted, rng)
    is_damaged = _damaged(
        incident_of(incidents, "carrier_damage_lane"), ship_day, carrier, warehouse, goes_to, planted, rng
    )
    refuses = _refusing(orders, order, on_delivery, is_held_up, rng)
    is_rto = refuses[order]
    is_lost = ~is_rto & (rng.random(len(order)) < LOST_SHARE)
    placed_day = orders["order_date"].to_numpy()[order].astype("datetime64[D]").astype(np.int64)
    promised_day = placed_day + 5 + np.ceil(usual).astype(np.int64)
    columns = _moments(network, ship_day, transit, carrier, is_rto, is_lost, on_delivery[order], rng)
    columns["booked_at"] = np.maximum(
        columns["shipped_at"] - (rng.uniform(3, 20, len(order)) * 3_600).astype(np.int64), placed_day * DAY + 3_600
    )
    delivered_day = columns["delivered_at"] // DAY
    end = seconds(until)
    is_back, is_missing = (np.zeros(len(orders), dtype=bool) for _ in range(2))
    is_back[order[columns["rto_marked_at"] < end]] = True
    is_missing[order[columns["lost_at"] < end]] = True
    is_incomplete = refuses.copy()
    is_incomplete[order[is_lost]] = True
    table = table.with_columns(
        pl.Series("shipment_id", 4_000_001 + np.arange(len(order))),
        pl.Series("awb", 30_400_000 + np.cumsum(rng.integers(3, 40, len(order)))).cast(pl.String).str.zfill(13),
        pl.Series("carrier", carrier),
        pl.Series("warehouse", warehouse),
        pl.Series("place", goes_to),
        pl.Series("is_on_delivery", on_delivery[order]),
        pl.Series("is_rto", is_rto),
        pl.Series("is_lost", is_lost),
        pl.Series("is_damaged", is_damaged),
        pl.Series("is_scanned", rng.random(len(order)) >= UNSCANNED_SHARE),
        pl.Series("is_late", (columns["delivered_at"] < NEVER) & (delivered_day > promised_day)),
        pl.Series("planted_id", planted.tolist(), dtype=pl.String),
        pl.Series("promised_day", promised_day),
        *(pl.Series(name, values) for name, values in columns.items()),
    )
    status = orders["status"].to_numpy().copy()
    is_renamed = is_back & ((rng.random(len(orders)) < 0.5) | (np.cumsum(is_back) == 1))
    status[is_renamed] = vocabulary(shop.merchant_id)["panel"]["renamed_status"]
    orders = orders.with_columns(
        pl.Series("status", status.tolist()),
        pl.Series("is_on_delivery", on_delivery),
        pl.Series("is_undelivered", is_back),
        pl.Series("is_lost", is_missing),
        (pl.col("is_complete") & ~pl.Series(is_incomplete)).alias("is_complete"),
    )
    return orders, Parcels(table, items)


def _packed(orders: pl.DataFrame, lines: pl.DataFrame, rng: np.random.Generator) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Put the shipped units of each order into parcels: most into one, some orders into up to nine."""
    order = lines["order"].to_numpy()
    quantity = lines["quantity"].to_numpy()
    units = orders["total_shipped"].to_numpy()
    through = np.cumsum(quantity)
    first = np.searchsorted(order, np.arange(len(orders)))
    before = through - quantity
    # Units of the order that stand before the line: what was shipped short is missing at the end.
    before -= before[first][order]
    sent = np.clip(units[order] - before, 0, quantity)
    count = (units > 0).astype(np.int64)
    several = np.flatnonzero((units > 1) & (rng.random(len(orders)) < SPLIT_SHARE))
    count[several] = np.minimum(1 + rng.geometric(0.65, len(several)), np.minimum(units[several], MOST_PARCELS))
    # Whoever orders very much gets box after box.
    bulk = units >= 8
    count[bulk] = np.minimum(units[bulk], MOST_PARCELS)
    starts = np.cumsum(count) - count
    table = pl.DataFrame(
        {
            "order": np.repeat(np.arange(len(orders)), count),
            "piece": np.arange(int(count.sum())) - np.repeat(starts, count),
        }
    )
    whole = np.flatnonzero((sent > 0) & (count[order] == 1))
    parted = np.flatnonzero((sent > 0) & (count[order] > 1))
    line = np.repeat(parted, sent[parted])
    rank = np.arange(len(line)) - np.repeat(np.cumsum(sent[parted]) - sent[parted], sent[parted]) + before[line]
    piece = rank * count[order[line]] // units[order[line]]
    boxes, quantities = np.unique(line * 16 + piece, return_counts=True)
    items = pl.DataFrame(
        {
            "parcel": np.concatenate([starts[order[whole]], starts[order[boxes // 16]] + boxes % 16]),
            "line": np.concatenate([whole, boxes // 16]),
            "quantity": np.concatenate([sent[whole], quantities]),
        }
    )
    return table, items.sort("parcel", "line")


def _ship_days(
    orders: pl.DataFrame, table: pl.DataFrame, until: dt.date, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Days since 1970: the first parcel on the order's day of shipping, the others on it or soon after."""
    first = orders["date_shipped"].to_physical().fill_null(0).to_numpy().astype(np.int64)
    piece = table["piece"].to_numpy()
    later = np.where(piece > 0, choose(rng, (0.5, 0.3, 0.2), len(piece)), 0)
    last = int(np.datetime64(until).astype(np.int64)) - 1
    return np.minimum(first[table["order"].to_numpy()] + later, last)


def _held_up(
    incident: Incident | None,
    ship_day: NDArray[np.int64],
    transit: NDArray[np.float64],
    planted: NDArray[np.object_],
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    """Slow parcels down that are sent before the holiday; transit and planted are changed in place."""
    if incident is None:
        return np.zeros(len(ship_day), dtype=bool)
    first, last = (int(np.datetime64(day).astype(np.int64)) for day in (incident.first_date, incident.last_date))
    is_hit = (ship_day >= first) & (ship_day <= last) & (rng.random(len(ship_day)) < incident.strength)
    transit[is_hit] += rng.uniform(2, 6, int(is_hit.sum()))
    planted[is_hit] = incident.planted_id
    return is_hit


def _damaged(
    incident: Incident | None,
    ship_day: NDArray[np.int64],
    carrier: NDArray[np.intp],
    warehouse: NDArray[np.intp],
    place: NDArray[np.int64],
    planted: NDArray[np.object_],
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    if incident is None:
        return np.zeros(len(ship_day), dtype=bool)
    is_hit = on_lane(incident, ship_day, carrier, warehouse, place) & (rng.random(len(ship_day)) < incident.strength)
    planted[is_hit] = incident.planted_id
    return is_hit


def on_lane(
    incident: Incident,
    ship_day: NDArray[np.int64],
    carrier: NDArray[np.intp],
    warehouse: NDArray[np.intp],
    place: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Tell which parcels an incident on a lane can hit, shape (n,)."""
    where = incident.positions
    first, last = (int(np.datetime64(day).astype(np.int64)) for day in (incident.first_date, incident.last_date))
    is_on = (carrier == where["carrier"]) & (warehouse == where["warehouse"]) & (place == where["place"])
    return is_on & (ship_day >= first) & (ship_day <= last)


def _refusing(
    orders: pl.DataFrame,
    order: NDArray[np.int64],
    on_delivery: NDArray[np.bool_],
    is_held_up: NDArray[np.bool_],
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    """Draw whose parcels nobody takes, shape (orders,); where cash is due, that is many times as often."""
    late = np.zeros(len(orders), dtype=bool)
    late[order[is_held_up]] = True
    chance = np.where(on_delivery, RTO_SHARE_ON_DELIVERY, RTO_SHARE) + RTO_SHARE_AFTER_HOLIDAY * late
    is_shipped = orders["total_shipped"].to_numpy() > 0
    refuses = is_shipped & (rng.random(len(orders)) < chance)
    if is_shipped.any() and not refuses.any():
        # The first order of all: whatever the seed, somebody refuses a parcel.
        refuses[np.flatnonzero(is_shipped)[0]] = True
    return refuses


def _moments(
    network: Network,
    ship_day: NDArray[np.int64],
    transit: NDArray[np.float64],
    carrier: NDArray[np.intp],
    is_rto: NDArray[np.bool_],
    is_lost: NDArray[np.bool_],
    on_delivery: NDArray[np.bool_],
    rng: np.random.Generator,
) -> dict[str, NDArray[np.int64]]:
    """Let each parcel travel: scans, tries at the door, and the end."""
    count = len(ship_day)
    failure = np.array([entry["failure"] for entry in network.carriers])[carrier] * np.where(on_delivery, 1.8, 1.0)
    failed = (rng.random(count) < failure).astype(np.int64)
    failed += (failed == 1) & (rng.random(count) < 0.3)
    failed[is_rto] = rng.integers(1, 4, int(is_rto.sum()))
    failed[is_lost] = 0
    reasons = vocabulary("couriers")["failed_delivery"]
    reason = choose(rng, [entry["weight"] for entry in reasons], count)
    reason[is_rto & (rng.random(count) < np.where(on_delivery, 0.7, 0.35))] = len(reasons)
    arrival = ship_day + np.maximum(1, np.ceil(transit).astype(np.int64))
    tries = np.where(is_lost, 0, np.where(is_rto, failed, failed + 1))
    morning = (rng.uniform(7.5, 10.5, (3, count)) * 3_600).astype(np.int64)
    attempts = [np.where(tries > k, (arrival + k) * DAY + morning[k], NEVER) for k in range(3)]
    last = (arrival + np.maximum(tries, 1) - 1) * DAY
    is_delivered = ~is_rto & ~is_lost
    marked = last + DAY + (rng.uniform(9, 18, count) * 3_600).astype(np.int64)
    back = marked + ((np.maximum(transit, 1) + rng.uniform(1, 4, count)) * DAY).astype(np.int64)
    shipped = ship_day * DAY + (rng.uniform(14, 19, count) * 3_600).astype(np.int64)
    return {
        "failed_attempts": failed,
        "failure": np.where(failed > 0, reason, -1),
        "shipped_at": shipped,
        "hub_at": np.where(is_lost, NEVER, arrival * DAY + (rng.uniform(1, 6, count) * 3_600).astype(np.int64)),
        "attempt_1_at": attempts[0],
        "attempt_2_at": attempts[1],
        "attempt_3_at": attempts[2],
        "delivered_at": np.where(is_delivered, last + (rng.uniform(11, 20, count) * 3_600).astype(np.int64), NEVER),
        "rto_marked_at": np.where(is_rto, marked, NEVER),
        "rto_delivered_at": np.where(is_rto, back, NEVER),
        "lost_at": np.where(is_lost, shipped + (rng.uniform(10, 15, count) * DAY).astype(np.int64), NEVER),
    }
