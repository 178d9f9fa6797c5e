"""A watch over a home's folders (inotify): what a writer is doing, seen from outside within a millisecond."""

from __future__ import annotations

import ctypes
import os
import select
import struct
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_MODIFY, _MOVED_TO, _CREATE, _DELETE = 0x2, 0x80, 0x100, 0x200
_IS_FOLDER, _OVERFLOW = 0x40000000, 0x4000
_HEAD = struct.Struct("iIII")

# What a change of a path, relative to the home, tells; the first that fits.
_MOMENTS = (
    ("lock", "lock"),
    ("warehouse.duckdb.wal", "write-ahead log"),
    ("warehouse.duckdb", "warehouse file"),
    ("scratch", "scratch"),
    ("snapshots/parts/", "part"),
    ("snapshots/manifests/", "manifest"),
    ("snapshots/", "current"),
    ("reports/checks", "check pages"),
    ("reports/", "report"),
    ("inbox/", "inbox"),
    ("dagster/", "catalogue"),
)
_KINDS = {_MODIFY: "written", _MOVED_TO: "renamed to", _CREATE: "made", _DELETE: "removed"}
START = "before the first write"


class Watch:
    """Watches a home; a context manager.

    Attributes:
        last: the moment that was seen last, such as ``"part renamed to"``.
    """

    def __init__(self, home: Path) -> None:
        """Watch every folder that is there and every one that is made later."""
        self._home, self.last = home, START
        self._library = ctypes.CDLL(None, use_errno=True)
        self._descriptor = self._library.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        self._folders: dict[int, Path] = {}
        for folder, _, _ in os.walk(home):
            self._add(Path(folder).relative_to(home))

    def moments(self, seconds: float) -> Iterator[str]:
        """What happens during so many seconds, as it happens; ends early only where the caller stops."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if select.select([self._descriptor], [], [], left)[0]:
                yield from self._read()

    def _read(self) -> Iterator[str]:
        data = os.read(self._descriptor, 1 << 16)
        place = 0
        while place < len(data):
            folder, mask, _, length = _HEAD.unpack_from(data, place)
            name = data[place + _HEAD.size : place + _HEAD.size + length].rstrip(b"\0").decode()
            place += _HEAD.size + length
            if mask & _OVERFLOW:
                raise RuntimeError("the watch missed events")
            path = str(self._folders.get(folder, Path()) / name)
            if mask & _IS_FOLDER and mask & _CREATE:
                self._add(Path(path))
            kind = next((word for bit, word in _KINDS.items() if mask & bit), None)
            thing = next((thing for start, thing in _MOMENTS if path.startswith(start)), None)
            if kind and thing:
                self.last = f"{thing} {kind}"
                yield self.last

    def _add(self, folder: Path) -> None:
        mask = _MODIFY | _MOVED_TO | _CREATE | _DELETE
        number = self._library.inotify_add_watch(self._descriptor, os.fsencode(self._home / folder), mask)
        if number >= 0:  # A folder that is gone again needs no watch.
            self._folders[number] = folder

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)
