"""Which code last built each table, in ``meta.builds``: a table without an entry, or with another code, is stale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.sql_text import literals

if TYPE_CHECKING:
    from collections.abc import Collection

    from pipelines.merchants import Merchant
    from pipelines.warehouse import Warehouse

BEING_STAGED = "being staged"
"""Stands for a code where staging anew was begun, or files were staged by several: no code is equal to it.

An entry must stand there, because a file that finds none is taken for the first of all.
"""

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


def enter_staging(warehouse: Warehouse, name: str, code: str) -> None:
    """Note by which code a file was staged: where its fellows were staged by another, all are to be staged anew.

    Args:
        warehouse: the open warehouse, within the file's transaction.
        name: what the code is of: a source's staging, a merchant.
        code: by which the file was staged.
    """
    known = built(warehouse).get(name)
    if known is None:
        enter_build(warehouse, name, code)
    elif known != code:
        # Not by that of the other files either: this file's code may be taken back before the next build.
        enter_build(warehouse, name, BEING_STAGED)


def staging_name(source_name: str) -> str:
    """Name under which a source's staging is entered."""
    return f"staging.{source_name}"


def merchant_name(merchant: Merchant) -> str:
    """Name under which is entered how a merchant's files were staged."""
    return f"merchant.{merchant.merchant_id}"


def merchant_code(merchant: Merchant) -> str:
    """What staging takes from a merchant's settings; another zone or currency stages its files anew."""
    return f"{merchant.timezone} {merchant.currency_code}"
