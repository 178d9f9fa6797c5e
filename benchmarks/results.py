"""Results as a section of ``benchmarks/RESULTS.md``: what was measured, on which machine, with which versions."""

from __future__ import annotations

import datetime as dt
import os
import platform
import re
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.build import Measured

RESULTS = Path(__file__).with_name("RESULTS.md")
_VERSIONS = ("dagster", "duckdb", "great-expectations", "numpy", "polars")
_SMALL_SHARE = 0.01

_NAMES = {
    "full": "full build: files to marts, checks, snapshot and reports included",
    "forced": "forced run in which nothing changed",
    "idle": "build with nothing to do",
    "bare": "bare DuckDB: `read_csv`, all text, into tables",
}


def section(orders: int, byte_count: int, measured: Mapping[str, Measured], phases: Mapping[str, float]) -> str:
    """The section's text.

    Args:
        orders: orders that were simulated.
        byte_count: bytes of their exports.
        measured: ``full``, ``forced``, ``idle`` and ``bare``.
        phases: seconds by phase of one more full build.
    """
    full, forced, idle, bare = (measured[name].middle for name in ("full", "forced", "idle", "bare"))
    lines = [
        _heading(orders),
        "",
        f"{byte_count / 1e6:,.0f} MB of exports; {machine()}; {dt.datetime.now(dt.UTC):%Y-%m-%d}.",
        "",
        f"**{(full - forced) / bare:.1f} x** bare DuckDB, net of the run in which nothing changed"
        f" ({(full - idle) / bare:.1f} x net of the build with nothing to do, {full / bare:.1f} x gross).",
        "",
        "| | median s | runs | peak MB |",
        "| --- | ---: | --- | ---: |",
    ]
    for key, name in _NAMES.items():
        one = measured[key]
        runs = ", ".join(f"{seconds:.1f}" for seconds in one.seconds)
        lines.append(f"| {name} | {one.middle:.1f} | {runs} | {one.peak_bytes / 2**20:,.0f} |")
    lines += ["", "Where the time goes (one more full build, seconds counted once):", "", *_phases(phases)]
    return "\n".join(lines) + "\n"


def _heading(orders: int) -> str:
    return f"## Full build of {orders:,} orders"


def _phases(phases: Mapping[str, float]) -> list[str]:
    total = sum(phases.values())
    large = {name: seconds for name, seconds in phases.items() if seconds >= _SMALL_SHARE * total}
    rest = total - sum(large.values())
    rows = [*sorted(large.items(), key=lambda item: -item[1]), (f"{len(phases) - len(large)} smaller ones", rest)]
    return [
        "| phase | s | share |",
        "| --- | ---: | ---: |",
        *(f"| {name} | {seconds:.2f} | {seconds / total:.0%} |" for name, seconds in rows),
        f"| all | {total:.2f} | 100% |",
    ]


def machine() -> str:
    """Cores, memory and versions."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(f"{name} {version(name)}" for name in _VERSIONS)
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GB, {platform.system()}, CPython {platform.python_version()}, {versions}"
    )


def write_section(path: Path, text: str) -> None:
    """Put a section into the results: in the place of the one with its heading, else at the end."""
    heading = text.splitlines()[0]
    old = path.read_text(encoding="utf-8") if path.exists() else "# Results\n"
    parts = re.split(r"(?m)^(?=## )", old)
    kept = [part.strip() for part in parts if part.strip() and part.splitlines()[0] != heading]
    position = next((i for i, part in enumerate(parts) if part.splitlines()[:1] == [heading]), len(kept))
    kept.insert(position, text.strip())
    path.write_text("\n\n".join(kept) + "\n", encoding="utf-8")
