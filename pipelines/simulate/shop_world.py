"""One shop from its catalogue to its files and its truth.

Belongs here: the sequence of the steps for a shop. Not here: any of the steps, and what unites the shops (``world``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from pipelines.simulate import truth
from pipelines.simulate.broken import draw_broken
from pipelines.simulate.catalogue import build_catalogue
from pipelines.simulate.clocks import seconds
from pipelines.simulate.comments import with_comments
from pipelines.simulate.couriers import build_network, place_numbers
from pipelines.simulate.demand import first_day
from pipelines.simulate.exposure import count_exposure
from pipelines.simulate.files import ExportFile, write_files
from pipelines.simulate.fulfilment import fulfil
from pipelines.simulate.handling import handle_returns, known_on, settle_orders
from pipelines.simulate.incidents import Incident, draw_incidents, incident_of, place_incidents
from pipelines.simulate.orders import draw_orders
from pipelines.simulate.pages import describe_pages, draw_revision_date
from pipelines.simulate.parcels import draw_parcels
from pipelines.simulate.people import describe_people
from pipelines.simulate.planted import PlantedProblem, draw_problems, place_problems
from pipelines.simulate.policies import draw_policies
from pipelines.simulate.returns import World, draw_returns
from pipelines.simulate.shops import Shop
from pipelines.simulate.stock import hold_back
from pipelines.simulate.way_back import draw_way_back


@dataclass(frozen=True)
class ShopResult:
    """What a shop's simulation wrote.

    Attributes:
        files: Its exports, in the order of loading.
        truth_files: Its own truth files.
        summary: Counts, money and oddities.
        problems: Planted problems of its goods.
        incidents: Its planted incidents.
        exposure: By planted id, what could be hit and what was.
        broken: Its broken order records.
        parcels: Truth of its parcels.
        line_count: Order lines.
        return_count: Return requests in the newest file.
    """

    files: tuple[ExportFile, ...]
    truth_files: tuple[Path, ...]
    summary: dict[str, object]
    problems: tuple[PlantedProblem, ...]
    incidents: tuple[Incident, ...]
    exposure: dict[str, dict[str, int]]
    broken: pl.DataFrame
    parcels: pl.DataFrame
    line_count: int
    return_count: int


def simulate_shop(
    shop: Shop,
    output: Path,
    order_count: int,
    broken_count: int,
    until: dt.date,
    months: int,
    seed: int,
    report: Callable[[str], None],
) -> ShopResult:
    """Simulate one shop and write its files.

    Args:
        shop: The shop.
        output: Folder of the whole simulation.
        order_count: Its orders.
        broken_count: How many of them break.
        until: Day of the exports.
        months: Length of the period.
        seed: Seed of the simulation.
        report: Called with a line of text now and then.
    """
    folder = output / shop.merchant_id
    folder.mkdir(parents=True, exist_ok=True)
    start = first_day(until, months)
    report(f"{shop.name}: drawing {order_count:,} orders")
    network = build_network(shop, seed)
    catalogue = build_catalogue(shop, order_count, seed)
    problems = place_problems(draw_problems(seed), shop, catalogue, start, until)
    incidents = _free_label_after_payer(place_incidents(draw_incidents(seed), shop, catalogue, network, start, until))
    catalogue = describe_pages(shop, catalogue, problems, draw_revision_date(shop, problems, start, until, seed), seed)
    orders, lines = draw_orders(shop, catalogue, order_count, start, until, seed)
    people = describe_people(shop, orders["person"].n_unique(), seed)
    place = place_numbers(network, people["Zip"].to_numpy())[orders["recipient"].to_numpy()]
    orders = fulfil(shop, orders, until, seed)
    orders = hold_back(shop, orders, lines, incidents, until, seed)
    orders, parcels = draw_parcels(shop, network, orders, lines, place, incidents, until, seed)
    policies = draw_policies(shop, incidents, start, seed)
    world = World(shop, catalogue, orders, lines, parcels, problems, incidents, policies, until, seed)
    returns = draw_returns(world)
    way_back = draw_way_back(world, network, place, returns)
    requests = with_comments(shop, catalogue, handle_returns(world, returns, way_back), problems, seed)
    known = known_on(shop, requests, way_back, seconds(until))
    world = replace(world, orders=settle_orders(shop, orders, known, seed))
    report(f"{shop.name}: writing {len(lines):,} lines and {len(known):,} returns")
    written = write_files(
        folder,
        world,
        network,
        way_back,
        requests,
        known,
        people,
        draw_broken(shop, order_count, broken_count, seed),
        start,
        report,
    )
    truth_files = truth.write_shop_truth(output / "truth", world, known)
    return ShopResult(
        files=written.files,
        truth_files=truth_files,
        summary=truth.summarise_shop(shop, catalogue, world.orders, lines, known)
        | truth.summarise_parcels(world, way_back)
        | {"record_counts": written.counts},
        problems=problems,
        incidents=incidents,
        exposure=count_exposure(world, way_back, known),
        broken=written.broken,
        parcels=truth.parcels_truth(world, network, way_back, known),
        line_count=len(lines),
        return_count=len(known),
    )


def _free_label_after_payer(incidents: tuple[Incident, ...]) -> tuple[Incident, ...]:
    """Nobody needs an excuse while every label is free: the incentive begins with the label that costs."""
    change = incident_of(incidents, "policy_change")
    if change is None or change.details["change"] != "payer":
        return incidents
    return tuple(
        replace(incident, first_date=max(incident.first_date, change.first_date))
        if incident.kind == "label_incentive"
        else incident
        for incident in incidents
    )
