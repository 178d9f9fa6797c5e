"""The demo shops' exports of two successive days: all that was known at a moment, and what came or changed after it.

``python -m benchmarks.two_days --output DIR --orders 1000000 --day-orders 2000`` writes ``DIR/first/<merchant>`` with
that many orders of both shops together, and ``DIR/day/<merchant>`` with what the same shops would export a little
later: the new orders, parcels and requests, and the records of older ones that changed since, as they stand then.
The moment lies as far before the end as these new orders took to come, so that the day of a shop four times as large
is a fourth of a day, with a fourth of that day's scans and returns. Catalogue, stock and policies are no part of the
day.

Belongs here: what a file of either day holds. Not here: what stands in a record, which is the simulator's; its last
step, the writing of a shop's files, is taken over from outside.
"""

from __future__ import annotations

import os

os.environ.setdefault("POLARS_MAX_THREADS", "2")

import argparse
import datetime as dt
import inspect
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from pipelines.simulate import shipments_csv, shop_world, simulate
from pipelines.simulate.clickpost_csv import write_report
from pipelines.simulate.clickpost_events import write_events
from pipelines.simulate.clocks import DAY, seconds
from pipelines.simulate.couriers import Network
from pipelines.simulate.export import write_orders, write_returns
from pipelines.simulate.files import (
    DAYS_BEFORE_LAST_REPORT,
    DAYS_BEFORE_LAST_RETURNS,
    DAYS_FROM_REVISION_TO_FILE,
    EVENT_DAYS,
    REPORT_WINDOW_DAYS,
    Written,
    in_load_order,
    write_files,
)
from pipelines.simulate.handling import known_on
from pipelines.simulate.parcels import NEVER
from pipelines.simulate.policy_toml import write_policies
from pipelines.simulate.products_csv import write_inventory, write_products
from pipelines.simulate.returns import World
from pipelines.simulate.shops import STYLES
from pipelines.simulate.way_back import WayBack

UNTIL = dt.date(2026, 11, 1)
DAY_ORDERS = 2_000
_DAYS_OF_RATE = 7
_UNSHIPPED, _UNREFUNDED = "Awaiting fulfillment", "Shipped"
_REFUNDED = ("Refunded", "Partially refunded")


@dataclass(frozen=True)
class Cut:
    """Where the first day ends.

    Attributes:
        row: first row of the orders that belongs to the second day.
        moment: seconds since 1970 on the shop's clock.
        end: end of the second day.
    """

    row: int
    moment: int
    end: int

    @property
    def date(self) -> dt.date:
        """Local date of the moment: the day of the first export."""
        return dt.datetime.fromtimestamp(self.moment, dt.UTC).date()


def write_two_days(output: Path, orders: int, day_orders: int, seed: int) -> dict[str, dict[str, list[str]]]:
    """Write both days of both shops.

    Args:
        output: folder, made if need be.
        orders: orders of the first day's files.
        day_orders: new orders of the second.
        seed: seed of the simulation.

    Returns:
        ``first`` and ``day``, each merchant id to paths in the order of loading.
    """
    share = day_orders / (orders + day_orders)

    parameters = inspect.signature(write_files)

    def write(*arguments: Any, **named: Any) -> Written:
        """In the place of the simulator's own writing, with its parameters."""
        given = parameters.bind(*arguments, **named).arguments
        world = given["world"]
        told = {name: given[name] for name in ("network", "way_back", "requests", "people", "broken", "start")}
        shop = _Shop(world, **told, cut=cut_of(world, share))
        merchant_id = world.shop.merchant_id
        given["report"](f"{world.shop.name}: writing two days")
        found = shop.write_first(_made(output / "first" / merchant_id))
        shop.write_day(_made(output / "day" / merchant_id))
        return Written(files=in_load_order((output / "first" / merchant_id).iterdir()), broken=found, counts={})

    vars(shop_world)["write_files"] = write
    simulate(output / "world", orders=orders + day_orders, seed=seed, until=UNTIL)
    return {
        name: {
            folder.name: [str(file.path) for file in in_load_order(folder.iterdir())]
            for folder in sorted((output / name).iterdir())
        }
        for name in ("first", "day")
    }


def cut_of(world: World, share: float) -> Cut:
    """Find the moment since when the last orders came, at the rate of the shop's last week.

    Args:
        world: the shop.
        share: orders of the second day / all of its orders.
    """
    count = round(share * len(world.orders))
    end = seconds(world.until)
    week_ago = np.datetime64(world.until) - _DAYS_OF_RATE
    last_week = int((world.orders["order_date"].to_numpy() >= week_ago).sum())
    took = round(count / max(last_week, 1) * _DAYS_OF_RATE * DAY)
    return Cut(row=len(world.orders) - count, moment=end - min(took, EVENT_DAYS * DAY - 3_600), end=end)


