"""Results as sections of ``benchmarks/RESULTS.md``: what was measured, on which machine, with which versions."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from benchmarks import bars
from benchmarks.figures import CHANGED, Figures, Measured
from benchmarks.processes import ROOT

RESULTS = Path(__file__).with_name("RESULTS.md")
BARS_HEADING = "## Bars of speed and memory"
_VERSIONS = ("dagster", "duckdb", "great-expectations", "numpy", "pandas", "polars")
_SMALL_SHARE = 0.01
_MEASURED = ("pipelines", "models", "sql", "benchmarks/*.py", "constraints.txt")
"""Paths whose change changes what is measured; results are written beside them."""

_NAMES = {
    "full": "full build: files to marts, checks, snapshot and reports included",
    "empty": "empty build: all steps run, nothing changed",
    "idle": "build that sees that there is nothing to do",
    "day": "one more day: load and build",
    "bare": "bare DuckDB: `read_csv`, all text, into tables",
    "pandas": "core and marts in pandas, to Parquet",
    "dbt": "derived tables in dbt-duckdb, whole command",
}


def bars_section(figures: Mapping[int, Figures], base: int, large: int) -> str:
    """The table of bars.

    Args:
        figures: by number of orders.
        base: orders that most bars are set for.
        large: orders at which growth is looked at.
    """
    lines = [
        BARS_HEADING,
        "",
        "Medians; limits as issue 4 sets them. *Net* is less an empty build. Memory is the largest process. Where fewer"
        " than 3 runs were made, their number stands in the place of a yes.",
        "",
        "| bar | figure | limit | held |",
        "| --- | ---: | ---: | --- |",
    ]
    for bar in bars.bars(figures, base, large):
        lines.append(f"| {bar.name} | {bar.figure} | {bar.limit} | {_held(bar)} |")
    states = {figures[size].commit or "unknown" for size in (base, large) if size in figures}
    if len(states) > 1 or any(state.endswith(CHANGED) for state in states):
        lines += ["", f"The sizes were measured at {', '.join(sorted(states))}: their growth is not told."]
    return "\n".join(lines) + "\n"


def _held(bar: bars.Bar) -> str:
    if bar.is_held is None:
        return "not measured"
    if not bar.is_held:
        return "**no**"
    return "yes" if bar.runs >= bars.ENOUGH_RUNS else f"{bar.runs} run{'s' * (bar.runs != 1)}"


def section(figures: Figures) -> str:
    """The section of one number of orders."""
    lines = [
        f"## Full build of {figures.orders:,} orders",
        "",
        f"{figures.byte_count / 1e6:,.0f} MB of exports, then {figures.day_byte_count / 1e6:,.1f} MB of the day after"
        f" with {figures.day_orders:,} new orders; {figures.machine}; {figures.date},"
        f" commit {figures.commit or 'unknown'}.",
        "",
        *_ratios(figures),
        "| | median s | runs | CPU s | peak MB |",
        "| --- | ---: | --- | ---: | ---: |",
        *(_row(name, figures.sides[key]) for key, name in _NAMES.items() if key in figures.sides),
    ]
    lines += [f"\n`{side}` was not measured: {why}" for side, why in figures.missing.items()]
    for side, title in (
        ("full", "Where the time of a full build goes"),
        ("empty", "What an empty build spends"),
        ("day", "What one more day spends"),
    ):
        if side in figures.sides and figures.sides[side].phases:
            lines += ["", f"{title} (wall seconds, counted once; median of each phase):", ""]
            lines += _phases(figures.sides[side].phases)
    return "\n".join(lines) + "\n"


def _ratios(figures: Figures) -> list[str]:
    said = []
    ratio = bars.over_bare(figures)
    if ratio is not None:
        full, idle, bare = (
            figures.sides[name].seconds if name in figures.sides else 0 for name in ("full", "idle", "bare")
        )
        said.append(
            f"**{ratio:.1f} x** bare DuckDB, net of an empty build"
            f" ({(full - idle) / bare:.1f} x net of the build with nothing to do, {full / bare:.1f} x gross)."
        )
    pandas, memory = bars.over_pandas(figures), bars.memory_of_pandas(figures)
    if pandas is not None and memory is not None:
        full = figures.sides["full"].seconds
        said.append(
            f"pandas takes **{pandas:.2f} x** a full build net of an empty one"
            f" ({figures.sides['pandas'].seconds / full:.2f} x gross), which needs {memory:.0%} of its memory."
        )
    dbt = bars.over_dbt(figures)
    if dbt is not None:
        side = figures.sides["dbt"]
        said.append(
            f"The derived tables take {bars.derived_seconds(figures):.1f} s in a full build,"
            f" {side.detail('models'):.1f} s in dbt-duckdb (**{dbt:.2f} x**),"
            f" {side.seconds:.1f} s with dbt's start and parsing."
        )
    day, share = bars.day_cpu_seconds(figures), bars.day_share(figures)
    if day is not None:
        of_full = "" if share is None else f", **{share:.1%}** of the full build's"
        said.append(f"One more day costs {day:.1f} s of CPU beyond an empty build{of_full}.")
    checks = bars.checks_share(figures)
    if checks is not None:
        said.append(f"Checks take {checks:.1%} of the full build, the import of Great Expectations left out.")
    return [*said, ""] if said else []


def _row(name: str, side: Measured) -> str:
    runs = ", ".join(f"{run.seconds:.1f}" for run in side.runs)
    return f"| {name} | {side.seconds:.1f} | {runs} | {side.cpu_seconds:.1f} | {side.peak_bytes / 2**20:,.0f} |"


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


def commit() -> str:
    """The commit of the tree, with a sign behind it where files were changed since; empty where git knows none."""
    said = [
        subprocess.run(
            ["git", *words],  # noqa: S607 - whichever is here
            cwd=ROOT,
            check=False,
            capture_output=True,
            text=True,
        )
        for words in (
            ("rev-parse", "--short=12", "HEAD"),
            ("status", "--porcelain", "--untracked-files=no", "--", *_MEASURED),
        )
    ]
    if any(one.returncode for one in said):
        return ""
    return said[0].stdout.strip() + CHANGED * bool(said[1].stdout.strip())


def machine() -> str:
    """Cores, memory and versions."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(f"{name} {version(name)}" for name in _VERSIONS)
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GB, {platform.system()}, CPython {platform.python_version()}, {versions}"
    )


def write_section(path: Path, text: str, *, is_first: bool = False) -> None:
    """Put a section into the results: in the place of the one with its heading, else at the end, or the beginning."""
    heading = text.splitlines()[0]
    old = path.read_text(encoding="utf-8") if path.exists() else "# Results\n"
    parts = re.split(r"(?m)^(?=## )", old)
    kept = [part.strip() for part in parts if part.strip() and part.splitlines()[0] != heading]
    last = 1 if is_first else len(kept)
    position = next((i for i, part in enumerate(parts) if part.splitlines()[:1] == [heading]), last)
    kept.insert(position, text.strip())
    path.write_text("\n\n".join(kept) + "\n", encoding="utf-8")
