"""The one lock of a home: held by every command that writes, freed by the kernel when its holder dies."""

from __future__ import annotations

import fcntl
import json
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipelines.errors import CannotRun

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


@contextmanager
def writing(home: Path, command: str, wait_seconds: float = 0.0) -> Generator[None]:
    """Hold the home's lock while writing.

    Args:
        home: the home.
        command: what is being done, told to whoever finds the lock busy.
        wait_seconds: how long to wait for another writer.

    Raises:
        CannotRun: the lock is busy for longer than that, or the home cannot be written.
    """
    path = home / "lock"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CannotRun(f"{path}: cannot be opened for writing ({error.strerror}).") from error
    try:
        _acquire(descriptor, path, wait_seconds)
        holder = json.dumps({"pid": os.getpid(), "command": command, "since": time.time()})
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, holder.encode(), 0)
        yield
    finally:
        os.close(descriptor)


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


def _busy(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        age = max(0, round(time.time() - holder["since"]))
        who = f"process {holder['pid']} ({holder['command']}), for {age} s"
    except (OSError, ValueError, KeyError):
        who = "another process"
    return f"the home is being written by {who}.\n  to do:    wait, or call again with --wait SECONDS"
