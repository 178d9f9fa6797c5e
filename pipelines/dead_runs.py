"""Dagster runs that were killed: they stand as started until somebody closes them.

A run that lives holds the kernel's lock on a file of its own from before it waits for the home, so that a run that
only waits is not taken for dead. Runs of the command line leave no trace in Dagster's history and need none.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipelines.lock import is_locked_by_nobody

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    import dagster as dg

YOUNG_SECONDS = 120
"""A run that began so recently may be importing still, and has no file yet."""

_OPEN = ("STARTED", "STARTING")


@contextmanager
def living(home: Path, run_id: str) -> Generator[None]:
    """Hold a run's lock file while it lives."""
    path = _life_of(home, run_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def has_open_runs(home: Path) -> bool:
    """Whether Dagster's history has a run that stands as started; looked up in its file, since Dagster takes seconds.

    Where the file cannot be read this way, the answer is yes: then Dagster itself is asked.
    """
    path = home / "dagster" / "history" / "runs.db"
    if not path.exists():
        return False
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            return connection.execute("select 1 from runs where status in (?, ?) limit 1", _OPEN).fetchone() is not None
        finally:
            connection.close()
    except sqlite3.Error:
        return True


def close_dead_runs(instance: dg.DagsterInstance, home: Path, own_run_id: str = "") -> list[str]:
    """Close the runs whose process is gone.

    Args:
        instance: the home's Dagster instance.
        home: the home.
        own_run_id: the run that asks, or empty.

    Returns:
        Ids of the runs that were closed.
    """
    import dagster as dg

    statuses = [dg.DagsterRunStatus[name] for name in _OPEN]
    closed = []
    for record in instance.get_run_records(dg.RunsFilter(statuses=statuses)):
        run_id = record.dagster_run.run_id
        # Not since it was asked for: a run may have waited in Dagster's queue before it began.
        if run_id != own_run_id and _is_dead(home, run_id, record.update_timestamp.timestamp()):
            instance.report_run_failed(record.dagster_run, "the process of this run was killed")
            _life_of(home, run_id).unlink(missing_ok=True)
            closed.append(run_id)
    return closed


def _is_dead(home: Path, run_id: str, began: float) -> bool:
    path = _life_of(home, run_id)
    # Either way of a clock that was set, a run without a file is dead soon enough.
    return is_locked_by_nobody(path) if path.exists() else abs(time.time() - began) > YOUNG_SECONDS


def _life_of(home: Path, run_id: str) -> Path:
    return home / "dagster" / "alive" / run_id
