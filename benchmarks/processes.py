"""A command in a process of its own, and what it cost: wall, processor time, memory.

Belongs here: starting and reading the clock. Not here: which commands there are (``sides``).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LAUNCHER = Path(__file__).with_name("launcher.py")


class CommandError(Exception):
    """A measured command ended with an error: the command, its status and what it printed.

    Attributes:
        status: its exit status, negative for a signal.
    """

    def __init__(self, command: list[str], status: int, printed: str) -> None:
        super().__init__(f"{' '.join(command[:8])} ended with {status}:\n{printed[-8_000:]}")
        self.status = status


@dataclass(frozen=True)
class Usage:
    """What a command cost, or several, one behind the other.

    Attributes:
        seconds: wall time.
        cpu_seconds: user and system time of the process and of all that it started and waited for.
        peak_bytes: largest resident memory of any of these processes.
        phases: seconds by phase, where they were recorded.
        details: other figures of this side by name, in seconds.
    """

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    phases: dict[str, float] = field(default_factory=dict)
    details: dict[str, float] = field(default_factory=dict)

    def __add__(self, other: Usage) -> Usage:
        """Both, one behind the other."""
        return Usage(
            seconds=self.seconds + other.seconds,
            cpu_seconds=self.cpu_seconds + other.cpu_seconds,
            peak_bytes=max(self.peak_bytes, other.peak_bytes),
            phases=_sums(self.phases, other.phases),
            details=_sums(self.details, other.details),
        )


@dataclass(frozen=True)
class Ended:
    """A command that ended.

    Attributes:
        status: its exit status, negative for a signal.
        usage: what it cost.
        printed: its standard output.
        errors: what it printed to standard error.
    """

    status: int
    usage: Usage
    printed: str
    errors: str


def run_to_its_end(command: list[str], environment: dict[str, str] | None = None, cwd: Path = ROOT) -> Ended:
    """Run a command to its end, whichever that is.

    Args:
        command: program and arguments.
        environment: variables that are set besides the inherited ones.
        cwd: folder to run in.

    Returns:
        How it ended, what it cost, and what it printed.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryFile() as output,
        tempfile.TemporaryFile() as errors,
    ):
        told = Path(folder) / "used.json"
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(LAUNCHER), str(told), *command],
            cwd=cwd,
            stdout=output,
            stderr=errors,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
        try:
            process.wait()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        seconds = time.perf_counter() - started
        output.seek(0)
        errors.seek(0)
        printed, complained = output.read().decode(errors="replace"), errors.read().decode(errors="replace")
        if process.returncode:
            raise CommandError(command, process.returncode, printed + complained)
        used = json.loads(told.read_text(encoding="utf-8"))
    return Ended(used["status"], Usage(seconds, used["cpu_seconds"], used["peak_bytes"]), printed, complained)


def run_process(command: list[str], environment: dict[str, str] | None = None, cwd: Path = ROOT) -> tuple[Usage, str]:
    """Run a command that must end well.

    Args:
        command: program and arguments.
        environment: variables that are set besides the inherited ones.
        cwd: folder to run in.

    Returns:
        What it cost, and what it printed to its standard output.

    Raises:
        CommandError: it ended with an error.
    """
    ended = run_to_its_end(command, environment, cwd)
    if ended.status:
        raise CommandError(command, ended.status, ended.printed + ended.errors)
    return ended.usage, ended.printed


def python(*arguments: str) -> list[str]:
    """A command of this environment's Python."""
    return [sys.executable, *arguments]


def _sums(left: dict[str, float], right: dict[str, float]) -> dict[str, float]:
    return {name: left.get(name, 0.0) + right.get(name, 0.0) for name in {**left, **right}}
