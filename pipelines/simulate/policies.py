"""The shops' return policies: their versions, and what customers make of them.

Belongs here: versions, and the window and payer that hold for an order. Not here: the file (``policy_toml``).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.simulate.draws import stream
from pipelines.simulate.incidents import Incident, incident_of
from pipelines.simulate.shops import Shop

USUAL_WINDOW = {"fashion": 30, "home": 14}
SHORT_WINDOW = {"fashion": 14, "home": 7}


@dataclass(frozen=True)
class PolicyVersion:
    """One version of a shop's policy.

    Attributes:
        version_id: Id of the version.
        valid_from: First day in force.
        window_days: Days from delivery in which goods may come back.
        is_change_of_mind_free: Whether the shop pays the label of customers who change their mind.
        exchange_rule: ``same_price`` or ``any``: what an exchange may be for.
    """

    version_id: str
    valid_from: dt.date
    window_days: int
    is_change_of_mind_free: bool
    exchange_rule: str


def draw_policies(shop: Shop, incidents: tuple[Incident, ...], start: dt.date, seed: int) -> tuple[PolicyVersion, ...]:
    """Draw a shop's versions: an old one, one with a new rule for exchanges only, and the planted change.

    Args:
        shop: The shop.
        incidents: The shop's incidents.
        start: First day of orders.
        seed: Seed of the simulation.
    """
    rng = stream(seed, shop.merchant_id, "policies")
    change = incident_of(incidents, "policy_change")
    what = change.details["change"] if change else ""
    first_day = start - dt.timedelta(days=int(rng.integers(200, 600)))
    second_day = start + dt.timedelta(days=int(rng.integers(30, 120)))
    if change and second_day >= change.first_date:
        second_day = start - dt.timedelta(days=60)
    window = USUAL_WINDOW[shop.merchant_id]
    is_free = what == "payer"
    versions = [
        PolicyVersion(f"{first_day:%Y-%m-%d}", first_day, window, is_free, "same_price"),
        PolicyVersion(f"{second_day:%Y-%m-%d}", second_day, window, is_free, "any"),
    ]
    if change:
        last_window = SHORT_WINDOW[shop.merchant_id] if what == "window" else window
        versions.append(PolicyVersion(f"{change.first_date:%Y-%m-%d}", change.first_date, last_window, False, "any"))
    return tuple(versions)


def window_of_orders(versions: tuple[PolicyVersion, ...], order_date: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Window in days of each order, by the version in force when it was placed, shape (n,)."""
    days = np.array([version.valid_from for version in versions], dtype="datetime64[D]")
    at = np.searchsorted(days, order_date.astype("datetime64[D]"), side="right") - 1
    return np.array([version.window_days for version in versions])[np.maximum(at, 0)]
