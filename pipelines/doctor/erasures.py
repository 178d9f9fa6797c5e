"""Whether an erasure was begun and not completed: until it is, snapshots tell of the person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.doctor.finding import Finding, ago
from pipelines.erasure.plan import begun_seconds_ago
from pipelines.errors import CannotRun
from pipelines.lock import writing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def examine(home: Path) -> Iterator[Finding]:
    """Look for the plan of an erasure; while somebody writes, it may be that very erasure."""
    if begun_seconds_ago(home) is None:
        yield Finding("erasures", "ok", "none is waiting to be completed")
        return
    try:
        with writing(home, "keeprate doctor"):
            seconds = begun_seconds_ago(home)
    except CannotRun:
        yield Finding("erasures", "ok", "not looked at: the lock is not to be had")
        return
    if seconds is None:
        yield Finding("erasures", "ok", "none is waiting to be completed")
        return
    yield Finding(
        "erasures",
        "fail",
        f"an erasure was begun ({ago(seconds)}) and is not completed",
        "keeprate build: it completes the erasure, or says what stands in its way",
        "snapshots, reports and the warehouse's file may still tell of the person",
    )
