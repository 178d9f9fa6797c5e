"""The way back: what the shop decides of each request, and the parcels that bring goods home.

Goods that come back in one request share a parcel. Somebody goes out to fetch it; where that fails too often the
pickup is cancelled and booked anew under another waybill, or the return dies.

Belongs here: decisions, reverse parcels, pickup attempts, arrival; known to the end. Not here: what a file of a
given day knows of them (``parcel_states``), inspection and money (``handling``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.simulate.clocks import DAY, seconds
from pipelines.simulate.couriers import Network
from pipelines.simulate.draws import choose, choose_by_row, stream, vocabulary
from pipelines.simulate.incidents import Incident, incident_of
from pipelines.simulate.parcels import NEVER
from pipelines.simulate.returns import World

REJECTED_SHARE, CANCELLED_SHARE, NEVER_SENT_SHARE = 0.035, 0.03, 0.06
# The others take their parcel to a shop of their own choice.
PICKUP_SHARE = 0.9
REBOOKED_SHARE = 0.04
UNSCANNED_SHARE = 0.01
LOOP_ENDS_WELL_SHARE = 0.5
_QC_FAILED = 3


@dataclass(frozen=True)
class WayBack:
    """How requests come home.

    Attributes:
        baskets: One row a basket (requests of one order at one moment), by basket: order, requested_at,
            decided_at, is_rejected, is_cancelled, received_at (``NEVER`` where it never is).
        table: One row a reverse parcel, by basket and number: basket, first_return_id, order, number (0 = first
            booking), awb, carrier, warehouse, place, failed_attempts, invented_attempts, failure (position of
            the reason, -1 = none), is_scanned, planted_id, and the moments booked_at, attempt_1_at ..
            attempt_3_at, picked_at, arrived_at, cancelled_at.
    """

    baskets: pl.DataFrame
    table: pl.DataFrame


def draw_way_back(world: World, network: Network, place: NDArray[np.int64], returns: pl.DataFrame) -> WayBack:
    """Decide every request and let its goods travel.

    Args:
        world: What happened before.
        network: The shop's lanes.
        place: Place of each order, shape (orders,).
        returns: Result of ``draw_returns``.
    """
    rng = stream(world.seed, world.shop.merchant_id, "way back")
    baskets = (
        returns.group_by("basket")
        .agg(
            pl.col("order").first(),
            pl.col("requested_at").first(),
            pl.col("return_id").first().alias("first_return_id"),
            (pl.col("true_sub_reason") == "wrong_item").any().alias("is_wrong_item"),
        )
        .sort("basket")
    )
    count = len(baskets)
    requested = baskets["requested_at"].to_numpy()
    decided = requested + (rng.gamma(1.6, 0.8, count) * DAY).astype(np.int64) + 1_800
    fate = rng.random(count)
    bounds = np.cumsum([REJECTED_SHARE, CANCELLED_SHARE, NEVER_SENT_SHARE])
    is_rejected, is_cancelled = fate < bounds[0], (fate >= bounds[0]) & (fate < bounds[1])
    never_sent = (fate >= bounds[1]) & (fate < bounds[2])
    is_approved = ~is_rejected & ~is_cancelled
    is_fetched = is_approved & (rng.random(count) < PICKUP_SHARE)
    loop = incident_of(world.incidents, "qc_loop")
    is_looping = is_fetched & ~never_sent & _in_loop(loop, baskets, requested, rng)
    fetched = np.flatnonzero(is_fetched)
    table = _parcels(
        world, network, baskets["order"].to_numpy(), place, decided, fetched, never_sent, is_looping, loop, rng
    )
    arrived = np.where(is_approved & ~never_sent, decided + (rng.uniform(3, 14, count) * DAY).astype(np.int64), NEVER)
    arrived[fetched] = NEVER
    table = table.with_columns(baskets["first_return_id"].gather(table["basket"]))
    last = table.group_by("basket").agg(pl.col("arrived_at").min())
    arrived[last["basket"].to_numpy()] = last["arrived_at"].to_numpy()
    booked_in = arrived + (rng.gamma(1.4, 0.5, count) * DAY).astype(np.int64) + 1_800
    baskets = baskets.with_columns(
        pl.Series("decided_at", decided),
        pl.Series("is_rejected", is_rejected),
        pl.Series("is_cancelled", is_cancelled),
        pl.Series("received_at", np.where(arrived < NEVER, booked_in, NEVER)),
    )
    return WayBack(baskets, table)


def _in_loop(
    loop: Incident | None, baskets: pl.DataFrame, requested: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.bool_]:
    if loop is None:
        return np.zeros(len(baskets), dtype=bool)
    is_exposed = baskets["is_wrong_item"].to_numpy() & (requested >= seconds(loop.first_date))
    return is_exposed & (rng.random(len(baskets)) < loop.strength)


def _parcels(
    world: World,
    network: Network,
    order_of_basket: NDArray[np.int64],
    place_of_order: NDArray[np.int64],
    decided: NDArray[np.int64],
    fetched: NDArray[np.intp],
    never_sent: NDArray[np.bool_],
    is_looping: NDArray[np.bool_],
    loop: Incident | None,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Draw the reverse parcels of the baskets that are fetched."""
    bookings = 1 + (rng.random(len(fetched)) < REBOOKED_SHARE)
    loops = is_looping[fetched]
    bookings[loops] = rng.integers(2, 5, int(loops.sum()))
    dies = never_sent[fetched] | (loops & (rng.random(len(fetched)) >= LOOP_ENDS_WELL_SHARE))
    row = np.repeat(np.arange(len(fetched)), bookings)
    number = np.arange(len(row)) - np.repeat(np.cumsum(bookings) - bookings, bookings)
    basket = fetched[row]
    order = order_of_basket[basket]
    place = place_of_order[order]
    carrier = choose_by_row(rng, network.carrier_weights, place)
    warehouse = network.warehouse_weights.argmax(axis=1)[place]
    is_taken = (number == bookings[row] - 1) & ~dies[row]
    loops_here = loops[row] & ~is_taken
    failed = np.where(is_taken, choose(rng, (0.80, 0.15, 0.05), len(row)), 3)
    failed[loops_here] = rng.integers(1, 3, int(loops_here.sum()))
    reasons = vocabulary("couriers")["failed_pickup"]
    reason = choose(rng, [entry["weight"] for entry in reasons], len(row))
    reason[loops_here] = [entry["code"] for entry in reasons].index(_QC_FAILED)
    phantom = incident_of(world.incidents, "phantom_pickups")
    invented = _invented(phantom, carrier, place, decided[basket], rng)
    planted = np.full(len(row), "", dtype=object)
    if loop is not None:
        planted[loops[row]] = loop.planted_id
    if phantom is not None:
        planted[invented > 0] = phantom.planted_id
    times = _times(network, decided[basket], basket, number, failed, invented, is_taken, warehouse, place, carrier, rng)
    return pl.DataFrame(
        {
            "basket": basket,
            "order": order,
            "number": number,
            "awb": pl.Series(7_180_000_000 + np.cumsum(rng.integers(3, 40, len(row)))).cast(pl.String).str.zfill(14),
            "carrier": carrier,
            "warehouse": warehouse,
            "place": place,
            "failed_attempts": failed + invented,
            "invented_attempts": invented,
            "failure": np.where(failed + invented > 0, reason, -1),
            "is_scanned": rng.random(len(row)) >= UNSCANNED_SHARE,
            "planted_id": pl.Series(planted.tolist(), dtype=pl.String),
            **times,
        }
    )


