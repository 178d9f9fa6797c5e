"""What a change makes stale: tables that read another are rebuilt, published parts are written anew.

Notes only; rebuilding belongs in ``pipelines.build``, writing parts in ``pipelines.publishing``.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pipelines.builds import forget_builds
from pipelines.sql_tables import all_sql_tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipelines.tables import Table
    from pipelines.warehouse import Warehouse


def mark_dirty(warehouse: Warehouse, tables: Iterable[Table]) -> None:
    """Note that every part of some tables must be published anew."""
    for table in tables:
        merchant = "merchant_id" if any(c.name == "merchant_id" for c in table.columns) else "null"
        month = f"date_trunc('month', {table.month})::date" if table.month else "null::date"
        warehouse.connection.execute(
            "insert into meta.dirty_parts by name select distinct $1 as table_name, "
            f"{merchant} as merchant_id, {month} as month from {table.full_name}",
            [table.full_name],
        )


def forget_readers(warehouse: Warehouse, name: str) -> None:
    """Note that every SQL table that reads a table, directly or not, is stale."""
    readers = _readers(name)
    if readers:
        forget_builds(warehouse, readers)


@cache
def _readers(name: str) -> frozenset[str]:
    """SQL tables, staging left out, that read a table directly or through others."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        read = waiting.pop()
        direct = {
            table.full_name
            for table in all_sql_tables().values()
            if read in table.dependencies and table.schema != "staging"
        }
        waiting += direct - found
        found |= direct
    return frozenset(found)
