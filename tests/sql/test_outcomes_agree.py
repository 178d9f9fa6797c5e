"""Outcomes, retained revenue and cancellations over a made-up world where everything goes wrong: nothing is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from broken_world import broken_world
from declared_tables import database, reference_rows

from pipelines.sql_tables import SqlTable, all_sql_tables

MERCHANTS = ("demo", "other", "bare")
WANTED = ("marts.return_outcomes", "marts.retained_revenue", "marts.order_cancellations", "marts.repurchases")
REASONS = ("Inventory", "customer", "changed my mind", None)


def _made() -> list[SqlTable]:
    """The wanted tables and all that they read, in the order in which they are built."""
    tables = all_sql_tables()
    needed: set[str] = set()

    def need(name: str) -> None:
        if name in tables and name not in needed and tables[name].schema != "staging":
            needed.add(name)
            for dependency in tables[name].dependencies:
                need(dependency)

    for name in WANTED:
        need(name)
    return [table for name, table in tables.items() if name in needed]


@pytest.fixture(scope="module", params=(1, 2))
def world(request: pytest.FixtureRequest) -> Iterator[duckdb.DuckDBPyConnection]:
    given: dict[str, Any] = broken_world(request.param, MERCHANTS)
    for number, order in enumerate(given["core.orders"]):
        order["cancel_reason"] = REASONS[number % 4]
        order["customer_key"] = f"K{number % 130}"
    tables = _made()
    read = {name for table in tables for name in table.dependencies} - {table.full_name for table in tables}
    for table in tables:
        given |= {name: list(rows) for name, rows in reference_rows(table).items()}
    with database(read | set(given), given) as connection:
        for table in tables:
            connection.execute(f"create table {table.full_name} as {table.sql}")
        yield connection


def dicts(world: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    """Rows of a query by column."""
    cursor = world.execute(query)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]


def test_every_return_line_ends_once_in_a_month_and_once_in_a_week(world: duckdb.DuckDBPyConnection) -> None:
    lines = Counter(row["merchant_id"] for row in dicts(world, "from core.return_matches where kind <> 'told_twice'"))
    for kind in ("month", "week"):
        counted: Counter[str] = Counter()
        for row in dicts(world, f"from marts.return_outcomes where period_kind = '{kind}'"):
            counted[row["merchant_id"]] += row["return_line_count"]
        assert counted == lines
    found = {row["outcome"] for row in dicts(world, "from marts.return_outcomes")}
    assert len(found) == 9


def test_what_is_retained_is_what_was_not_refunded(world: duckdb.DuckDBPyConnection) -> None:
    retained = dicts(world, "from marts.retained_revenue")
    for row in retained:
        lines = [
            line
            for line in dicts(
                world,
                "from core.return_outcomes where outcome in ('refund', 'store_credit', 'exchange')"
                f" and merchant_id = '{row['merchant_id']}' and clock = '{row['clock']}'",
            )
            if line["outcome_month"] == row["outcome_month"]
        ]
        valued = [line for line in lines if line["retained_amount"] is not None]
        kept = sum(
            max(line["goods_amount"] - line["refund_amount"], 0) for line in valued if line["outcome"] != "refund"
        )
        assert row["settled_line_count"] == len(lines)
        assert row["without_amount_count"] == len(lines) - len(valued)
        assert row["retained_amount"] == kept
        assert row["refunded_amount"] == sum(line["goods_amount"] for line in valued) - kept
    assert sum(row["retained_amount"] for row in retained) > 0


def test_every_cancellation_before_shipping_counts_once(world: duckdb.DuckDBPyConnection) -> None:
    moved = {
        (row["merchant_id"], row["order_id"])
        for row in dicts(world, "from core.parcels where order_id is not null and coalesce(direction, '') <> 'reverse'")
        if row["shipped_at"] or row["shipped_date"] or row["delivered_at"] or row["is_rto"]
    }
    refunded = {
        (row["merchant_id"], row["order_id"])
        for row in dicts(world, "from core.refund_matches where kind = 'cancelled_before_shipping'")
    }
    shipped = {
        (row["merchant_id"], row["order_id"]): row["shipped_quantity"] for row in dicts(world, "from core.order_units")
    }
    stated_by_word = {"inventory": "merchant", "customer": "customer"}
    expected: Counter[Any] = Counter()
    for order in dicts(world, "from core.orders where status is null or status <> 'incomplete'"):
        key = (order["merchant_id"], order["order_id"])
        is_stated = order["status"] in ("cancelled", "declined") or order["cancelled_by"]
        if shipped[key] or key in moved or not (is_stated or (order["status"] == "refunded" and key in refunded)):
            continue
        reason = (order["cancel_reason"] or "unknown").lower()
        by = order["cancelled_by"] or ("payment" if order["status"] == "declined" else stated_by_word.get(reason))
        expected[order["merchant_id"], order["placed_date"].replace(day=1), by or "unknown", reason] += 1
    counted: Counter[Any] = Counter()
    for row in dicts(world, "from marts.order_cancellations"):
        counted[row["merchant_id"], row["order_month"], row["cancelled_by"], row["cancel_reason"]] += row[
            "cancelled_order_count"
        ]
    assert counted == expected
    assert {by for _, _, by, _ in counted} == {"customer", "merchant", "payment", "unknown"}


def test_every_check_of_a_header_holds(world: duckdb.DuckDBPyConnection) -> None:
    for table in _made():
        for check in table.checks:
            if check.kind == "assert":
                failing = dicts(world, f"from {table.full_name} where not ({check.expression}) limit 3")
                assert not failing, f"{table.full_name}: {check.name}"
            elif check.kind == "unique":
                names = ", ".join(check.columns)
                query = f"select {names} from {table.full_name} group by {names} having count(*) > 1 limit 3"
                assert not dicts(world, query), f"{table.full_name}: {check.name}"
