"""Which code last built each table, in ``meta.builds``: a table without an entry, or with another code, is stale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.sql_text import literals

if TYPE_CHECKING:
    from collections.abc import Collection

    from pipelines.warehouse import Warehouse

PAGES_BUILT, REPORTS_BUILT = "reports.checks", "reports.weekly"
"""Names under which the last snapshot is entered of which the check pages, and the reports, were written."""


def built(warehouse: Warehouse) -> dict[str, str]:
    """Code hash by table name, for every table that is not stale for lack of an entry."""
    return dict(warehouse.connection.execute("select table_name, code_hash from meta.builds").fetchall())


def enter_build(warehouse: Warehouse, name: str, code: str) -> None:
    """Note that a table was built by this code."""
    forget_builds(warehouse, (name,))
    warehouse.connection.execute(
        "insert into meta.builds by name select $1 as table_name, $2 as code_hash, now()::timestamp as built_at",
        [name, code],
    )


def forget_builds(warehouse: Warehouse, names: Collection[str]) -> None:
    """Note that some tables are stale."""
    warehouse.connection.execute(f"delete from meta.builds where table_name in ({literals(names)})")


def enter_first_staging(warehouse: Warehouse, source_name: str, code: str) -> None:
    """Note by which code a source was first staged; a later change of it stages every file anew."""
    name = staging_name(source_name)
    if name not in built(warehouse):
        enter_build(warehouse, name, code)


def staging_name(source_name: str) -> str:
    """Name under which a source's staging is entered."""
    return f"staging.{source_name}"
