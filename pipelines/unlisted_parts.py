"""Parts and manifests that are in force no more: they stay for readers that have them open, then they are removed.

Also what a publish that was killed was just writing. Which parts are in force is written in ``pipelines.publishing``.
"""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

KEEP_SECONDS = 48 * 3600
"""How long a part that no manifest in force lists is kept, for readers that have it open."""


def clear_left_behind(folder: Path) -> None:
    """Remove what a publish that was killed was just writing; the lock says that none is at work."""
    for left_behind in (folder / "parts").glob(".writing-*"):
        shutil.rmtree(left_behind, ignore_errors=True)
    for left_behind in (*folder.glob(".*.part"), *(folder / "manifests").glob(".*.part")):
        left_behind.unlink(missing_ok=True)


def remove_unlisted(folder: Path, manifest: dict[str, Any], previous: dict[str, Any]) -> None:
    """Remove parts and manifests that have not been in force for so long, but never those of the last snapshot.

    A reader may have that one open, whatever the clock says that was set in between.
    """
    current = (folder / "current").read_text(encoding="ascii").strip()
    kept = files_of(manifest) | files_of(previous)
    _remove_old(path for path in (folder / "parts").iterdir() if path.name not in kept)
    kept_manifests = (current, f"{previous['version']:08d}-")
    _remove_old(path for path in (folder / "manifests").iterdir() if not path.name.startswith(kept_manifests))


def _remove_old(paths: Iterable[Path]) -> None:
    now = time.time()
    for path in paths:
        age = now - path.stat().st_mtime
        if age > KEEP_SECONDS:
            path.unlink(missing_ok=True)
        elif age < 0:
            # From before the clock was set back: its time begins now, or it would stay for that much longer.
            touch((path,))


def touch(paths: Iterable[Path]) -> None:
    """Let the time since when no manifest lists some parts begin now."""
    for path in paths:
        if path.exists():
            os.utime(path)


def files_of(manifest: dict[str, Any]) -> set[str]:
    """Names of the parts that a manifest lists."""
    return {part["file"] for table in manifest["tables"].values() for part in table["parts"]}
