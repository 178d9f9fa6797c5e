"""Memory that DuckDB may use: work that finds none is done again, with more where it is there, else by way of disk.

Belongs here: how much, and what is tried. Not here: what the failure says to a person, which is ``pipelines.machine``.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pipelines.progress import say
from pipelines.sql_text import literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipelines.warehouse import Warehouse

Result = TypeVar("Result")

MOST_MEMORY = 4_000_000_000
"""Bytes that DuckDB may use where the default does not do: enough for four million orders."""

LARGE_FILE = 1_000_000_000
"""Bytes of a file's text above which it gets that much from the start: one of 0.5 GB fits, one of 2.1 GB does not."""

_SMALLER = (2, 4)
"""Parts of the limit under which work is tried at last."""


def atomically(warehouse: Warehouse, work: Callable[[], Result]) -> Result:
    """All of some work or nothing of it; where DuckDB finds no memory for it, again under other limits.

    First under a higher one, if keeprate.toml states none and the machine has that much to spare; it then stays,
    because what follows is as large. Else under lower ones: DuckDB keeps joins and groups in memory where it expects
    them to fit, and ends the query where it was wrong; under a lower limit it expects less and uses the disk from the
    beginning. Measured at a million orders: the query of ``core.parcel_lines``, which takes 2.1 GB with ease, failed
    under 1.8 to 2 GB and ran under 1 and 1.5.

    Args:
        warehouse: the open warehouse, in no transaction.
        work: what is done in one; called again from its start after a failure for lack of memory.

    Raises:
        duckdb.OutOfMemoryException: nothing that was tried did.
    """
    import duckdb

    usual = _bytes_of(warehouse, warehouse.memory_limit)
    more = _more(warehouse, usual)
    *first, last = [usual, *more, *(usual // part for part in _SMALLER)]
    for limit in first:
        try:
            return _within(warehouse, limit, work, stays=limit in more)
        except duckdb.OutOfMemoryException:
            said = "with more" if more and limit == usual else "by way of the disk"
            say(f"this does not fit into memory; again {said}")
    return _within(warehouse, last, work, stays=False)


def make_room(warehouse: Warehouse, byte_count: int) -> None:
    """Give a large file's load the higher limit at once: its first try would fail after minutes."""
    if byte_count > LARGE_FILE:
        for limit in _more(warehouse, _bytes_of(warehouse, warehouse.memory_limit)):
            warehouse.memory_limit = _words(limit)
            warehouse.connection.execute(f"set memory_limit = {literal(warehouse.memory_limit)}")


def _words(byte_count: int) -> str:
    return f"{byte_count // 1000}KB"


def _bytes_of(warehouse: Warehouse, limit: str) -> int:
    """Asked of DuckDB, which knows every unit; its own words for the limit in force are rounded."""
    ((byte_count,),) = warehouse.connection.execute(f"select parse_formatted_bytes({literal(limit)})").fetchall()
    return int(byte_count)


def _more(warehouse: Warehouse, usual: int) -> list[int]:
    """The higher limit, if there is one to try."""
    available = available_memory()
    if warehouse.settings.is_memory_stated or available is None or available < MOST_MEMORY:
        return []
    return [MOST_MEMORY] if usual < MOST_MEMORY else []


def _within(warehouse: Warehouse, byte_count: int, work: Callable[[], Result], *, stays: bool) -> Result:
    import duckdb

    limit = _words(byte_count)
    warehouse.connection.execute(f"set memory_limit = {literal(limit)}")
    try:
        with warehouse.transaction():
            result = work()
        if stays:
            warehouse.memory_limit = limit
        return result
    finally:
        # A database that a fatal error closed takes no settings; its own words are the ones to tell.
        with suppress(duckdb.Error):
            warehouse.connection.execute(f"set memory_limit = {literal(warehouse.memory_limit)}")


def available_memory() -> int | None:
    """Bytes that can be had, of the machine and of the group of processes that this one is in; None: unknown."""
    try:
        lines = dict(
            line.split(":", 1) for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines() if ":" in line
        )
        available = int(lines["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return None
    try:
        group = Path("/sys/fs/cgroup")
        most = int((group / "memory.max").read_text(encoding="ascii"))
        available = min(available, most - int((group / "memory.current").read_text(encoding="ascii")))
    except (OSError, ValueError):
        pass  # No limit of its own.
    return max(0, available)
