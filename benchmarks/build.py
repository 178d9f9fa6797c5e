"""How long a full build takes, against DuckDB merely reading the same files: ``make bench``.

Measures, each command in a process of its own so that imports count, and the median of several runs:

* a full build: ``keeprate ingest`` of every export of the demo shops, then ``keeprate build``, into a fresh home;
* a build with nothing to do, and the same run forced, so that Dagster steps through every layer for nothing;
* bare DuckDB: ``read_csv`` of the same files, every column text, into tables of a DuckDB file.

Then one more full build tells where the time goes. Run ``python -m benchmarks.build --orders 60000`` to try.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.results import RESULTS, section, write_section

ROOT = Path(__file__).resolve().parents[1]
THREADS = 2
UNTIL = dt.date(2026, 11, 1)

_BARE = """
import sys
import duckdb
connection = duckdb.connect(sys.argv[1], config={"threads": int(sys.argv[2])})
for number, path in enumerate(sys.argv[3:]):
    connection.execute(
        f"create table file_{number} as from read_csv($1, header = true, all_varchar = true, delim = ',',"
        " quote = '\\"', escape = '\\"', max_line_size = 8388608)",
        [path],
    )
connection.close()
"""


@dataclass
class Measured:
    """Seconds and memory of one thing that is measured.

    Attributes:
        seconds: wall time of each run.
        peak_bytes: largest resident memory of any process of any run.
    """

    seconds: list[float] = field(default_factory=list)
    peak_bytes: int = 0

    @property
    def middle(self) -> float:
        """Median of the runs, in seconds."""
        return median(self.seconds)

    def add(self, runs: list[tuple[float, int]]) -> None:
        """Count some commands, run one behind the other, as one run."""
        self.seconds.append(sum(seconds for seconds, _ in runs))
        self.peak_bytes = max(self.peak_bytes, *(peak for _, peak in runs))


def main() -> None:
    """Measure, print, and write the section of ``benchmarks/RESULTS.md``."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.build", description=__doc__.splitlines()[0])
    parser.add_argument("--orders", type=int, default=1_000_000, help="orders of both shops together")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--folder", type=Path, help="where to work; a temporary folder if left out")
    parser.add_argument("--results", type=Path, default=RESULTS, help="file whose section is written")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name).resolve()
        files = write_exports(folder / "exports", options.orders, options.seed)
        measured = {key: Measured() for key in ("full", "forced", "idle", "bare")}
        for number in range(options.runs):
            measure(folder / f"run-{number}", files, measured)
            said = ", ".join(f"{name} {one.seconds[-1]:.1f} s" for name, one in measured.items())
            print(f"run {number + 1} of {options.runs}: {said}", flush=True)
        phases = measure_phases(folder / "phases", files)
        size = sum(path.stat().st_size for paths in files.values() for path in paths)
        text = section(options.orders, size, measured, phases)
    print(text)
    write_section(options.results, text)


def write_exports(folder: Path, orders: int, seed: int) -> dict[str, list[Path]]:
    """Write the demo shops' exports; not measured here (see ``benchmarks.simulate``).

    Returns:
        Files to load, by merchant.
    """
    command = ["simulate", "--output", str(folder), "--orders", str(orders), "--seed", str(seed)]
    run_command([*command, "--until", UNTIL.isoformat()])
    shops = [path for path in sorted(folder.iterdir()) if path.is_dir() and path.name != "truth"]
    return {path.name: sorted(path.glob("*.csv")) for path in shops}


def measure(folder: Path, files: dict[str, list[Path]], measured: dict[str, Measured]) -> None:
    """One run of everything, in a fresh home and a fresh database; both are removed by the caller."""
    home = new_home(folder, list(files))
    measured["full"].add([run_command(command) for command in full_build(home, files)])
    measured["idle"].add([run_command(["--home", str(home), "build"])])
    measured["forced"].add([run_command(["--force", "--home", str(home), "build"])])
    paths = [str(path) for own in files.values() for path in own]
    bare = [sys.executable, "-c", _BARE, str(folder / "bare.duckdb"), str(THREADS), *paths]
    measured["bare"].add([run_process(bare)])


def measure_phases(folder: Path, files: dict[str, list[Path]]) -> dict[str, float]:
    """Seconds by phase of one more full build, the commands added up."""
    home = new_home(folder, list(files))
    phases: dict[str, float] = defaultdict(float)
    for number, command in enumerate(full_build(home, files)):
        found = folder / f"phases-{number}.json"
        run_command(["--phases", str(found), *command])
        for name, seconds in json.loads(found.read_text(encoding="utf-8")).items():
            phases[name] += seconds
    return phases


def full_build(home: Path, files: dict[str, list[Path]]) -> list[list[str]]:
    """The commands that lead the files to the marts."""
    ingests = [
        ["--home", str(home), "ingest", *map(str, paths), "--merchant", merchant] for merchant, paths in files.items()
    ]
    return [*ingests, ["--home", str(home), "build"]]


def new_home(folder: Path, merchants: list[str]) -> Path:
    """A home with the demo shops as merchants, as ``keeprate init`` and a hand on keeprate.toml make it."""
    from pipelines.settings import new_merchant, write_home
    from pipelines.simulate.shops import SHOPS

    folder.mkdir(parents=True)
    home = folder / "home"
    for shop in SHOPS:
        if shop.merchant_id in merchants:
            write_home(
                home,
                new_merchant(
                    home, shop.merchant_id, locale=shop.locale, timezone=shop.timezone, currency_code=shop.currency
                ),
            )
    return home


def run_command(arguments: list[str]) -> tuple[float, int]:
    """Run one ``keeprate`` command; returns wall seconds and peak memory in bytes."""
    return run_process([sys.executable, "-m", "benchmarks.command", *arguments])


def run_process(command: list[str]) -> tuple[float, int]:
    """Run a process to its end.

    Returns:
        Wall seconds, and peak resident memory in bytes.

    Raises:
        SystemExit: it failed; what it printed is shown.
    """
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            sys.exit(f"{' '.join(command[:8])} ended with {process.returncode}:\n{output.read().decode()}")
    return seconds, usage.ru_maxrss * 1024


if __name__ == "__main__":
    main()
