"""What killed runs left behind. It does no harm but takes room; the next run that writes removes most of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pipelines.doctor.finding import Finding, named, size
from pipelines.errors import CannotRun
from pipelines.lock import writing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_UNLISTED_SECONDS = 49 * 3600
"""A part that no manifest lists is removed by the first publish after 48 hours."""
_WHY = "it takes room; readers and the next run do not look at it"


def examine(home: Path) -> Iterator[Finding]:
    """Look for them while nobody writes: while somebody does, they are in use."""
    try:
        with writing(home, "keeprate doctor"):
            found = list(_left(home))
    except CannotRun:
        yield Finding("leftovers", "ok", "not looked at: the lock is not to be had")
        return
    if not found:
        yield Finding("leftovers", "ok", "none")
    yield from found


def _left(home: Path) -> Iterator[Finding]:
    scratch = [path for path in (home / "scratch").rglob("*") if path.is_file()]
    writing_folders = list((home / "snapshots" / "parts").glob(".writing-*"))
    parts = [*home.glob(".*.part"), *(home / "snapshots").rglob(".*.part")]
    killed = [*scratch, *writing_folders, *parts]
    if killed:
        yield Finding(
            "leftovers",
            "warn",
            f"{named([str(path.relative_to(home)) for path in killed], 3)}, {size(_size(killed))}: a run was killed",
            "keeprate build: it removes them and goes on where the other one ended",
            _WHY,
        )
    log = home / "warehouse.duckdb.wal"
    if log.exists():
        yield Finding(
            "leftovers",
            "warn",
            f"{log.name}, {size(log.stat().st_size)}: a run was killed before it closed the warehouse",
            "nothing, or keeprate build; never remove this file: it holds what was loaded last",
            "DuckDB reads it when the warehouse is opened next",
        )
    for merchant in sorted((home / "inbox").glob("*")):
        late = [path for path in merchant.glob("*.part") if time.time() - path.stat().st_mtime > _UNLISTED_SECONDS]
        if late:
            yield Finding(
                "leftovers",
                "warn",
                f"{merchant}: {named([path.name for path in late])}, unchanged for two days",
                "copy the file again, or remove it",
                "a file whose name ends in .part is still being copied, and is not loaded",
            )


def _size(paths: Iterable[Path]) -> int:
    files = [file for path in paths for file in (path.rglob("*") if path.is_dir() else [path])]
    return sum(file.stat().st_size for file in files if file.is_file())
