"""The warehouse's file: whether DuckDB can open it, and which version wrote it. Opened read-only, under the lock."""

from __future__ import annotations

import importlib.metadata
import struct
from typing import TYPE_CHECKING

from pipelines.doctor.finding import Finding, size
from pipelines.errors import CannotRun
from pipelines.lock import writing
from pipelines.warehouse import holder_of, is_open_elsewhere, looked_into

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HEADER = 84
_WHY = "nothing can be loaded or built; readers go on seeing the last snapshot"
_RESTORE = (
    "restore warehouse.duckdb from your backup; without one move it away, put what was loaded into the inboxes again"
    " (from the folder that originals in keeprate.toml names, or exported anew), and keeprate build"
)


def examine(home: Path) -> Iterator[Finding]:
    """Look at the file's head, then let DuckDB open it."""
    path = home / "warehouse.duckdb"
    if not path.exists():
        yield Finding(
            "warehouse",
            "warn",
            "nothing was loaded yet",
            "keeprate ingest FILE, then keeprate build",
            "there are no data",
        )
        return
    with path.open("rb") as stream:
        head = stream.read(_HEADER)
    if head[8:12] != b"DUCK":
        yield Finding("warehouse", "fail", f"{path} is not a DuckDB file ({size(path.stat().st_size)})", _RESTORE, _WHY)
        return
    (storage,) = struct.unpack("<Q", head[12:20])
    written_by = head[52:84].split(b"\0")[0].decode("ascii", "replace")
    try:
        with writing(home, "keeprate doctor"):
            yield _opened(path, storage, written_by)
    except CannotRun:
        yield Finding(
            "warehouse",
            "ok",
            f"{size(path.stat().st_size)}, by DuckDB {written_by}; the lock is not to be had, so it was not opened",
        )


def _opened(path: Path, storage: int, written_by: str) -> Finding:
    import duckdb

    try:
        with looked_into(path) as connection:
            ((tables,),) = connection.execute("select count(*) from duckdb_tables()").fetchall()
            ((files,),) = connection.execute(
                "select count(*) from duckdb_tables() where schema_name = 'raw' and table_name = 'files'"
            ).fetchall()
            if files:
                ((files,),) = connection.execute("select count(*) from raw.files").fetchall()
    except duckdb.Error as error:
        return _not_opened(path, error)
    found = f"{size(path.stat().st_size)}, {tables} tables, {files} files loaded; storage {storage}, by {written_by}"
    installed = importlib.metadata.version("duckdb")
    if written_by.lstrip("v") != installed:
        return Finding(
            "warehouse",
            "warn",
            f"{found}; DuckDB {installed} is installed",
            "copy the home, then keeprate build; docs/cookbook/upgrade.md",
            "a file that a newer version wrote may not be read by an older one",
        )
    return Finding("warehouse", "ok", found)


def _not_opened(path: Path, error: Exception) -> Finding:
    """What keeps DuckDB from opening the file; only where it is the file itself, it is to be replaced."""
    import duckdb

    words = str(error).splitlines()[0][:200]
    if is_open_elsewhere(error):
        return Finding(
            "warehouse",
            "warn",
            f"{path}: {holder_of(error)} has it open, so it was not looked into",
            "close it there; to look at tables, keeprate query",
            "nothing can be loaded or built while it is open there",
        )
    if isinstance(error, duckdb.OutOfMemoryException):
        return Finding(
            "warehouse",
            "warn",
            f"{path} was not looked into, because there was too little memory: {words}",
            "free memory, then keeprate doctor",
            "the next build needs more than looking does",
        )
    return Finding("warehouse", "fail", f"{path} cannot be opened: {words}", _RESTORE, _WHY)
