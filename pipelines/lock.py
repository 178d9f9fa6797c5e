"""The one lock of a home: held by every command that writes, freed by the kernel when its holder dies."""

from __future__ import annotations

import fcntl
import json
import os
import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from pipelines.errors import CannotRun

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

_held: ContextVar[frozenset[Path]] = ContextVar("held", default=frozenset())
"""Homes whose lock this line of work holds: what it calls may ask for the lock again."""


@contextmanager
def writing(home: Path, command: str, wait_seconds: float = 0.0) -> Generator[None]:
    """Hold the home's lock while writing; inside it, asking again changes nothing.

    Args:
        home: the home.
        command: what is being done, told to whoever finds the lock busy.
        wait_seconds: how long to wait for another writer.

    Raises:
        CannotRun: the lock is busy for longer than that, or the home cannot be written.
    """
    if home in _held.get():
        yield
        return
    path = home / "lock"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CannotRun(
            f"{path}: cannot be opened for writing ({error.strerror}).\n"
            "  to do:    call it as the user who owns the home, or mend the folder's permissions"
        ) from error
    try:
        _acquire(descriptor, path, wait_seconds)
        _tell_holder(descriptor, path, command)
        token = _held.set(_held.get() | {home})
        try:
            yield
        finally:
            _held.reset(token)
    finally:
        os.close(descriptor)


def is_locked_by_nobody(path: Path) -> bool:
    """Whether no process holds a lock on a file; one that is not there is held by nobody."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def _acquire(descriptor: int, path: Path, wait_seconds: float) -> None:
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise CannotRun(_busy(path)) from None
            time.sleep(0.1)
        else:
            return


def _tell_holder(descriptor: int, path: Path, command: str) -> None:
    # The monotonic clock is the same for every process of a machine, and nobody sets it.
    holder = json.dumps({"pid": os.getpid(), "command": command, "since": time.monotonic()}).encode()
    try:
        # One write over what stands there: whoever is just reading never finds an empty file.
        os.pwrite(descriptor, holder, 0)
        os.ftruncate(descriptor, len(holder))
    except OSError as error:
        raise CannotRun(
            f"{path}: cannot be written ({error.strerror}).\n  to do:    free disk space, or mend the permissions"
        ) from error


def _busy(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        age = max(0, round(time.monotonic() - holder["since"]))
        who = f"process {holder['pid']} ({holder['command']}), for {age} s"
    except (OSError, ValueError, KeyError, TypeError):
        who = "another process"
    return f"the home is being written by {who}.\n  to do:    wait, or call again with --wait SECONDS"
