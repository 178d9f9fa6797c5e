"""Every table that a query of ``sql/`` may read, empty or filled, in an in-memory DuckDB with its declared columns.

For tests of single queries. What a case is and how rows are compared stands in ``sql_cases``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import groupby
from typing import Any

import duckdb

from pipelines.contracts import all_contracts
from pipelines.contracts.base import PROVENANCE, Column
from pipelines.core_tables import declared_tables
from pipelines.ingest.landing import raw_table
from pipelines.ingest.staging import REJECTED_RULE
from pipelines.learning import learned_tables
from pipelines.ledger import LEDGERS
from pipelines.reference_tables import REFERENCE_TABLES
from pipelines.sources import all_sources
from pipelines.sql_tables import SqlTable, all_sql_tables
from pipelines.warehouse import SCHEMAS

NULL = "<null>"
"""How a case writes an empty value: TOML has none."""

Rows = Sequence[Mapping[str, Any]]


@cache
def _fixed_tables() -> dict[str, tuple[Column, ...]]:
    """Columns by full name of the tables that no SQL file makes."""
    found = {table.full_name: table.columns for table in (*LEDGERS, *REFERENCE_TABLES.values(), *learned_tables())}
    for source in all_sources().values():
        raw = raw_table(source)
        found[raw.full_name] = raw.columns
    for contract in all_contracts().values():
        found[f"staging.{contract.entity}"] = (*PROVENANCE, *contract.columns)
        found |= {table.full_name: table.columns for table in declared_tables(contract)}
    return found


def columns_of(name: str) -> tuple[Column, ...]:
    """Declared columns of a table that queries may read.

    Raises:
        KeyError: nothing declares a table of that name.
    """
    schema, _, table = name.partition(".")
    if schema == "changed":
        name = f"staging.{table.removeprefix('staging_')}" if table.startswith("staging_") else f"raw.{table}"
    if name in all_sql_tables():
        made = all_sql_tables()[name]
        return (*made.columns, REJECTED_RULE) if made.schema == "staging" else made.columns
    try:
        return _fixed_tables()[name]
    except KeyError:
        raise KeyError(f"nothing declares a table {name}: no contract, source, ledger or SQL file") from None


def database(names: Iterable[str], given: Mapping[str, Rows] | None = None) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that holds some tables with their declared columns.

    Args:
        names: full names of the tables.
        given: rows by full name; columns that a row does not name are null.

    Raises:
        AssertionError: rows are given for another table, or with a column that is not declared.
    """
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("set timezone = 'UTC'")
    for schema in SCHEMAS:
        connection.execute(f"create schema {schema}")
    names = sorted(set(names))
    for name in names:
        listed = ", ".join(f"{column.name} {column.type}" for column in columns_of(name))
        connection.execute(f"create table {name} ({listed})")
    for name, rows in (given or {}).items():
        assert name in names, f"rows are given for {name}, which the query does not read; it reads {names}"
        types = {column.name: column.type for column in columns_of(name)}
        for row in rows:
            unknown = sorted(set(row) - set(types))
            assert not unknown, f"{name} has no column {', '.join(unknown)}; it has {', '.join(types)}"
        for names_given, alike in groupby(rows, key=tuple):
            _insert(connection, name, {column: types[column] for column in names_given}, list(alike))
    return connection


def _insert(connection: duckdb.DuckDBPyConnection, name: str, types: Mapping[str, str], rows: Rows) -> None:
    """Insert rows that name the same columns, some hundred values a statement."""
    marks = "(" + ", ".join(f"cast(? as {kind})" for kind in types.values()) + ")"
    size = max(1, 500 // max(1, len(types)))
    for start in range(0, len(rows), size):
        chunk = rows[start : start + size]
        values = [bindable(value) for row in chunk for value in row.values()]
        listed = ", ".join([marks] * len(chunk))
        connection.execute(f"insert into {name} ({', '.join(types)}) values {listed}", values)


def reference_rows(table: SqlTable) -> dict[str, Rows]:
    """The rows of the reference tables that a query reads."""
    return {name: _reference(name) for name in table.dependencies if name in REFERENCE_TABLES}


@cache
def _reference(name: str) -> Rows:
    return REFERENCE_TABLES[name].read().to_dicts()


def database_for(table: SqlTable, given: Mapping[str, Rows] | None = None) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that holds what a SQL table's query reads."""
    return database(table.dependencies, given)


def bindable(value: object) -> object:
    """A case's value as DuckDB takes it: the null mark as null, tables and lists as JSON text."""
    if value == NULL:
        return None
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
