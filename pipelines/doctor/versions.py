"""The libraries beside ``constraints.txt``, and the interpreter."""

from __future__ import annotations

import importlib.metadata
import platform
import re
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.doctor.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

CONSTRAINTS = Path(__file__).resolve().parents[2] / "constraints.txt"
_WHY = "tables, locks and the file formats were tested with the versions in constraints.txt only"


def examine() -> Iterator[Finding]:
    """Compare what is installed with the pins."""
    if not CONSTRAINTS.exists():
        yield Finding(
            "versions",
            "warn",
            f"{CONSTRAINTS} is not there, so versions cannot be compared",
            "run Keeprate from its own folder, as installed by make env",
            _WHY,
        )
        return
    pins = dict(re.findall(r"^([\w.-]+)==(\S+)$", CONSTRAINTS.read_text(encoding="utf-8"), re.MULTILINE))
    other, absent = [], []
    required = {re.split(r"[^\w.-]", text)[0] for text in _required()}
    for name, pinned in pins.items():
        try:
            present = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            absent += [name] if name.lower() in required else []
        else:
            other += [f"{name} {present} (tested with {pinned})"] if present != pinned else []
    if absent:
        yield Finding("versions", "fail", f"not installed: {', '.join(absent)}", "make env", _WHY)
    elif other:
        yield Finding("versions", "warn", ", ".join(other), "make env", _WHY)
    else:
        yield Finding(
            "versions",
            "ok",
            f"keeprate {importlib.metadata.version('keeprate')}, Python {platform.python_version()},"
            f" duckdb {importlib.metadata.version('duckdb')}; all as in constraints.txt",
        )


def _required() -> list[str]:
    return [text.lower() for text in importlib.metadata.requires("keeprate") or [] if "extra ==" not in text]