class _Shop:
    """A shop whose world is known to its end, seen at two moments."""

    def __init__(
        self,
        world: World,
        network: Network,
        way_back: WayBack,
        requests: pl.DataFrame,
        people: pl.DataFrame,
        broken: pl.DataFrame,
        start: dt.date,
        cut: Cut,
    ) -> None:
        self.cut = cut
        table = _after_their_orders(world.parcels.table, cut)
        self.world = replace(world, parcels=replace(world.parcels, table=table))
        self.network, self.way_back, self.requests = network, way_back, requests
        self.people, self.broken, self.start = people, broken, start

    def write_first(self, folder: Path) -> pl.DataFrame:
        """Everything up to the cut, as it stood there; returns the broken orders with their lines."""
        world, cut, until = self.world, self.cut, self.world.until
        earlier = until - dt.timedelta(days=DAYS_BEFORE_LAST_RETURNS)
        orders = folder / f"orders-{cut.date}.csv"
        state, _ = self._orders_at_cut()
        found = self._write_orders(orders, state, np.arange(cut.row))
        self._write_shipments(folder / f"shipments-{cut.date}.csv", 0, cut.moment, orphan_share=None)
        for day, moment in ((earlier, seconds(earlier)), (cut.date, cut.moment)):
            known = known_on(world.shop, self.requests, self.way_back, moment)
            self._write_returns(folder / f"returns-{day}.csv", known)
            write_inventory(
                folder / f"sku-inventory-{day}.csv", world.shop, world.catalogue, world.incidents, day, world.seed
            )
        kind = "products" if STYLES[world.shop.merchant_id].is_multistorefront else "products-bulk-edit"
        revised = (world.catalogue.revision_date or self.start) + dt.timedelta(days=DAYS_FROM_REVISION_TO_FILE)
        for day in (self.start, min(revised, cut.date)):
            write_products(folder / f"{kind}-{day}.csv", world.shop, world.catalogue, world.incidents, day, world.seed)
        report = until - dt.timedelta(days=DAYS_BEFORE_LAST_REPORT)
        self._write_report(
            folder / f"clickpost-report-{report}.csv", self.start - dt.timedelta(days=30), seconds(report)
        )
        self._write_report(
            folder / f"clickpost-report-{cut.date}.csv", until - dt.timedelta(days=REPORT_WINDOW_DAYS), cut.moment
        )
        events = folder / f"clickpost-events-{cut.date}.jsonl"
        self._write_events(events, seconds(until - dt.timedelta(days=EVENT_DAYS)), cut.moment)
        write_policies(folder / f"policy-{cut.date}.toml", world.shop, world.policies)
        return found.select(
            pl.lit(world.shop.merchant_id).alias("shop"), pl.lit(orders.name).alias("file"), "line", "order_id", "kind"
        )

    def write_day(self, folder: Path) -> None:
        """What is new since the cut and what changed since, as it stands at the end."""
        world, cut, until = self.world, self.cut, self.world.until
        _, changed = self._orders_at_cut()
        rows = np.concatenate([np.flatnonzero(changed[: cut.row]), np.arange(cut.row, len(world.orders))])
        self._write_orders(folder / f"orders-{until}.csv", world.orders, rows)
        self._write_shipments(folder / f"shipments-{until}.csv", cut.moment, cut.end, orphan_share=0.0)
        known = known_on(world.shop, self.requests, self.way_back, cut.end)
        self._write_returns(folder / f"returns-{until}.csv", known.filter(pl.col("updated_at") >= cut.moment))
        self._write_report(folder / f"clickpost-report-{until}.csv", cut.moment, cut.end)
        self._write_events(folder / f"clickpost-events-{until}.jsonl", cut.moment, cut.end)

    def _orders_at_cut(self) -> tuple[pl.DataFrame, np.ndarray]:
        """The orders with what happened to them after the cut undone, and which of them that concerns."""
        world, moment = self.world, self.cut.moment
        orders, parcels = world.orders, world.parcels.table
        count = len(orders)
        first = np.full(count, NEVER, dtype=np.int64)
        np.minimum.at(first, parcels["order"].to_numpy(), parcels["shipped_at"].to_numpy())
        is_shipped_later = (first >= moment) & orders["date_shipped"].is_not_null().to_numpy()
        known = known_on(world.shop, self.requests, self.way_back, self.cut.end)
        refunded = known.filter((pl.col("refund_cents") > 0) & (pl.col("resolved_at") >= moment))["order"].to_numpy()
        back = parcels.filter(pl.col("rto_delivered_at").is_between(moment, self.cut.end, closed="left"))["order"]
        is_refunded_later = np.zeros(count, dtype=bool)
        is_refunded_later[np.concatenate([refunded, back.to_numpy()])] = True
        is_refunded_later &= orders["refund"].to_numpy() > 0
        state = orders.with_columns(
            pl.when(pl.Series(is_shipped_later))
            .then(pl.lit(_UNSHIPPED))
            .when(pl.Series(is_refunded_later) & pl.col("status").is_in(_REFUNDED))
            .then(pl.lit(_UNREFUNDED))
            .otherwise("status")
            .alias("status"),
            pl.when(~pl.Series(is_shipped_later)).then("date_shipped").alias("date_shipped"),
            pl.when(pl.Series(is_shipped_later)).then(0).otherwise("total_shipped").alias("total_shipped"),
            pl.when(pl.Series(is_refunded_later | is_shipped_later)).then(0).otherwise("refund").alias("refund"),
        )
        return state, is_shipped_later | is_refunded_later

    def _write_orders(self, path: Path, orders: pl.DataFrame, rows: np.ndarray) -> pl.DataFrame:
        """Write some orders, given by ascending row; lines and broken records count the rows of what is written."""
        place = np.full(len(orders), -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        placed = pl.Series("order", place)
        lines = self.world.lines.with_columns(placed.gather(self.world.lines["order"])).filter(pl.col("order") >= 0)
        broken = self.broken.with_columns(placed.gather(self.broken["order"])).filter(pl.col("order") >= 0)
        return write_orders(
            path, self.world.shop, self.world.catalogue, orders[rows], lines, self.people, broken, lambda _: None
        )

    def _write_returns(self, path: Path, known: pl.DataFrame) -> None:
        world = self.world
        write_returns(path, world.shop, world.catalogue, world.orders, world.lines, known)

    def _write_shipments(self, path: Path, begin: int, end: int, orphan_share: float | None) -> None:
        """Parcels sent in a period: the others get no moment of sending, because rows are known by their position.

        Parcels of orders that are older than the orders file are repeated from the first ones, so only once.
        """
        table = self.world.parcels.table
        sent = pl.when(pl.col("shipped_at").is_between(begin, end, closed="left")).then("shipped_at").otherwise(NEVER)
        world = replace(
            self.world, parcels=replace(self.world.parcels, table=table.with_columns(sent.alias("shipped_at")))
        )
        usual = shipments_csv.ORPHAN_SHARE
        vars(shipments_csv)["ORPHAN_SHARE"] = usual if orphan_share is None else orphan_share
        try:
            write_shipments_of(path, world, self.people)
        finally:
            vars(shipments_csv)["ORPHAN_SHARE"] = usual

    def _write_report(self, path: Path, begin: dt.date | int, end: int) -> None:
        first = begin if isinstance(begin, int) else seconds(begin)
        write_report(path, self.world, self.network, self.way_back, self.requests, self.people, first, end)

    def _write_events(self, path: Path, begin: int, end: int) -> None:
        write_events(path, self.world, self.network, self.way_back, self.requests, begin, end)


def write_shipments_of(path: Path, world: World, people: pl.DataFrame) -> None:
    """Write the parcels that were sent, or a header where none was."""
    if world.parcels.table["shipped_at"].min() == NEVER:
        raise ValueError(f"{path}: no parcel was sent in this period; take more orders")
    shipments_csv.write_shipments(path, world, people)


def _after_their_orders(table: pl.DataFrame, cut: Cut) -> pl.DataFrame:
    """Parcels with no moment before their order: orders know their day only, and the cut may be within one."""
    moments = [name for name in table.columns if name.endswith("_at")]
    return table.with_columns(
        pl.when((pl.col("order") >= cut.row) & (pl.col(name) < cut.moment))
        .then(cut.moment)
        .otherwise(name)
        .cast(table.schema[name])
        .alias(name)
        for name in moments
    )


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def main() -> None:
    """Write the files and print their paths as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.two_days", description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--orders", type=int, default=60_000, help="orders of both shops on the first day")
    parser.add_argument("--day-orders", type=int, default=DAY_ORDERS, help="new orders of the second day")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    print(json.dumps(write_two_days(options.output, options.orders, options.day_orders, options.seed)))


if __name__ == "__main__":
    main()
