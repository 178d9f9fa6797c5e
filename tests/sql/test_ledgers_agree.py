"""The three ledgers over a made-up world where everything goes wrong: nothing is lost, nothing counts twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from broken_world import broken_world
from declared_tables import database, reference_rows

from pipelines.sql_tables import SqlTable, all_sql_tables

MERCHANTS = ("demo", "other", "bare")
LEDGERS = ("returns", "refunds", "rto", "refunds_of_returns")
WANTED = (
    "marts.ledger_reconciliation",
    "marts.ledger_leftovers",
    "marts.contradictions",
    "marts.lead_times",
    "marts.source_coverage",
    "core.return_lifecycle",
)


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
    tables = _made()
    read = {name for table in tables for name in table.dependencies} - {table.full_name for table in tables}
    for table in tables:
        given |= {name: list(rows) for name, rows in reference_rows(table).items()}
    with database(read | set(given), given) as connection:
        for table in tables:
            connection.execute(f"create table {table.full_name} as {table.sql}")
        yield connection


def rows(world: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    """Rows of a query."""
    return world.execute(query).fetchall()


def test_every_check_of_a_header_holds(world: duckdb.DuckDBPyConnection) -> None:
    for table in _made():
        for check in table.checks:
            if check.kind == "assert":
                failing = rows(world, f"select * from {table.full_name} where not ({check.expression}) limit 3")
                assert not failing, f"{table.full_name}: {check.name}"
            elif check.kind == "unique":
                names = ", ".join(check.columns)
                query = f"select {names} from {table.full_name} group by {names} having count(*) > 1 limit 3"
                assert not rows(world, query), f"{table.full_name}: {check.name}"
            else:
                query = f"select * from {table.full_name} where {check.columns[0]} is null limit 3"
                assert not rows(world, query), f"{table.full_name}: {check.name}"


def test_every_ledger_reconciles_to_zero(world: duckdb.DuckDBPyConnection) -> None:
    differences = "count_difference, quantity_difference, amount_difference"
    found = rows(world, f"select merchant_id, ledger, {differences} from marts.ledger_reconciliation order by all")
    assert found == sorted((merchant, ledger, 0, 0, 0) for merchant in MERCHANTS for ledger in LEDGERS)
    counted = rows(world, "select min(source_count) from marts.ledger_reconciliation where merchant_id = 'demo'")
    assert counted[0][0] > 0


def test_each_ledger_counts_the_rows_of_its_source_once(world: duckdb.DuckDBPyConnection) -> None:
    for table, count, source in (
        ("ledger_returns", "return_line_count", "core.return_lines"),
        ("ledger_refunds", "refund_count", "core.refunds"),
        ("ledger_rto", "parcel_count", "core.parcels where is_rto"),
    ):
        assert rows(world, f"select sum({count})::bigint from marts.{table}") == rows(
            world, f"select count(*) from {source}"
        )


def test_money_of_a_whole_order_stands_on_no_single_one_of_several_returns(world: duckdb.DuckDBPyConnection) -> None:
    assert rows(world, "select count(*) from core.refund_matches where matched_by = 'order_set'")[0][0] > 0
    spread = (
        "select * from core.refund_matches where matched_by like '%\\_set' escape '\\' and return_line_id is not null"
    )
    assert rows(world, spread) == []


def test_what_is_wrong_is_listed_and_nothing_else(world: duckdb.DuckDBPyConnection) -> None:
    early = "select count(*) from core.return_lines where received_at < requested_at"
    listed = "select count(*) from marts.contradictions where kind = 'received_before_requested'"
    assert rows(world, early) == rows(world, listed)
    kinds = {row[0] for row in rows(world, "select distinct kind from marts.contradictions")}
    assert len(kinds) >= 14


def test_an_illegal_way_is_listed_for_every_change_that_goes_it(world: duckdb.DuckDBPyConnection) -> None:
    found = rows(world, "select count(*) from core.return_status_changes where not is_legal")
    assert found[0][0] > 0
    assert found == rows(world, "select count(*) from marts.contradictions where kind = 'illegal_status_transition'")
