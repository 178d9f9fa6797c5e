"""How much of what a planted thing could hit it did hit, for judging detectors.

Belongs here: counts by planted id. Not here: the planting.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from pipelines.simulate.causes import lines_of
from pipelines.simulate.clocks import DAY, seconds
from pipelines.simulate.incidents import Incident
from pipelines.simulate.parcels import on_lane
from pipelines.simulate.planted import problem_of_lines
from pipelines.simulate.returns import World, exposed_to_incentive
from pipelines.simulate.stock import orders_short_of_stock
from pipelines.simulate.way_back import WayBack, at_depot


def count_exposure(world: World, way_back: WayBack, returns: pl.DataFrame) -> dict[str, dict[str, int]]:
    """Count what each planted thing could hit and what it hit before the export.

    Args:
        world: The shop's world.
        way_back: Its reverse parcels.
        returns: Its requests as known on the day of the export.

    Returns:
        Planted id to counts. Every one has units_exposed and units_hit: units sold and units that came back for
        it, or what its kind counts instead (parcels, orders, requests; ``counted`` of the truth tells).
    """
    dates = world.orders["order_date"].gather(world.lines["order"]).to_numpy()
    met = problem_of_lines(world.problems, world.lines["variant"].to_numpy(), dates)
    quantity = world.lines["quantity"].to_numpy()
    back = dict(returns.group_by("planted_id").agg(pl.col("quantity").sum()).iter_rows())
    counts: dict[str, dict[str, int]] = {}
    for index, problem in enumerate(world.problems):
        sold, planted = int(quantity[met == index].sum()), int(back.get(problem.planted_id, 0))
        counts[problem.planted_id] = {
            "sold_unit_count": sold,
            "planted_return_unit_count": planted,
            "units_exposed": sold,
            "units_hit": planted,
        }
    for incident in world.incidents:
        counts[incident.planted_id] = _of_incident(incident, world, way_back, returns, back, quantity)
    return counts


COUNTED = {
    "carrier_damage_lane": "units",
    "holiday_lateness": "units",
    "phantom_pickups": "reverse parcels",
    "qc_loop": "reverse parcels",
    "policy_change": "units sold since; units that came back of them",
    "label_incentive": "requests",
    "stock_out": "orders; those cancelled",
}


def _of_incident(
    incident: Incident,
    world: World,
    way_back: WayBack,
    returns: pl.DataFrame,
    back: dict[str, int],
    quantity: np.ndarray,
) -> dict[str, int]:
    parcels, reverse = world.parcels.table, way_back.table.filter(pl.col("booked_at") < seconds(world.until))
    hit = pl.col("planted_id") == incident.planted_id
    if incident.kind in ("carrier_damage_lane", "holiday_lateness"):
        ship_day = parcels["shipped_at"].to_numpy() // DAY
        if incident.kind == "carrier_damage_lane":
            exposed = on_lane(
                incident,
                ship_day,
                parcels["carrier"].to_numpy(),
                parcels["warehouse"].to_numpy(),
                parcels["place"].to_numpy(),
            )
        else:
            first, last = seconds(incident.first_date) // DAY, seconds(incident.last_date) // DAY
            exposed = (ship_day >= first) & (ship_day <= last)
        lines = lines_of(world.parcels, pl.lit(pl.Series(exposed)), len(world.lines))
        return {
            "parcels_exposed": int(exposed.sum()),
            "parcels_hit": parcels.filter(hit).height,
            "units_exposed": int(quantity[lines].sum()),
            "units_hit": int(back.get(incident.planted_id, 0)),
        }
    if incident.kind == "phantom_pickups":
        times = (reverse["carrier"].to_numpy(), reverse["place"].to_numpy(), reverse["booked_at"].to_numpy())
        return {
            "units_exposed": int(at_depot(incident, *times).sum()),
            "units_hit": reverse.filter(pl.col("invented_attempts") > 0).height,
            "invented_attempt_count": int(reverse["invented_attempts"].sum()),
        }
    if incident.kind == "qc_loop":
        wrong = returns.filter(
            pl.col("true_sub_reason") == "wrong_item", pl.col("requested_at") >= seconds(incident.first_date)
        )
        return {
            "units_exposed": reverse.join(wrong, on="basket", how="semi").height,
            "units_hit": reverse.filter(hit).height,
        }
    if incident.kind == "stock_out":
        orders = orders_short_of_stock(incident, world.orders, world.lines)
        cancelled = world.orders[orders].filter(
            pl.col("held_by") == incident.planted_id, pl.col("status") == "Cancelled"
        )
        return {"units_exposed": len(orders), "units_hit": cancelled.height}
    if incident.kind == "label_incentive":
        exposed = exposed_to_incentive(incident, returns, returns["true_class"].to_numpy())
        return {"units_exposed": int(exposed.sum()), "units_hit": returns.filter(hit).height}
    is_after = world.orders["order_date"] >= incident.first_date
    sold = int(quantity[is_after.gather(world.lines["order"]).to_numpy()].sum())
    came = returns.filter(is_after.gather(returns["order"]))
    return {"units_exposed": sold, "units_hit": int(came["quantity"].sum())}
