"""What a SQL file's header declares is what its query yields: names, types, order."""

from __future__ import annotations

import pytest
from declared_tables import database_for
from parsed_sql import dependencies_of

from pipelines.ingest.staging import REJECTED_RULE
from pipelines.sql_tables import SQL_FOLDER, SqlTable, all_sql_tables

TABLES = list(all_sql_tables().values())


def test_every_file_is_read_as_a_table() -> None:
    files = sorted(f"{path.parent.name}.{path.stem}" for path in SQL_FOLDER.rglob("*.sql"))
    assert files == sorted(all_sql_tables())


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.full_name)
def test_header_is_what_the_query_yields(table: SqlTable) -> None:
    with database_for(table) as connection:
        found = [(row[0], row[1]) for row in connection.execute(f"describe {table.sql}").fetchall()]
    if table.schema == "staging":
        assert found.pop() == (REJECTED_RULE.name, "VARCHAR"), "a staging select ends in rejected_rule"
    table.require_columns(found)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.full_name)
def test_dependencies_are_those_that_a_parser_finds(table: SqlTable) -> None:
    assert list(table.dependencies) == [name for name in dependencies_of(table.sql) if name != table.full_name]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.full_name)
def test_key_month_and_checks_name_declared_columns(table: SqlTable) -> None:
    declared = {column.name for column in table.columns}
    named = {*table.key, *(name for check in table.checks for name in check.columns)}
    assert named | ({table.month} if table.month else set()) <= declared
    with database_for(table) as connection:
        connection.execute(f"create temp table result as {table.sql}")
        for check in table.checks:
            if check.kind == "assert":
                kind = connection.execute(f"select typeof({check.expression}) from result limit 0").description
                assert kind, check.name


@pytest.mark.parametrize(
    "table", [table for table in TABLES if table.schema != "staging"], ids=lambda table: table.full_name
)
def test_core_and_marts_declare_their_key_unique(table: SqlTable) -> None:
    assert table.key in {check.columns for check in table.checks if check.kind == "unique"}


@pytest.mark.parametrize(
    "table", [table for table in TABLES if table.schema != "staging"], ids=lambda table: table.full_name
)
def test_core_and_marts_hold_no_lists_or_lambdas(table: SqlTable) -> None:
    """They must move to a distributed engine as they are."""
    kinds = [column.type for column in table.columns]
    assert not [kind for kind in kinds if kind.endswith("[]") or kind.startswith(("struct", "map"))]
    assert "lambda" not in table.sql
    assert "unnest" not in table.sql
