"""The files of a shop: their names, their days, the order in which they are loaded, and the writing of them all.

Belongs here: which files there are. Not here: what stands in any of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.simulate.clickpost_csv import write_report
from pipelines.simulate.clickpost_events import write_events
from pipelines.simulate.clocks import seconds
from pipelines.simulate.couriers import Network
from pipelines.simulate.export import write_orders, write_returns
from pipelines.simulate.handling import known_on
from pipelines.simulate.policy_toml import write_policies
from pipelines.simulate.products_csv import write_inventory, write_products
from pipelines.simulate.returns import World
from pipelines.simulate.shipments_csv import write_shipments
from pipelines.simulate.shops import STYLES
from pipelines.simulate.way_back import WayBack

# By the beginning of a file's name, in the order of loading on one day: the source that reads it.
SOURCES = {
    "policy": "policy_file",
    "products-bulk-edit": "bigcommerce_products_bulk_edit",
    "products": "bigcommerce_products",
    "sku-inventory": "bigcommerce_sku_inventory",
    "orders": "bigcommerce_orders",
    "shipments": "bigcommerce_shipments",
    "clickpost-report": "clickpost_report",
    "clickpost-events": "clickpost_events",
    "returns": "return_requests",
}
DAYS_BEFORE_LAST_RETURNS = 28
DAYS_BEFORE_LAST_REPORT = 14
# A report's window; the first one has everything.
REPORT_WINDOW_DAYS = 45
EVENT_DAYS = 14
DAYS_FROM_REVISION_TO_FILE = 3


@dataclass(frozen=True)
class ExportFile:
    """One file of a shop.

    Attributes:
        path: Where it is.
        source: Name of the source that reads it.
    """

    path: Path
    source: str


@dataclass(frozen=True)
class Written:
    """What was written for a shop.

    Attributes:
        files: Its files, in the order of loading.
        broken: Its broken order records, with file and line.
        counts: Records by file name, where they are not those of the orders or requests.
    """

    files: tuple[ExportFile, ...]
    broken: pl.DataFrame
    counts: dict[str, int]


def in_load_order(paths: Iterable[Path]) -> tuple[ExportFile, ...]:
    """Sort a shop's files into the order in which a shop's day brings them.

    Args:
        paths: Files whose names are a kind of ``SOURCES`` and the day of the export.

    Returns:
        The files by day, then by kind.
    """
    kinds = list(SOURCES)

    def place(path: Path) -> tuple[str, int, str]:
        kind, day = _kind_and_day(path)
        return day, kinds.index(kind), path.name

    return tuple(ExportFile(path, SOURCES[_kind_and_day(path)[0]]) for path in sorted(paths, key=place))


def _kind_and_day(path: Path) -> tuple[str, str]:
    return path.stem[:-11], path.stem[-10:]


def write_files(
    folder: Path,
    world: World,
    network: Network,
    way_back: WayBack,
    requests: pl.DataFrame,
    known: pl.DataFrame,
    people: pl.DataFrame,
    broken: pl.DataFrame,
    start: dt.date,
    report: Callable[[str], None],
) -> Written:
    """Write every file of a shop.

    Args:
        folder: Folder to write into.
        world: The shop's world.
        network: Its lanes.
        way_back: Its reverse parcels.
        requests: All of its return requests, known to their end.
        known: The requests as known on the day of the last export.
        people: Everybody's personal fields.
        broken: Orders to break.
        start: First day of orders.
        report: Called with a line of text now and then.
    """
    shop, until = world.shop, world.until
    counts: dict[str, int] = {}

    def path(kind: str, day: dt.date, ending: str = "csv") -> Path:
        return folder / f"{kind}-{day.isoformat()}.{ending}"

    orders_file = path("orders", until)
    found = write_orders(
        orders_file,
        shop,
        world.catalogue,
        world.orders,
        world.lines,
        people,
        broken,
        lambda done: report(f"{shop.name}: {done:,} of {len(world.orders):,} orders written"),
    )
    earlier = until - dt.timedelta(days=DAYS_BEFORE_LAST_RETURNS)
    before = known_on(shop, requests, way_back, seconds(earlier))
    write_returns(path("returns", earlier), shop, world.catalogue, world.orders, world.lines, before)
    write_returns(path("returns", until), shop, world.catalogue, world.orders, world.lines, known)
    report(f"{shop.name}: writing parcels, products and policies")
    shipments = path("shipments", until)
    counts[shipments.name] = write_shipments(shipments, world, people)
    kind = "products" if STYLES[shop.merchant_id].is_multistorefront else "products-bulk-edit"
    revised = (world.catalogue.revision_date or start) + dt.timedelta(days=DAYS_FROM_REVISION_TO_FILE)
    for day in (start, min(revised, until)):
        write_products(path(kind, day), shop, world.catalogue, world.incidents, day, world.seed)
    for day in (earlier, until):
        write_inventory(path("sku-inventory", day), shop, world.catalogue, world.incidents, day, world.seed)
    first_report = until - dt.timedelta(days=DAYS_BEFORE_LAST_REPORT)
    windows = ((start - dt.timedelta(days=30), first_report), (until - dt.timedelta(days=REPORT_WINDOW_DAYS), until))
    for begin, end in windows:
        target = path("clickpost-report", end)
        told = write_report(target, world, network, way_back, requests, people, seconds(begin), seconds(end))
        counts[target.name] = sum(told)
    events = path("clickpost-events", until, "jsonl")
    counts[events.name] = write_events(
        events, world, network, way_back, requests, seconds(until - dt.timedelta(days=EVENT_DAYS)), seconds(until)
    )
    write_policies(path("policy", until, "toml"), shop, world.policies)
    return Written(
        files=in_load_order(folder.iterdir()),
        broken=found.select(
            pl.lit(shop.merchant_id).alias("shop"), pl.lit(orders_file.name).alias("file"), "line", "order_id", "kind"
        ),
        counts=counts,
    )
