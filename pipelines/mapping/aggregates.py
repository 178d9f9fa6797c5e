"""Aggregates of a mapping that cannot be computed: the first record at fault, found before DuckDB meets it.

Where a statement fails, DuckDB ends the transaction, names no record and shows the cell. So what stands inside of an
aggregate, such as ``sum(Amount::int)``, is tried record by record first, unless it cannot fail.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from pipelines.mapping.expressions import AGGREGATES, tree_of, written_from
from pipelines.sql_text import literal

if TYPE_CHECKING:
    import duckdb

    from pipelines.mapping.model import MappedEntity

_SURE = frozenset(
    ("+", "-", "*", "/", "||", "abs", "coalesce", "concat", "lower", "number", "replace", "round", "trim", "upper")
)
"""Functions that give something for whatever text stands in a cell."""


def first_failing(connection: duckdb.DuckDBPyConnection, entity: MappedEntity) -> tuple[int, str, str] | None:
    """Where an aggregate of an entity cannot be computed.

    Args:
        connection: holds ``generic_source``, ``generic_<entity>`` and ``generic_rejected``.
        entity: the entity.

    Returns:
        Line, column of the file and column of the contract; None where every record can be computed.
    """
    tried = [
        (argument, columns[0] if columns else column.name, column.name)
        for column in entity.columns
        if column.expression and column.is_aggregate
        for argument, columns in arguments(column.expression.sql)
    ]
    if not tried:
        return None
    branches = " union all ".join(
        f"select __line_number as line, {literal(header)} as header, {literal(name)} as name from records"
        f" where try(struct_pack(v := ({argument}))) is null"
        for argument, header, name in tried
    )
    rows = connection.execute(
        f"with records as (select * from generic_source where __record_number in (select __record_number from"
        f" generic_{entity.entity} where __record_number not in (select record_number from generic_rejected)))"
        f" {branches} order by line, header limit 1"
    ).fetchall()
    return rows[0] if rows else None


@cache
def arguments(sql: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What stands inside of the aggregates of an expression and may fail: its SQL, and the columns in it."""
    found = {written_from(node): tuple(_columns(node)) for node in _inside(tree_of(sql)) if not _is_sure(node)}
    return tuple(found.items())


def _inside(node: Any) -> list[dict[str, Any]]:
    """The arguments of every aggregate."""
    if isinstance(node, list):
        return [one for item in node for one in _inside(item)]
    if not isinstance(node, dict):
        return []
    if node.get("class") == "FUNCTION" and node["function_name"].lower() in AGGREGATES:
        return [argument["expression"] for argument in node["arguments"]]
    return [one for value in node.values() for one in _inside(value)]


def _is_sure(node: Any) -> bool:
    if isinstance(node, list):
        return all(map(_is_sure, node))
    if not isinstance(node, dict):
        return True
    if node.get("class") == "CAST" and not node.get("try_cast"):
        return False
    if node.get("class") == "FUNCTION" and node["function_name"].lower() not in _SURE:
        return False
    return all(map(_is_sure, node.values()))


def _columns(node: Any) -> list[str]:
    if isinstance(node, list):
        return [name for item in node for name in _columns(item)]
    if not isinstance(node, dict):
        return []
    own = [node["column_names"][0]] if node.get("class") == "COLUMN_REF" else []
    return own + [name for value in node.values() for name in _columns(value)]
