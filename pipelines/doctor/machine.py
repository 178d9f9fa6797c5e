"""The machine: disk, memory, the lock, the clock."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.doctor.finding import Finding, ago, size, split
from pipelines.errors import CannotRun
from pipelines.lock import writing
from pipelines.memory import available_memory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.settings import Settings

FAIL_FREE_BYTES, WARN_FREE_BYTES = 1 << 30, 5 << 30
FEWEST_INODES = 10_000
AHEAD_SECONDS = 300
"""So far a file may be ahead of the clock: disks of other machines have clocks of their own."""
_NETWORK = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "ceph", "glusterfs")


def disk(home: Path) -> Iterator[Finding]:
    """Free space: for what a build spills, and for one copy of the warehouse."""
    free = shutil.disk_usage(home).free
    warehouse = home / "warehouse.duckdb"
    held = warehouse.stat().st_size if warehouse.exists() else 0
    found = f"{size(free)} free at {home}" + (f", the warehouse has {size(held)}" if held else "")
    remedy = "free space, or move the home to a larger disk"
    if free < FAIL_FREE_BYTES:
        yield Finding("disk", "fail", found, remedy, "a build that finds the disk full ends, and publishes nothing")
    elif free < max(WARN_FREE_BYTES, held + FAIL_FREE_BYTES):
        why = "a build spills what does not fit into memory, and keeprate erase copies the warehouse"
        yield Finding("disk", "warn", found, remedy, why)
    else:
        yield Finding("disk", "ok", found)
    inodes = os.statvfs(home)
    if inodes.f_files and inodes.f_favail < FEWEST_INODES:
        yield Finding(
            "disk",
            "warn",
            f"{inodes.f_favail} more files can be made at {home}",
            "remove small files that nobody needs",
            "a snapshot is made of many files; without room for one more the disk counts as full",
        )


def memory(settings: Settings | None) -> Iterator[Finding]:
    """Free memory beside DuckDB's limit."""
    available = available_memory()
    if available is None:
        return
    if settings is None:
        yield Finding("memory", "ok", f"{size(available)} available")
        return
    limit = _bytes_of(settings.memory_limit)
    if limit is None:
        yield Finding(
            "memory",
            "fail",
            f"[engine] memory_limit = {settings.memory_limit!r} in keeprate.toml",
            'write a number and a unit, for example memory_limit = "4GB"',
            "the warehouse cannot be opened with it",
        )
        return
    found = f"{size(available)} available, DuckDB may use {settings.memory_limit}"
    if available < limit:
        yield Finding(
            "memory",
            "warn",
            found,
            "end other programs, or lower memory_limit under [engine] in keeprate.toml: larger work then goes to disk",
            "a build that asks for memory that is not there is killed by the machine",
        )
    else:
        yield Finding("memory", "ok", found)


def _bytes_of(text: str) -> float | None:
    import re

    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]i?)?B\s*", text, re.IGNORECASE)
    if not match:
        return None
    unit = (match[2] or "").upper()
    power = "KMGT".index(unit[0]) + 1 if unit else 0
    return float(match[1]) * (1024 if unit.endswith("I") else 1000) ** power


def lock(home: Path) -> Iterator[Finding]:
    """Who writes. A lock whose holder died is free: the kernel gave it back."""
    path = home / "lock"
    if path.exists() and not os.access(path, os.R_OK | os.W_OK):
        yield Finding(
            "lock",
            "fail",
            f"{path} cannot be opened by this user",
            f"chown it to the user who runs Keeprate: {path}",
            "every command that writes takes it first",
        )
        return
    try:
        with writing(home, "keeprate doctor"):
            yield Finding("lock", "ok", "nobody writes")
    except CannotRun as error:
        found, remedy = split(str(error))
        yield Finding("lock", "warn", found, remedy, "another command that writes would end, or wait with --wait")
    kind = _file_system(home)
    if kind in _NETWORK:
        yield Finding(
            "lock",
            "warn",
            f"{home} lies on a network file system ({kind})",
            "move the home to a disk of this machine",
            "locks may not hold there between machines, and DuckDB's file may be damaged",
        )


def _file_system(home: Path) -> str:
    """Kind of the file system that a folder lies on, or an empty text."""
    best, kind = "", ""
    try:
        mounts = Path("/proc/mounts").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    for line in mounts:
        _, point, found, *_ = line.split(" ")
        if (f"{home}/").startswith(point.rstrip("/") + "/") and len(point) >= len(best):
            best, kind = point, found
    return kind


def clock(home: Path) -> Iterator[Finding]:
    """Whether the clock was set back: something here is newer than now."""
    now = time.time()
    paths = [home / name for name in ("warehouse.duckdb", "keeprate.toml", "snapshots/current")]
    paths += [*(home / "inbox").glob("*/*"), *(home / "snapshots" / "manifests").glob("*.json")]
    ahead = {path: path.stat().st_mtime - now for path in paths if path.is_file()}
    newest = max(ahead, key=lambda path: ahead[path], default=None)
    if newest is None:
        yield Finding("clock", "ok", "nothing to compare it with")
    elif ahead[newest] > AHEAD_SECONDS:
        yield Finding(
            "clock",
            "warn",
            f"{newest} was written {ago(ahead[newest]).replace(' ago', '')} ahead of the clock",
            "set the clock of this machine (timedatectl), or touch the file if its date is wrong",
            "the age of a file without a date in its name is taken from the disk, and the newer one wins",
        )
    else:
        yield Finding("clock", "ok", f"nothing is ahead of it; the newest file here was written {ago(-ahead[newest])}")
