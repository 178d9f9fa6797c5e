"""Runs ``keeprate`` commands one after another, each in a process of its own that can be killed with its group.

The processes are forked from one that has imported everything: a kill during an import tells nothing, and imports
would be most of the time. ``Worker(is_warm=False)`` starts a fresh interpreter for each command instead.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parents[2]


class Running(Protocol):
    """A command that runs in a process group of its own."""

    def poll(self, seconds: float) -> int | None:
        """Its exit status, negative for a signal, or None if it still runs after so many seconds."""

    def kill(self) -> None:
        """SIGKILL to its whole group."""


class Fresh:
    """A command in an interpreter of its own."""

    def __init__(self, arguments: Sequence[str], log: Path) -> None:
        """Start it; what it prints is added to ``log``."""
        with log.open("ab") as stream:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "pipelines.cli", *arguments],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
            )

    def poll(self, seconds: float) -> int | None:
        """See ``Running``."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def kill(self) -> None:
        """See ``Running``."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


class Worker:
    """The process that commands are forked from; a context manager."""

    def __init__(self) -> None:
        """Start it; the first command waits until it has imported everything."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.killing.worker"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, arguments: Sequence[str], log: Path) -> Running:
        """Fork a process that runs ``keeprate ARGUMENTS``; what it prints is added to ``log``."""
        return Forked(self, self.ask(arguments=list(arguments), log=str(log))["pid"])

    def ask(self, **request: Any) -> dict[str, Any]:
        """One question and its answer."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the worker has no pipes")
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait()


class Forked:
    """A command that the worker forked."""

    def __init__(self, worker: Worker, pid: int) -> None:
        """Of a process that leads its group."""
        self._worker, self._pid = worker, pid
        self._status: int | None = None

    def poll(self, seconds: float) -> int | None:
        """See ``Running``."""
        if self._status is None:
            self._status = self._worker.ask(wait=self._pid, seconds=seconds)["status"]
        return self._status

    def kill(self) -> None:
        """See ``Running``."""
        os.killpg(self._pid, signal.SIGKILL)
        self.poll(30)


def _import_everything() -> None:
    from pipelines.settings import apply_process_limits

    apply_process_limits(2)
    import great_expectations  # noqa: F401
    import polars  # noqa: F401
    import pyarrow.parquet  # noqa: F401

    from pipelines.cli.parser import running  # noqa: F401
    from pipelines.definitions import defs
    from pipelines.quality import pages, run  # noqa: F401
    from pipelines.reports import write  # noqa: F401

    defs.resolve_job_def("build")
    # What is here lives as long as the worker; children need not look at it, which would copy it page by page.
    gc.collect()
    gc.freeze()
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads > 1:
        print(f"warning: {threads} threads before the first fork", file=sys.stderr)


def _fork(arguments: list[str], log: str) -> int:
    pid = os.fork()
    if pid:
        return pid
    os.setsid()
    for number, path, flags in ((0, os.devnull, os.O_RDONLY), (1, log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)):
        os.dup2(os.open(path, flags, 0o600), number)
    os.dup2(1, 2)
    from pipelines.cli.parser.running import run

    status = run(arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _wait(pid: int, seconds: float) -> int | None:
    import select

    # The kernel tells of the child's end at once, and the wait itself costs nothing.
    descriptor = os.pidfd_open(pid)
    try:
        ready, _, _ = select.select([descriptor], [], [], seconds)
    finally:
        os.close(descriptor)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) if ready else None


def _serve() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    _import_everything()
    for line in sys.stdin:
        request = json.loads(line)
        if "wait" in request:
            answer = {"status": _wait(request["wait"], request["seconds"])}
        else:
            answer = {"pid": _fork(request["arguments"], request["log"])}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    _serve()
