"""Dagster's folder of a home: there, with telemetry off."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipelines.doctor.finding import Finding, size

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGE_BYTES = 2 << 30
_TELEMETRY_OFF = re.compile(r"^telemetry:\s*\n(?:\s+.*\n)*?\s+enabled:\s*false\b", re.MULTILINE)


def examine(home: Path) -> Iterator[Finding]:
    """Look at its configuration and size."""
    path = home / "dagster" / "dagster.yaml"
    if not path.exists():
        yield Finding(
            "dagster",
            "fail",
            f"{path} is missing",
            "keeprate init with the id of a merchant that exists: it writes what is missing and changes nothing else",
            "Dagster would start with its own settings: telemetry on, several runs at once",
        )
        return
    if not _TELEMETRY_OFF.search(path.read_text(encoding="utf-8", errors="replace")):
        yield Finding(
            "dagster",
            "warn",
            f"{path} does not switch telemetry off",
            "write telemetry: and below it, indented, enabled: false",
            "Dagster then tells its makers how it is used; no data leave this machine otherwise",
        )
        return
    taken = sum(file.stat().st_size for file in path.parent.rglob("*") if file.is_file())
    if taken > LARGE_BYTES:
        yield Finding(
            "dagster",
            "warn",
            f"{path.parent} takes {size(taken)}",
            "stop make dev, then remove the folders history and storage in it: only the history of runs is lost",
            "it grows with every run",
        )
    else:
        yield Finding("dagster", "ok", f"telemetry is off; {size(taken)}")
