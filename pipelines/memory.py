"""Work that DuckDB finds no memory for is done again with less of it, and so by way of the disk."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from pipelines.progress import say
from pipelines.sql_text import literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipelines.warehouse import Warehouse

Result = TypeVar("Result")

_SHARES = (1, 0.5, 0.25)
"""Of the limit in keeprate.toml: what work may use at first, and again where it failed for lack of memory."""


def atomically(warehouse: Warehouse, work: Callable[[], Result]) -> Result:
    """All of some work or nothing of it; where DuckDB finds no memory for it, again under a lower limit.

    DuckDB keeps joins and groups in memory where it expects them to fit, and ends the query where it was wrong. Under a
    lower limit it expects less and uses the disk from the beginning. Measured at a million orders: the query of
    ``core.parcel_lines``, which takes 2.1 GB with ease, failed under 1.8 to 2 GB and ran under 1 and 1.5.

    Args:
        warehouse: the open warehouse, in no transaction.
        work: what is done in one; called again from its start after a failure for lack of memory.

    Raises:
        duckdb.OutOfMemoryException: a quarter of the limit did not do either.
    """
    import duckdb

    for share in _SHARES[:-1]:
        try:
            return _with_memory(warehouse, share, work)
        except duckdb.OutOfMemoryException:
            say("this does not fit into memory; again by way of the disk")
    return _with_memory(warehouse, _SHARES[-1], work)


def _with_memory(warehouse: Warehouse, share: float, work: Callable[[], Result]) -> Result:
    import duckdb

    connection = warehouse.connection
    ((limit,),) = connection.execute("select parse_formatted_bytes(current_setting('memory_limit'))").fetchall()
    if share < 1:
        connection.execute(f"set memory_limit = '{int(limit * share / 1000)}KB'")
    try:
        with warehouse.transaction():
            return work()
    finally:
        if share < 1:
            # A database that a fatal error closed takes no settings; its own words are the ones to tell.
            with suppress(duckdb.Error):
                connection.execute(f"set memory_limit = {literal(warehouse.settings.memory_limit)}")
