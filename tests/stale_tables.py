"""Which SQL tables the next build would make anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.builds import built
from pipelines.sql_tables import SqlTable, all_sql_tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.warehouse import Warehouse


def stale_tables(warehouse: Warehouse, schema: str, tables: Mapping[str, SqlTable] | None = None) -> set[str]:
    """Names of SQL tables of a schema that are known to be stale; rebuilding them may make others so."""
    known = built(warehouse)
    return {
        name
        for name, table in (tables or all_sql_tables()).items()
        if table.schema == schema and known.get(name) != table.code_hash
    }
