"""Rates of other systems over a made-up world where everything goes wrong: a plain recount agrees, to the unit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
import store_rate_rules
from broken_world import broken_world
from declared_tables import database, reference_rows

from pipelines.sql_tables import SqlTable, all_sql_tables

MERCHANTS = ("demo", "other", "bare")
WANTED = ("marts.store_rates", "marts.store_rate_differences")


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


@pytest.fixture(scope="module", params=(1, 2, 3))
def world(request: pytest.FixtureRequest) -> Iterator[duckdb.DuckDBPyConnection]:
    given: dict[str, Any] = broken_world(request.param, MERCHANTS)
    for number, order in enumerate(given["core.orders"]):
        order["shipped_date"] = order["placed_date"] if number % 3 == 0 else None
        order["total_quantity"] = 1 if number % 5 == 0 else None
        order["status"] = "incomplete" if number % 11 == 0 else order["status"]
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


def shown(world: duckdb.DuckDBPyConnection, column: str) -> Counter[Any]:
    """Units by merchant, month and definition that are not 0."""
    found = dicts(world, f"select merchant_id, rate_month, definition, {column} as units from marts.store_rates")
    return +Counter({(row["merchant_id"], row["rate_month"], row["definition"]): row["units"] for row in found})


def test_every_definition_is_what_a_plain_recount_finds(world: duckdb.DuckDBPyConnection) -> None:
    orders = dicts(world, "from core.orders")
    shipped = store_rate_rules.ship_days(orders, dicts(world, "from core.parcels"))
    settled = dicts(
        world,
        "select merchant_id, return_line_id, core.return_matches.refunded_date, refunded_at, resolved_at, received_at"
        " from core.return_lifecycle inner join core.return_matches using (merchant_id, return_line_id)",
    )
    above = store_rate_rules.numerators(
        dicts(world, "from core.return_lines"),
        dicts(world, "from core.return_units"),
        dicts(world, "from core.line_returns"),
        settled,
        shipped,
    )
    below = store_rate_rules.denominators(orders, dicts(world, "from core.order_units"), shipped)
    assert shown(world, "numerator_quantity") == +above
    assert shown(world, "denominator_quantity") == +below
    assert len({definition for _, _, definition in above}) == 6


def test_a_rate_is_its_numerator_by_its_denominator(world: duckdb.DuckDBPyConnection) -> None:
    for row in dicts(world, "from marts.store_rates"):
        if row["denominator_quantity"] == 0:
            assert row["return_rate"] is None
        else:
            assert row["return_rate"] == pytest.approx(row["numerator_quantity"] / row["denominator_quantity"])


def test_the_steps_of_every_difference_add_up_to_the_unit(world: duckdb.DuckDBPyConnection) -> None:
    rates = {
        (row["merchant_id"], row["rate_month"], row["definition"]): row
        for row in dicts(world, "from marts.store_rates")
    }
    steps: Counter[Any] = Counter()
    for row in dicts(world, "from marts.store_rate_differences"):
        steps[row["merchant_id"], row["rate_month"], row["definition"], row["side"]] += row["step_quantity"]
        assert row["unexplained_quantity"] == 0
    compared = 0
    for (merchant, month, definition), theirs in rates.items():
        ours = rates[merchant, month, "keeprate_observed"]
        for side in ("numerator", "denominator") if definition != "keeprate_observed" else ():
            difference = theirs[f"{side}_quantity"] - ours[f"{side}_quantity"]
            assert steps[merchant, month, definition, side] == difference
            compared += 1
    assert len(steps) == compared > 50


def test_every_step_happens_in_the_made_up_world_and_has_a_place(world: duckdb.DuckDBPyConnection) -> None:
    found = {row["step"] for row in dicts(world, "from marts.store_rate_differences where step_quantity <> 0")}
    assert found >= {
        "returns_of_other_months", "counted_in_other_months", "refused_requests", "excess_units", "unknown_orders",
        "not_processed", "request_undated", "ship_date_unknown", "ordered_not_shipped",
        "shipped_beyond_ordered", "rto_units", "never_placed", "shipped_from_other_months", "shipped_in_other_months",
    }  # fmt: skip
    assert dicts(world, "from marts.store_rate_differences where step_number > 16") == []


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
