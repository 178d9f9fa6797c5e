"""Parcels and twins over made-up worlds: no row is lost or counted twice, and the order of rows changes nothing.

Waybills are drawn from few numbers, so that orders share them, rows lack them, and scans name no order or direction.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import pytest
from declared_tables import database

from pipelines.sql_tables import SqlTable, all_sql_tables

MADE = (
    "core.parcel_scans",
    "core.parcel_tellings",
    "core.parcels",
    "core.parcel_lines",
    "core.order_units",
    "core.order_line_rto",
    "core.return_line_matches",
    "core.return_line_twins",
    "core.return_units",
)
START = datetime(2026, 3, 1)
STATUSES = ("in_transit", "delivered", "rto_in_transit", "rto_delivered", "failed_delivery", "order_placed", None)
OUTCOMES = ("in_transit", "delivered", "returned_to_origin", "cancelled", "unknown", None)
Row = dict[str, Any]
World = dict[str, list[Row]]


def _tables() -> list[SqlTable]:
    return [table for name, table in all_sql_tables().items() if name in MADE]


def _moment(draw: random.Random) -> datetime:
    return START + timedelta(hours=draw.randint(0, 40) * 6)


def made_world(seed: int) -> World:
    """Orders, parcels of a shop and an aggregator, scans and return lines of two sources."""
    draw = random.Random(seed)  # noqa: S311 - a made-up world, not a secret
    orders = ["100", "101", "102", "103"]
    awbs = ["W1", "w1 ", "W2", "W3", None]
    world: World = {
        "core.orders": [
            {"order_id": order, "placed_date": START.date(), "status": "shipped", "total_quantity": 3}
            for order in orders[:3]
        ],
        "core.order_lines": [
            {"order_id": order, "order_line_id": line, "product_id": line, "sku": f"S{line}", "quantity": 1}
            for order in orders
            for line in ("1", "2", "3")
        ],
        "core.shipments": [],
        "core.shipment_lines": [],
        "core.tracking_events": [],
        "core.return_lines": [],
    }
    for number in range(12):
        awb = draw.choice(awbs)
        identity = awb if awb and draw.random() < 0.4 else f"S-{number}"
        if identity in {row["shipment_id"] for row in world["core.shipments"]}:
            continue
        world["core.shipments"].append(
            {
                "shipment_id": identity,
                "awb": awb,
                "order_id": draw.choice([*orders, None]),
                "reference_number": draw.choice(["100", "R", None]),
                "direction": draw.choice(["forward", "forward", "reverse", None]),
                "carrier": draw.choice(["UPS", "DHL", None]),
                "status": draw.choice(STATUSES),
                "outcome": draw.choice(OUTCOMES),
                "delivered_at": draw.choice([_moment(draw), None]),
                "rto_marked_at": draw.choice([_moment(draw), None, None]),
                "observed_at": draw.choice([_moment(draw), None]),
                "last_changed_at": _moment(draw),
            }
        )
        world["core.shipment_lines"] += [
            {
                "shipment_id": identity,
                "shipment_line_id": line,
                "sku": draw.choice([f"S{line}", "NEW", None]),
                "quantity": draw.choice([1, 2, None]),
            }
            for line in ("1", "2")[: draw.randint(0, 2)]
        ]
    scans = {}
    for number in range(25):
        identity = draw.choice(["W1", "W2", "W4", "S-1", "S-2"])
        scans[identity, number % 9] = {
            "shipment_id": identity,
            "happened_at": START + timedelta(hours=number % 9),
            "code_raw": str(draw.randint(1, 3)),
            "code": draw.choice(STATUSES),
            "awb": draw.choice([identity, None]),
            "order_id": draw.choice(["100", None, None]),
            "direction": draw.choice(["forward", "reverse", None]),
        }
    world["core.tracking_events"] = list(scans.values())
    world["core.return_lines"] = [
        {
            "return_line_id": f"L{number}",
            "reason_list": draw.choice(["bigcommerce", "clickpost"]),
            "order_id": draw.choice(["100", "101", None]),
            "sku": draw.choice(["S1", "S2", None]),
            "awb": draw.choice(awbs),
            "forward_awb": draw.choice(awbs),
            "comment": draw.choice(["words", None]),
            "status": draw.choice(["received", "rejected", None]),
            "quantity": 1,
            "requested_date": draw.choice([date(2026, 3, draw.randint(1, 31)), None]),
        }
        for number in range(14)
    ]
    return {name: [{"merchant_id": "demo", **row} for row in rows] for name, rows in world.items()}


def built(world: World) -> duckdb.DuckDBPyConnection:
    tables = _tables()
    names = {table.full_name for table in tables}
    connection = database({name for table in tables for name in table.dependencies} - names, world)
    for table in tables:
        connection.execute(f"create table {table.full_name} as {table.sql}")
    return connection


def contents(connection: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[Any, ...]]]:
    return {name: connection.execute(f"select * from {name} order by all").fetchall() for name in MADE}


def failing(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Checks of the headers that do not hold."""
    for table in _tables():
        for check in table.checks:
            if check.kind == "assert":
                query = f"select count(*) from {table.full_name} where not ({check.expression})"
            elif check.kind == "not_null":
                query = f"select count(*) from {table.full_name} where {check.columns[0]} is null"
            else:
                query = f"select count(*) - count(distinct ({', '.join(check.columns)})) from {table.full_name}"
            if connection.execute(query).fetchone() != (0,):
                yield f"{table.full_name}: {check.name}"


@pytest.mark.parametrize("seed", range(12))
def test_nothing_is_lost_and_the_order_of_rows_changes_nothing(seed: int) -> None:
    world = made_world(seed)
    with built(world) as connection:
        found = contents(connection)
        assert list(failing(connection)) == []
        counts = connection.execute(
            "select sum(shipment_count), sum(event_count), count(*) filter (where is_rto) from core.parcels"
        ).fetchone()
        paired = connection.execute(
            "select count(*) from core.return_line_twins as twins"
            " semi join core.return_line_twins as others on twins.twin_return_line_id = others.return_line_id"
        ).fetchone()
    assert counts is not None
    assert counts[:2] == (len(world["core.shipments"]), len(world["core.tracking_events"]))
    assert paired == (0,), "a line that stands for another does not count itself"

    draw = random.Random(seed)  # noqa: S311 - a made-up world, not a secret
    for rows in world.values():
        draw.shuffle(rows)
    with built(world) as connection:
        assert contents(connection) == found
