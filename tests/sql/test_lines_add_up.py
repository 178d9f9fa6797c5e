"""What is counted line by line adds up to what is counted by order, over made-up worlds in which everything goes wrong.

Units of lines to those of their order, units laid on lines to those of their request, counts of days to both; a plain
recount lays the same returns on the same lines, and the order of rows changes nothing.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from broken_world import World, broken_world
from declared_tables import database, reference_rows
from recounted_rates import laid_units

from pipelines.sql_tables import SqlTable, all_sql_tables

NEW = (
    "core.line_parcels",
    "core.line_units",
    "core.line_returns",
    "core.carrier_transit",
    "core.line_starts",
    "core.sold_days",
    "core.returned_days",
    "core.report_periods",
)
KEYS = (
    "merchant_id, product_id, variant_id, category, supplier, brand, fulfilment_type, window_class, horizon_days,"
    " order_week, start_date"
)
SEEDS = (1, 2, 3)


def _made() -> list[SqlTable]:
    """The new tables with all that they read, in the order in which they are made."""
    tables, found = all_sql_tables(), set(NEW)
    while more := {
        name
        for known in found
        for name in tables[known].dependencies
        if name in tables and tables[name].schema == "core" and name not in found
    }:
        found |= more
    return [table for name, table in tables.items() if name in found]


def made_world(seed: int) -> World:
    """A broken world; with partly shipped orders, units that no line holds, returns of items that nobody ordered."""
    world = broken_world(seed, ("demo", "other", "bare"), order_count=220, orders_of_a_waybill=60)
    draw = random.Random(seed)  # noqa: S311 - a made-up world, not a secret
    for order in world["core.orders"]:
        shipped = order["shipped_quantity"]
        if shipped and draw.random() < 0.4:
            order["shipped_quantity"] = max(shipped + draw.choice((-2, -1, 2)), 0)
    for request in world["core.return_lines"]:
        if draw.random() < 0.25:
            request |= {"product_id": draw.choice(("301", "unknown")), "sku": None, "order_line_id": None}
    for parcel in world["core.shipments"]:
        parcel["carrier"] = draw.choice(("UPS", "DHL", None))
    for policy in world["core.policies"]:
        policy["window_clock"] = {"demo": "delivered", "other": "ordered"}.get(policy["merchant_id"])
    return world


def built(world: World) -> duckdb.DuckDBPyConnection:
    tables = _made()
    given: dict[str, Any] = {}
    for table in tables:
        given |= {name: list(rows) for name, rows in reference_rows(table).items()}
    read = {name for table in tables for name in table.dependencies} - {table.full_name for table in tables}
    connection = database(read, given | {name: rows for name, rows in world.items() if name in read})
    for table in tables:
        connection.execute(f"create table {table.full_name} as {table.sql}")
    return connection


@pytest.fixture(scope="module", params=SEEDS)
def house(request: pytest.FixtureRequest) -> Iterator[duckdb.DuckDBPyConnection]:
    with built(made_world(request.param)) as connection:
        yield connection


def found(house: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return house.execute(query).fetchall()


def test_lines_add_up_to_their_orders(house: duckdb.DuckDBPyConnection) -> None:
    wrong = found(
        house,
        "with lines as (select merchant_id, order_id, sum(shipped_quantity) as shipped, sum(rto_quantity) as rto,"
        " sum(eligible_quantity) as eligible from core.line_units group by all)"
        " from core.order_units full join lines using (merchant_id, order_id)"
        " where (shipped_quantity, rto_quantity, eligible_quantity)"
        " is distinct from (coalesce(shipped, 0), coalesce(rto, 0), coalesce(eligible, 0))",
    )
    assert wrong == []
    kinds = found(
        house,
        "select count(*) filter (where order_line_id = '-'),"
        " count(*) filter (where shipped_quantity between 1 and ordered_quantity - 1),"
        " (select count(*) from core.order_units where rto_quantity between 1 and shipped_quantity - 1),"
        " count(delivered_date) from core.line_units",
    )[0]
    assert min(kinds) > 0, f"a world without what is to be shown: {kinds}"


def test_units_laid_on_lines_add_up_to_their_requests(house: duckdb.DuckDBPyConnection) -> None:
    wrong = found(
        house,
        "with laid as (select merchant_id, return_line_id, sum(returned_quantity) as laid,"
        " sum(excess_returned_quantity) as excess from core.line_returns group by all)"
        " from (from core.return_units where is_counted) as units full join laid using (merchant_id, return_line_id)"
        " where not coalesce(laid + excess = requested_quantity and laid <= returned_quantity, false)",
    )
    assert wrong == []
    beyond = found(
        house,
        "with laid as (select merchant_id, order_id, order_line_id, sum(returned_quantity) as laid"
        " from core.line_returns group by all)"
        " from laid left join core.line_units using (merchant_id, order_id, order_line_id)"
        " where laid > coalesce(eligible_quantity, 0)",
    )
    assert beyond == []


def recounted(house: duckdb.DuckDBPyConnection) -> dict[tuple[str, str, str], int]:
    """Units by merchant, request and line, laid one request after the other."""
    lines: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for merchant, order, line, product, eligible in found(
        house,
        "select merchant_id, order_id, order_line_id, product_id, eligible_quantity from core.line_units"
        " order by merchant_id, order_id, length(order_line_id), order_line_id",
    ):
        lines[merchant, order].append({"line": line, "product": product, "room": eligible})
    requests = found(
        house,
        "select (merchant_id, order_id), return_line_id, product_id, order_line_id, returned_quantity"
        " from core.return_units left join core.return_line_matches using (merchant_id, return_line_id, order_id)"
        " where is_counted order by known_date nulls last, return_line_id",
    )
    laid = laid_units(lines, requests)
    return {(merchant, request, line): units for ((merchant, _), request, line), units in laid.items()}


def test_a_plain_recount_lays_the_same_units_on_the_same_lines(house: duckdb.DuckDBPyConnection) -> None:
    rows = found(
        house,
        "select merchant_id, return_line_id, order_line_id, returned_quantity from core.line_returns"
        " where returned_quantity > 0",
    )
    assert {row[:3]: row[3] for row in rows} == recounted(house)
    assert len(rows) > 50


def test_counts_of_days_add_up_to_the_lines(house: duckdb.DuckDBPyConnection) -> None:
    totals = found(
        house,
        "select (select sum(quantity) from core.sold_days) = (select sum(eligible_quantity) from core.order_units),"
        " (select sum(quantity) from core.returned_days) = (select sum(returned_quantity) from core.line_returns),"
        " (select count(*) from core.line_starts)"
        " = (select count(*) from core.line_units where eligible_quantity > 0)",
    )
    assert totals == [(True, True, True)]
    beyond = found(
        house,
        f"with came as (select {KEYS}, sum(quantity) as came_back from core.returned_days group by all)"
        f" from came left join core.sold_days using ({KEYS}) where came_back > coalesce(quantity, 0)",
    )
    assert beyond == []
    horizons = found(
        house,
        "select max(number) from (select count(distinct horizon_days) as number from core.line_starts"
        " group by merchant_id, window_class)",
    )
    assert horizons == [(1,)]


def test_checks_of_the_headers_hold(house: duckdb.DuckDBPyConnection) -> None:
    for name in NEW:
        for check in all_sql_tables()[name].checks:
            if check.kind == "assert":
                query = f"select count(*) from {name} where not ({check.expression})"
            elif check.kind == "not_null":
                query = f"select count(*) from {name} where {check.columns[0]} is null"
            else:
                query = f"select count(*) - count(distinct ({', '.join(check.columns)})) from {name}"
            assert found(house, query) == [(0,)], f"{name}: {check.name}"


def test_the_order_of_rows_changes_nothing() -> None:
    world, contents = made_world(SEEDS[0]), []
    for shuffled in (False, True):
        if shuffled:
            draw = random.Random(7)  # noqa: S311 - a made-up world, not a secret
            for rows in world.values():
                draw.shuffle(rows)
        with built(world) as connection:
            contents.append({name: found(connection, f"from {name} order by all") for name in NEW})
    assert contents[0] == contents[1]
