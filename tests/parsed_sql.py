"""Which tables a query reads, as DuckDB's own parser finds them."""

from __future__ import annotations

import json
from functools import cache

import duckdb


def dependencies_of(sql: str) -> list[str]:
    """Schema-qualified tables that a query reads, sorted; unqualified ones are its own CTEs."""
    row = _parser().execute("select json_serialize_sql($1)", [sql]).fetchone()
    tree = json.loads(row[0]) if row else {}
    assert not tree.get("error"), tree.get("error_message")
    found: set[str] = set()
    _collect_tables(tree, found)
    return sorted(found)


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1})


def _collect_tables(node: object, found: set[str]) -> None:
    if isinstance(node, dict):
        if node.get("type") == "BASE_TABLE" and node.get("schema_name"):
            found.add(f"{node['schema_name']}.{node['table_name']}")
        for value in node.values():
            _collect_tables(value, found)
    elif isinstance(node, list):
        for value in node:
            _collect_tables(value, found)
