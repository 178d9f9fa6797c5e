"""The sides that are measured, each in processes of its own, all on the same files.

Belongs here: which commands a side is made of. Not here: how often and in which order (``build``), what is made of
the figures (``bars``, ``results``).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import Usage, python, run_process

THREADS = 2


@dataclass(frozen=True)
class Exports:
    """Files of two successive days.

    Attributes:
        first: merchant id to the files of the first day, in the order of loading.
        day: merchant id to the files of the day after.
    """

    first: Mapping[str, list[Path]]
    day: Mapping[str, list[Path]]

    @property
    def paths(self) -> list[Path]:
        """Files of the first day, all merchants."""
        return [path for paths in self.first.values() for path in paths]

    @property
    def byte_count(self) -> int:
        """Bytes of the first day's files."""
        return sum(path.stat().st_size for path in self.paths)

    @property
    def day_byte_count(self) -> int:
        """Bytes of the day after."""
        return sum(path.stat().st_size for paths in self.day.values() for path in paths)


@dataclass(frozen=True)
class Round:
    """One run of all sides.

    Attributes:
        folder: a folder of its own, removed behind it.
        exports: the files.
    """

    folder: Path
    exports: Exports

    @property
    def home(self) -> Path:
        """Home of the merchants, made by the full build."""
        return self.folder / "home"


def write_exports(folder: Path, orders: int, day_orders: int, seed: int) -> Exports:
    """Write the demo shops' exports of two days; not measured here (see ``benchmarks.simulate``)."""
    command = ["-m", "benchmarks.two_days", "--output", str(folder), "--orders", str(orders), "--seed", str(seed)]
    _, printed = run_process(python(*command, "--day-orders", str(day_orders)))
    shutil.rmtree(folder / "world")
    days = json.loads(printed)
    return Exports(
        **{day: {shop: [Path(path) for path in paths] for shop, paths in days[day].items()} for day in ("first", "day")}
    )


def measure_full(this: Round) -> Usage:
    """``keeprate ingest`` of every file, then ``keeprate build``, into a fresh home."""
    new_home(this.home, list(this.exports.first))
    return _loaded(this, this.exports.first)


def measure_idle(this: Round) -> Usage:
    """A build that sees that there is nothing to do."""
    return _keeprate(this, ["build"])


def measure_empty(this: Round) -> Usage:
    """The same build run through all its steps although nothing changed."""
    return _keeprate(this, ["build"], is_forced=True)


def measure_day(this: Round) -> Usage:
    """Load the day after and build."""
    return _loaded(this, this.exports.day)


def measure_bare(this: Round) -> Usage:
    """DuckDB reads the same files into tables of text."""
    database = this.folder / "bare.duckdb"
    paths = map(str, this.exports.paths)
    usage, _ = run_process(python("-m", "benchmarks.bare", str(database), str(THREADS), *paths))
    database.unlink()
    return usage


def measure_pandas(this: Round) -> Usage:
    """Core and marts in pandas, from the same files to Parquet."""
    output = this.folder / "pandas"
    shops = [f"{shop}={path}" for shop, paths in this.exports.first.items() for path in paths]
    usage, _ = run_process(python("-m", "benchmarks.pandas_side", "--output", str(output), *shops))
    shutil.rmtree(output)
    return usage


def measure_dbt(this: Round) -> Usage:
    """The derived tables of core and marts by dbt-duckdb, from the same SQL, in a copy of the warehouse."""
    from benchmarks.dbt_side import measure

    return measure(this.home, this.folder / "dbt", THREADS)


SIDES: Mapping[str, Callable[[Round], Usage]] = {
    "bare": measure_bare,
    "pandas": measure_pandas,
    "full": measure_full,
    "idle": measure_idle,
    "empty": measure_empty,
    "dbt": measure_dbt,
    "day": measure_day,
}
"""In the order of measuring: what stands behind ``full`` works on its home, and the day changes it."""

NEEDS_HOME = ("idle", "empty", "dbt", "day")


def new_home(home: Path, merchants: list[str]) -> None:
    """A home with the demo shops as merchants, as ``keeprate init`` and a hand on keeprate.toml make it."""
    from pipelines.settings import new_merchant, write_home
    from pipelines.simulate.shops import SHOPS

    home.parent.mkdir(parents=True, exist_ok=True)
    for shop in SHOPS:
        if shop.merchant_id in merchants:
            write_home(
                home,
                new_merchant(
                    home, shop.merchant_id, locale=shop.locale, timezone=shop.timezone, currency_code=shop.currency
                ),
            )


def _loaded(this: Round, files: Mapping[str, list[Path]]) -> Usage:
    commands = [["ingest", *map(str, paths), "--merchant", shop] for shop, paths in files.items()]
    usages = [_keeprate(this, command) for command in (*commands, ["build"])]
    return sum(usages[1:], usages[0])


def _keeprate(this: Round, command: list[str], *, is_forced: bool = False) -> Usage:
    """One ``keeprate`` command, its phases recorded (see ``phases``: some wrapped calls, no measurable cost)."""
    phases = this.folder / "phases.json"
    options = ["--phases", str(phases), *(["--force"] if is_forced else [])]
    usage, _ = run_process(python("-m", "benchmarks.command", *options, "--home", str(this.home), *command))
    recorded = json.loads(phases.read_text(encoding="utf-8"))
    return Usage(usage.seconds, usage.cpu_seconds, usage.peak_bytes, phases=recorded)
