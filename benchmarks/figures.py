"""What was measured, kept as JSON beside the results: every run of every side, by number of orders.

Written after each run of a side, so that a measurement which is stopped keeps what it has. Medians are made from it,
never stored.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.processes import Usage

CHANGED = "+"
"""Behind a commit: files were changed since."""


@dataclass
class Measured:
    """The runs of one side.

    Attributes:
        runs: what each run cost.
    """

    runs: list[Usage] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Median wall time."""
        return median(run.seconds for run in self.runs)

    @property
    def cpu_seconds(self) -> float:
        """Median processor time."""
        return median(run.cpu_seconds for run in self.runs)

    @property
    def peak_bytes(self) -> int:
        """Largest memory of any run."""
        return max(run.peak_bytes for run in self.runs)

    @property
    def phases(self) -> dict[str, float]:
        """Median seconds of each phase; a run without a phase counts as 0 for it."""
        names = {name: None for run in self.runs for name in run.phases}
        return {name: median(run.phases.get(name, 0.0) for run in self.runs) for name in names}

    def detail(self, name: str) -> float | None:
        """Median of another figure, None where no run has it."""
        found = [run.details[name] for run in self.runs if name in run.details]
        return median(found) if found else None


@dataclass
class Figures:
    """All that was measured with one number of orders.

    Attributes:
        orders: orders of the files that a full build reads.
        day_orders: new orders of the day on top.
        byte_count: bytes of the full build's files.
        day_byte_count: bytes of the day's files.
        machine: cores, memory, versions.
        date: day of the measurement.
        commit: that was measured, with a + behind it where files were changed since; empty where nobody knows.
        sides: by name.
        missing: sides that could not be measured, and why.
    """

    orders: int
    day_orders: int
    byte_count: int
    day_byte_count: int
    machine: str
    date: str
    sides: dict[str, Measured] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    commit: str = ""

    def is_of_same_commit(self, other: Figures) -> bool:
        """Whether both were measured on one known state of the tree, so that they may be compared."""
        return bool(self.commit) and self.commit == other.commit and not self.commit.endswith(CHANGED)

    def add(self, side: str, usage: Usage) -> None:
        """Count one run of a side."""
        self.sides.setdefault(side, Measured()).runs.append(usage)

    def has(self, *sides: str) -> bool:
        """Whether all of these were measured."""
        return all(side in self.sides for side in sides)


def read_figures(path: Path) -> dict[int, Figures]:
    """Figures by number of orders; none where there is no file."""
    if not path.exists():
        return {}
    found = {}
    for entry in json.loads(path.read_text(encoding="utf-8")):
        sides = {name: Measured([Usage(**run) for run in side["runs"]]) for name, side in entry.pop("sides").items()}
        found[entry["orders"]] = Figures(**entry, sides=sides)
    return found


def write_figures(path: Path, figures: dict[int, Figures]) -> None:
    """Write all figures, the smallest number of orders first."""
    entries = [asdict(figures[orders]) for orders in sorted(figures)]
    # Whoever stops the bench may do so here.
    new = path.with_suffix(".new")
    new.write_text(json.dumps(entries, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    new.replace(path)