def at_depot(
    incident: Incident, carrier: NDArray[np.intp], place: NDArray[np.int64], decided: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Tell which reverse parcels the inventing depot is to fetch, shape (parcels,)."""
    where = incident.positions
    is_here = (carrier == where["carrier"]) & (place == where["place"])
    return is_here & (decided >= seconds(incident.first_date))


def _invented(
    incident: Incident | None,
    carrier: NDArray[np.intp],
    place: NDArray[np.int64],
    decided: NDArray[np.int64],
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    if incident is None:
        return np.zeros(len(carrier), dtype=np.int64)
    is_hit = at_depot(incident, carrier, place, decided) & (rng.random(len(carrier)) < incident.strength)
    return np.where(is_hit, 1 + (rng.random(len(carrier)) < 0.4), 0)


def _times(
    network: Network,
    decided: NDArray[np.int64],
    basket: NDArray[np.intp],
    number: NDArray[np.int64],
    failed: NDArray[np.int64],
    invented: NDArray[np.int64],
    is_taken: NDArray[np.bool_],
    warehouse: NDArray[np.intp],
    place: NDArray[np.int64],
    carrier: NDArray[np.intp],
    rng: np.random.Generator,
) -> dict[str, NDArray[np.int64]]:
    """Moments of each parcel, one booking after the other; somebody goes out once a day."""
    count = len(basket)
    attempts = failed + invented + is_taken
    first_day = 1 + choose(rng, (0.6, 0.3, 0.1), count)
    clock = (rng.uniform(10, 18.5, count) * 3_600).astype(np.int64)
    # Invented attempts are keyed in together, after work.
    late_clock = 21 * 3_600 + 40 * 60 + rng.integers(0, 90, count)
    wait = (rng.uniform(0.02, 0.2, count) * DAY).astype(np.int64)
    pause = (rng.uniform(0.3, 2.5, count) * DAY).astype(np.int64)
    booked = decided + wait
    for turn in range(1, int(number.max(initial=0)) + 1):
        here = np.flatnonzero(number == turn)
        before = here - 1
        ended = (booked[before] // DAY + first_day[before] + attempts[before]) * DAY
        booked[here] = ended + pause[here]
    day = booked // DAY + first_day
    moments = [
        np.where(attempts > k, (day + k) * DAY + np.where(k < invented, late_clock, clock), NEVER) for k in range(3)
    ]
    last = (day + np.maximum(attempts, 1) - 1) * DAY + clock
    extra = np.array([entry["extra_days"] for entry in network.carriers])[carrier]
    transit = (network.days[warehouse, place] + extra) * rng.lognormal(0, 0.3, count) + rng.uniform(0.5, 2, count)
    picked = np.where(is_taken, last + rng.integers(600, 1_800, count), NEVER)
    return {
        "booked_at": booked,
        "attempt_1_at": moments[0],
        "attempt_2_at": moments[1],
        "attempt_3_at": moments[2],
        "picked_at": picked,
        "arrived_at": np.where(is_taken, picked + (transit * DAY).astype(np.int64), NEVER),
        "cancelled_at": np.where(is_taken, NEVER, last + DAY // 2),
    }
