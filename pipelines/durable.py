"""Files that are there whole or not at all, after a kill and after a loss of power.

Text is written beside its place, flushed to the disk, and renamed into it; then the folder is flushed, since a rename
lives in the folder. What is written belongs elsewhere.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


def write_durably(path: Path, text: str, mode: int = 0o666) -> None:
    """Write a text file by rename: a reader sees all of the old one or all of the new one.

    Args:
        path: the file; its folder exists.
        text: its content, written as UTF-8 with the line ends that it has.
        mode: permissions of a new file, less the process's umask.

    Raises:
        OSError: no space, no permission; the old file is as it was.
    """
    with _part_beside(path, text, mode) as part:
        part.replace(path)


def write_once_durably(path: Path, text: str, mode: int = 0o666) -> bool:
    """Write a text file where there is none yet; of two writers at once the first one's stays.

    Returns:
        Whether it was written.
    """
    with _part_beside(path, text, mode) as part:
        try:
            os.link(part, path)
        except FileExistsError:
            return False
    return True


@contextmanager
def _part_beside(path: Path, text: str, mode: int) -> Generator[Path]:
    # Its own name for each process: two writers must not write into one another's half file.
    part = path.with_name(f".{path.name}-{os.getpid()}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        yield part
    finally:
        part.unlink(missing_ok=True)
    sync_folder(path.parent)


WRITTEN = ("snapshots/", "snapshots/*/", "reports/*/", "models/*/*/")
"""Folders of a home in which files are written by rename."""


def clear_all_parts(home: Path) -> None:
    """``clear_parts`` of a home and of every folder in it that holds such files."""
    for folder in (home, *(found for pattern in WRITTEN for found in home.glob(pattern))):
        clear_parts(folder)


def clear_parts(folder: Path) -> None:
    """Remove what processes that are gone were just writing into a folder; it may hold what was to be erased.

    A part of this process is one of an earlier process with its number: the caller writes nothing now.
    """
    for part in folder.glob(".*.part"):
        number = part.stem.rpartition("-")[2]
        if number.isdecimal() and (int(number) == os.getpid() or not _lives(int(number))):
            part.unlink(missing_ok=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        # It is somebody else's.
        return True
    return True


def sync_file(path: Path) -> None:
    """Flush a file that another wrote to the disk."""
    _sync(path)


def sync_folder(path: Path) -> None:
    """Flush a folder's entries to the disk: what was renamed into it stays."""
    _sync(path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
