"""The carriers and warehouses of a shop: which parcels they take, and how long a lane takes.

Belongs here: what is known of carriers before there is a parcel. Not here: parcels, problems put in on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.simulate.draws import stream, vocabulary
from pipelines.simulate.shops import Shop


@dataclass(frozen=True)
class Network:
    """The lanes of a shop: warehouses x places x carriers.

    Attributes:
        warehouses: Name, city, state and zip of each warehouse.
        carriers: Name, number, service, extra_days and failure of each carrier.
        places: Suburb, state and zip of each place that people live in.
        warehouse_weights: Chance of each warehouse for a parcel to a place, shape (places, warehouses).
        carrier_weights: Chance of each carrier for a parcel to a place, shape (places, carriers). Hard places
            get other carriers than easy ones, so that a raw comparison of carriers is unfair.
        days: Usual transit days of the fastest carrier, shape (warehouses, places).
    """

    warehouses: tuple[dict[str, Any], ...]
    carriers: tuple[dict[str, Any], ...]
    places: tuple[tuple[str, str, str], ...]
    warehouse_weights: NDArray[np.float64]
    carrier_weights: NDArray[np.float64]
    days: NDArray[np.float64]


def build_network(shop: Shop, seed: int) -> Network:
    """Draw which carriers and warehouses serve which place.

    Args:
        shop: The shop.
        seed: Seed of the simulation.
    """
    rng = stream(seed, shop.merchant_id, "network")
    words = vocabulary("couriers")[shop.merchant_id]
    places = vocabulary("people")[shop.merchant_id]["places"]
    days = np.array(words["days"], dtype=float)
    # The near warehouse ships most, the other one what the near one has not got.
    near = np.where(days == days.min(axis=0), 0.85, 0.15).T
    base = np.array([carrier["weight"] for carrier in words["carriers"]])
    weights = base * rng.lognormal(0, 0.5, (len(places), len(base)))
    return Network(
        warehouses=tuple(words["warehouses"]),
        carriers=tuple(words["carriers"]),
        places=tuple((suburb, state, code) for suburb, state, code in places),
        warehouse_weights=near / near.sum(axis=1, keepdims=True),
        carrier_weights=weights / weights.sum(axis=1, keepdims=True),
        days=days,
    )


def place_numbers(network: Network, zips: NDArray[np.object_]) -> NDArray[np.int64]:
    """Tell which place each zip belongs to.

    Args:
        network: The shop's lanes.
        zips: Zips of people, shape (n,).

    Returns:
        Positions in ``network.places``, shape (n,).
    """
    known, inverse = np.unique(zips.astype(str), return_inverse=True)
    by_zip = {code: index for index, (_, _, code) in enumerate(network.places)}
    return np.array([by_zip[code] for code in known], dtype=np.int64)[inverse]
