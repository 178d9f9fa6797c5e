"""Planted incidents: what goes wrong around the goods, put into the world on purpose.

Seven kinds, each present or absent by the seed alone (absent in half of all seeds). Where, when and how much
are drawn by the seed too. ``planted`` holds the kinds that lie in the goods themselves.

* ``carrier_damage_lane``: one carrier damages parcels on one lane; the goods come back damaged in transit.
* ``holiday_lateness``: parcels before a holiday are late; some come back for it, some are refused.
* ``phantom_pickups``: one carrier's depot reports pickup attempts that never took place.
* ``qc_loop``: after a wrong item was sent, the check at the door rejects the pickup again and again.
* ``policy_change``: from one day on the window is shorter, or customers who change their mind pay the label.
* ``label_incentive``: customers choose the reason that makes the label free.
* ``stock_out``: a SKU is out of stock; its orders wait or are cancelled by the merchant.

Belongs here: drawing and placing them. Not here: their effects, which live where the thing happens.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from pipelines.simulate.catalogue import Catalogue
from pipelines.simulate.couriers import Network
from pipelines.simulate.draws import stream
from pipelines.simulate.shops import SHOPS, Shop

INCIDENT_KINDS = (
    "carrier_damage_lane", "holiday_lateness", "phantom_pickups", "qc_loop", "policy_change", "label_incentive",
    "stock_out",
)  # fmt: skip
_STRENGTH = {
    "carrier_damage_lane": (0.14, 0.32),
    "holiday_lateness": (0.45, 0.75),
    "phantom_pickups": (0.45, 0.80),
    "qc_loop": (0.75, 0.95),
    "policy_change": (0.25, 0.45),
    "label_incentive": (0.35, 0.60),
    "stock_out": (0.15, 0.40),
}
_WEEKS_BEFORE_END = {
    "carrier_damage_lane": (36, 14),
    "holiday_lateness": (0, 0),
    "phantom_pickups": (40, 16),
    "qc_loop": (60, 30),
    "policy_change": (34, 16),
    "label_incentive": (44, 16),
    "stock_out": (7, 5),
}
# First day and last day before which parcels pile up: month, day, days.
_HOLIDAYS = {"fashion": ((12, 9, 14), (6, 8, 12)), "home": ((2, 1, 14), (11, 1, 12), (6, 5, 10))}


@dataclass(frozen=True)
class IncidentDraw:
    """What the seed says of one kind, before there is a shop to place it in.

    Attributes:
        kind: One of ``INCIDENT_KINDS``.
        merchant_id: Shop that it hits.
        weeks_before_end: Weeks before the end of the period at which it starts; 0 = a date of the calendar.
        strength: How much of what is exposed is hit, 0-1.
        choices: Uniform numbers 0-1 that settle what is left to choose.
    """

    kind: str
    merchant_id: str
    weeks_before_end: int
    strength: float
    choices: tuple[float, float, float]


@dataclass(frozen=True)
class Incident:
    """An incident in its place.

    Attributes:
        planted_id: Key in the truth files.
        kind: One of ``INCIDENT_KINDS``.
        merchant_id: Shop that it hits.
        first_date: First local day.
        last_date: Last local day.
        strength: How much of what is exposed is hit, 0-1.
        details: Where it is, as the truth tells it.
        positions: Where it is, as numbers of the simulation: carrier, warehouse, place, variant.
    """

    planted_id: str
    kind: str
    merchant_id: str
    first_date: dt.date
    last_date: dt.date
    strength: float
    details: dict[str, Any] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)


def draw_incidents(seed: int) -> tuple[IncidentDraw, ...]:
    """Draw which incidents a seed plants; each kind is absent with probability one half.

    Args:
        seed: Seed of the simulation.

    Returns:
        The incidents present, in the order of ``INCIDENT_KINDS``.
    """
    draws = []
    for kind in INCIDENT_KINDS:
        rng = stream(seed, "incident", kind)
        is_present = rng.random() < 0.5
        shop = SHOPS[int(rng.random() < 0.4)].merchant_id
        low, high = _STRENGTH[kind]
        earliest, latest = _WEEKS_BEFORE_END[kind]
        draw = IncidentDraw(
            kind=kind,
            merchant_id=shop,
            weeks_before_end=int(rng.integers(latest, earliest + 1)),
            strength=round(float(rng.uniform(low, high)), 3),
            choices=(float(rng.random()), float(rng.random()), float(rng.random())),
        )
        if is_present:
            draws.append(draw)
    return tuple(draws)


def place_incidents(
    draws: tuple[IncidentDraw, ...],
    shop: Shop,
    catalogue: Catalogue,
    network: Network,
    start: dt.date,
    until: dt.date,
) -> tuple[Incident, ...]:
    """Place the incidents of one shop.

    Args:
        draws: Incidents of the seed, of all shops.
        shop: The shop.
        catalogue: Its catalogue.
        network: Its lanes.
        start: First day of orders.
        until: Day after the last day.

    Returns:
        The shop's incidents. A holiday that does not lie in the period is left out.
    """
    own = [_place(draw, catalogue, network, start, until) for draw in draws if draw.merchant_id == shop.merchant_id]
    return tuple(incident for incident in own if incident is not None)


def _place(
    draw: IncidentDraw, catalogue: Catalogue, network: Network, start: dt.date, until: dt.date
) -> Incident | None:
    first = max(start, until - dt.timedelta(weeks=draw.weeks_before_end))
    last = until - dt.timedelta(days=1)
    details: dict[str, Any] = {}
    positions: dict[str, int] = {}
    if draw.kind == "carrier_damage_lane":
        positions = _lane(draw, network)
        details = _lane_details(positions, network)
    elif draw.kind == "phantom_pickups":
        positions = _lane(draw, network)
        details = {
            "carrier": f"{network.carriers[positions['carrier']]['name']} Reverse",
            "depot": network.places[positions["place"]][0],
            "pickup_zone": network.places[positions["place"]][2][:3],
        }
    elif draw.kind == "holiday_lateness":
        period = _last_holiday(draw, start, until)
        if period is None:
            return None
        first, last = period
        details = {"extra_days": [2, 6], "holiday": (last + dt.timedelta(days=2)).isoformat()}
    elif draw.kind == "policy_change":
        # In force at least eight weeks before the end, so that its effect can be seen.
        details = {"change": "window" if draw.choices[0] < 0.5 else "payer"}
    elif draw.kind == "stock_out":
        variant = _popular_variant(catalogue, int(draw.choices[0] * 6))
        last = max(first, until - dt.timedelta(days=8 + int(draw.choices[1] * 12)))
        positions = {"variant": variant}
        details = {
            "product_id": int(catalogue.variants["product_id"][variant]),
            "sku": catalogue.variants["sku"][variant],
        }
    return Incident(
        planted_id=f"{draw.merchant_id}-{draw.kind}",
        kind=draw.kind,
        merchant_id=draw.merchant_id,
        first_date=first,
        last_date=last,
        strength=draw.strength,
        details=details,
        positions=positions,
    )


def _lane(draw: IncidentDraw, network: Network) -> dict[str, int]:
    """Choose a lane that carries enough: a place, its nearer warehouse, one of its two usual carriers."""
    place = int(draw.choices[0] * len(network.places))
    usual = network.carrier_weights[place].argsort()[::-1]
    return {
        "place": place,
        "warehouse": int(network.warehouse_weights[place].argmax()),
        "carrier": int(usual[int(draw.choices[1] < 0.35)]),
    }


def _lane_details(positions: dict[str, int], network: Network) -> dict[str, Any]:
    return {
        "carrier": network.carriers[positions["carrier"]]["name"],
        "origin_zone": network.warehouses[positions["warehouse"]]["zip"][:3],
        "destination_zone": network.places[positions["place"]][2][:3],
    }


def _last_holiday(draw: IncidentDraw, start: dt.date, until: dt.date) -> tuple[dt.date, dt.date] | None:
    """The days before one of the holidays that lie in the period, early enough for returns to come in."""
    found = []
    for month, day, length in _HOLIDAYS[draw.merchant_id]:
        for year in range(start.year, until.year + 1):
            first = dt.date(year, month, day)
            last = first + dt.timedelta(days=length - 1)
            if first >= start and last < until - dt.timedelta(days=42):
                found.append((first, last))
    found.sort()
    return found[-1 - int(draw.choices[0] * min(2, len(found)))] if found else None


def _popular_variant(catalogue: Catalogue, rank: int) -> int:
    """The SKU of that rank by popularity, among those whose SKU is clean."""
    sku = pl.col("sku")
    clean = catalogue.variants.filter(~pl.col("is_custom"), sku != "", sku.str.strip_chars() == sku)
    ranked = clean.sort("popularity", "variant", descending=[True, False])["variant"]
    return int(ranked[min(rank, len(ranked) - 1)])


def incident_of(incidents: tuple[Incident, ...], kind: str) -> Incident | None:
    """The incident of a kind, or None."""
    return next((incident for incident in incidents if incident.kind == kind), None)
