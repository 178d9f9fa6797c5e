"""Planted causes of returns: which order lines meet one, and how likely it brings a unit back.

Belongs here: turning problems of goods and incidents of parcels into chances by order line. Not here: the
ordinary chance of a return.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.simulate.incidents import Incident, incident_of
from pipelines.simulate.parcels import Parcels
from pipelines.simulate.planted import PlantedProblem, problem_of_lines

DAMAGED_COMES_BACK = 0.72
LATE_COMES_BACK = 0.13


@dataclass(frozen=True)
class Causes:
    """The planted causes of a shop.

    Attributes:
        planted_ids: Id of each cause.
        reasons: Class and sub-reason of the returns that each cause makes, as ``class.sub_reason``.
        met: Cause that each order line meets, -1 = none, shape (lines,); where two meet, the first one.
        probability: Chance that a unit comes back for that cause alone, shape (lines,).
    """

    planted_ids: tuple[str, ...]
    reasons: tuple[str, ...]
    met: NDArray[np.intp]
    probability: NDArray[np.float64]


def find_causes(
    problems: tuple[PlantedProblem, ...],
    incidents: tuple[Incident, ...],
    orders: pl.DataFrame,
    lines: pl.DataFrame,
    parcels: Parcels,
) -> Causes:
    """Tell which cause each order line meets.

    Args:
        problems: Problems of the shop's goods.
        incidents: Its incidents.
        orders: Its orders.
        lines: Their lines.
        parcels: Their parcels.
    """
    dates = orders["order_date"].to_numpy()[lines["order"].to_numpy()]
    met = problem_of_lines(problems, lines["variant"].to_numpy(), dates)
    ids = [problem.planted_id for problem in problems]
    reasons = [f"{problem.true_class}.{problem.true_sub_reason}" for problem in problems]
    chances = [problem.extra_probability for problem in problems]
    for kind, reason, chance, is_hit in (
        ("carrier_damage_lane", "delivery.transit_damage", DAMAGED_COMES_BACK, pl.col("is_damaged")),
        ("holiday_lateness", "delivery.late", LATE_COMES_BACK, pl.col("is_late")),
    ):
        incident = incident_of(incidents, kind)
        if incident is None:
            continue
        hit = lines_of(parcels, is_hit & (pl.col("planted_id") == incident.planted_id), len(lines))
        met[hit & (met < 0)] = len(ids)
        ids.append(incident.planted_id)
        reasons.append(reason)
        chances.append(chance)
    return Causes(tuple(ids), tuple(reasons), met, np.array([*chances, 0.0])[met])


def lines_of(parcels: Parcels, is_wanted: pl.Expr, line_count: int) -> NDArray[np.bool_]:
    """Tell which order lines have a unit in a parcel of that kind, shape (lines,)."""
    is_parcel = parcels.table.select(is_wanted.alias("wanted"))["wanted"].to_numpy()
    found = np.zeros(line_count, dtype=bool)
    found[parcels.items["line"].to_numpy()[is_parcel[parcels.items["parcel"].to_numpy()]]] = True
    return found


def delivery_of_lines(parcels: Parcels, line_count: int) -> NDArray[np.int64]:
    """Moment at which the last unit of each line was delivered, 0 where none was, shape (lines,)."""
    delivered = np.zeros(line_count, dtype=np.int64)
    at = parcels.table["delivered_at"].to_numpy()[parcels.items["parcel"].to_numpy()]
    np.maximum.at(delivered, parcels.items["line"].to_numpy(), at)
    return delivered
