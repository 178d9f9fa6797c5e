"""What is known of a parcel at a moment: its scans, and which of them is the last.

Belongs here: the list of scans of forward and reverse parcels, the codes and names of states. Not here: how
parcels travel (``parcels``, ``way_back``), how a file writes it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.simulate.clocks import DAY
from pipelines.simulate.parcels import NEVER


@dataclass(frozen=True)
class State:
    """A state as the aggregator calls it: code, name, bucket, the bucket's name, the number of its message."""

    code: int
    name: str
    bucket: int
    bucket_name: str
    event: int | None


STATES = {
    state.code: state
    for state in (
        State(1, "OrderPlaced", 1, "Order placed", 9),
        State(3, "PickupFailed", 1, "Order placed", 16),
        State(4, "PickedUp", 2, "Dispatched", 2),
        State(5, "InTransit", 3, "In transit", None),
        State(6, "OutForDelivery", 4, "Out for delivery", 3),
        State(8, "Delivered", 6, "Delivered", 5),
        State(9, "FailedDelivery", 5, "Failed delivery", 4),
        State(10, "Cancelled", 1, "Order placed", 10),
        State(12, "RTO", 7, "Returned", None),
        State(14, "RTO-Delivered", 7, "Returned", 12),
        State(16, "Lost", 8, "Lost", 19),
        State(21, "RTO-InTransit", 7, "Returned", 6),
        State(25, "OutForPickup", 1, "Order placed", 1),
        State(1004, "DestinationHubIn", 3, "In transit", 13),
    )
}


@dataclass(frozen=True)
class Scan:
    """One kind of scan of many parcels.

    Attributes:
        state: What it says.
        at: When it happened, ``NEVER`` where it did not, shape (parcels,).
        is_at_end: Whether it happened near the place that the parcel goes to.
    """

    state: State
    at: NDArray[np.int64]
    is_at_end: bool


def forward_scans(table: pl.DataFrame) -> list[Scan]:
    """List the scans of forward parcels, in the order in which they mostly happen."""
    column = {name: table[name].to_numpy() for name in table.columns if name.endswith("_at")}
    failed = table["failed_attempts"].to_numpy()
    delivered = np.where(table["is_scanned"].to_numpy(), column["delivered_at"], NEVER)
    scans = [
        Scan(STATES[1], column["booked_at"], False),
        Scan(STATES[4], column["shipped_at"], False),
        Scan(STATES[5], column["shipped_at"] + 5 * 3_600, False),
        Scan(STATES[1004], column["hub_at"], True),
    ]
    for k in range(3):
        attempt = column[f"attempt_{k + 1}_at"]
        scans.append(Scan(STATES[6], attempt, True))
        scans.append(Scan(STATES[9], np.where((failed > k) & (attempt < NEVER), attempt + 9 * 3_600, NEVER), True))
    marked = column["rto_marked_at"]
    return [
        *scans,
        Scan(STATES[8], delivered, True),
        Scan(STATES[12], marked, True),
        Scan(STATES[21], np.where(marked < NEVER, marked + DAY // 2, NEVER), True),
        Scan(STATES[14], column["rto_delivered_at"], False),
        Scan(STATES[16], column["lost_at"], False),
    ]


def reverse_scans(table: pl.DataFrame) -> list[Scan]:
    """List the scans of reverse parcels, in the order in which they mostly happen."""
    column = {name: table[name].to_numpy() for name in table.columns if name.endswith("_at")}
    failed, invented = table["failed_attempts"].to_numpy(), table["invented_attempts"].to_numpy()
    scans = [Scan(STATES[1], column["booked_at"], False)]
    for k in range(3):
        attempt = column[f"attempt_{k + 1}_at"]
        # What never took place fails within two minutes.
        fails = attempt + np.where(k < invented, 95, 5_400)
        scans.append(Scan(STATES[25], attempt, False))
        scans.append(Scan(STATES[3], np.where((failed > k) & (attempt < NEVER), fails, NEVER), False))
    picked = column["picked_at"]
    arrived = np.where(table["is_scanned"].to_numpy(), column["arrived_at"], NEVER)
    return [
        *scans,
        Scan(STATES[4], picked, False),
        Scan(STATES[5], np.where(picked < NEVER, picked + 5 * 3_600, NEVER), False),
        Scan(STATES[8], arrived, True),
        Scan(STATES[10], column["cancelled_at"], False),
    ]


def last_scans(scans: list[Scan], end: int) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Find the last scan of each parcel before a moment.

    Args:
        scans: All scans of n parcels.
        end: Moment; nothing of it or later is known.

    Returns:
        Position in ``scans`` and time, shape (n,) each; the time is -1 where nothing is known yet.
    """
    position = np.zeros(len(scans[0].at), dtype=np.intp)
    latest = np.full(len(scans[0].at), -1, dtype=np.int64)
    for index, scan in enumerate(scans):
        is_later = (scan.at < end) & (scan.at >= latest)
        position[is_later] = index
        latest[is_later] = scan.at[is_later]
    return position, latest
