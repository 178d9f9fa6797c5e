"""Every bar of speed and memory, all sides in one run on the same files: ``make bench``.

Writes the demo shops' exports of two days, then measures in each run every side once (see ``benchmarks/sides.py``),
each command in a process of its own so that imports count. After each of them ``benchmarks/RESULTS.md`` and the
figures beside it are written, so that a run which is stopped keeps what it measured.

Run ``python -m benchmarks.build --orders 20000 60000 --bars 20000 60000 --runs 1 --results mine.md`` to try.
"""

from __future__ import annotations

import argparse
import datetime as dt
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from benchmarks.bars import BASE, LARGE
from benchmarks.figures import Figures, read_figures, write_figures
from benchmarks.processes import CommandError
from benchmarks.results import RESULTS, bars_section, commit, machine, section, write_section
from benchmarks.sides import NEEDS_HOME, SIDES, Round, write_exports
from benchmarks.two_days import DAY_ORDERS

FEWER_SIDES = ("bare", "full", "empty", "day")
"""Sides of the larger sizes, where none are named: those that bars are set for there."""

_LARGEST_DAY_SHARE = 50


def main() -> int:
    """Measure, print, and write ``benchmarks/RESULTS.md``.

    Returns:
        0, or 1 where a side could not be measured, or 130 where somebody stopped it.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.build", description=__doc__.splitlines()[0])
    parser.add_argument("--orders", type=int, nargs="+", default=[BASE], help="orders of both shops, by size")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--sides", nargs="+", choices=SIDES, help="all; of larger sizes: " + ", ".join(FEWER_SIDES))
    parser.add_argument("--day-orders", type=int, default=DAY_ORDERS, help="new orders of the day on top")
    parser.add_argument("--bars", type=int, nargs=2, default=(BASE, LARGE), help="sizes that the bars are set for")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--folder", type=Path, help="where to work; a temporary folder if left out")
    parser.add_argument("--results", type=Path, default=RESULTS, help="file whose sections are written")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    is_complete = True
    try:
        for orders in sorted(set(options.orders)):
            fewer = FEWER_SIDES if orders > min(options.orders) else tuple(SIDES)
            sides = in_order(options.sides or fewer)
            # A day that is too large a part of all is none.
            day_orders = max(min(options.day_orders, orders // _LARGEST_DAY_SHARE), 10)
            bench = Bench(options.results, tuple(options.bars))
            with tempfile.TemporaryDirectory(dir=options.folder, prefix="bench-") as name:
                is_complete &= bench.measure(
                    Path(name).resolve(), orders, day_orders, options.runs, options.seed, sides
                )
    except KeyboardInterrupt:
        print(f"stopped; what was measured stands in {options.results}", file=sys.stderr)
        return 130
    return 0 if is_complete else 1


def _stop(number: int, frame: FrameType | None) -> None:
    """However it is stopped: the measured process ends with it, and the working folder goes."""
    raise KeyboardInterrupt


def in_order(sides: Sequence[str]) -> list[str]:
    """Sides in the order of measuring, with the full build where one of them needs its home."""
    wanted = {*sides, *(("full",) if any(side in NEEDS_HOME for side in sides) else ())}
    return [side for side in SIDES if side in wanted]


class Bench:
    """Measures sizes and keeps the results.

    Args:
        results: file of the results; the figures stand beside it as JSON.
        bar_sizes: orders that the bars are set for.
    """

    def __init__(self, results: Path, bar_sizes: tuple[int, int]) -> None:
        self.results, self.bar_sizes = results, bar_sizes

    def measure(self, folder: Path, orders: int, day_orders: int, runs: int, seed: int, sides: Sequence[str]) -> bool:
        """Measure all sides of one size.

        Returns:
            Whether every side could be measured.
        """
        exports = write_exports(folder / "exports", orders, day_orders, seed)
        figures = Figures(
            orders=orders,
            day_orders=day_orders,
            byte_count=exports.byte_count,
            day_byte_count=exports.day_byte_count,
            machine=machine(),
            date=f"{dt.datetime.now(dt.UTC):%Y-%m-%d}",
            commit=commit(),
        )
        for number in range(runs):
            this = Round(folder / f"run-{number}", exports)
            this.folder.mkdir()
            for side in sides:
                if side in figures.missing or (side in NEEDS_HOME and "full" in figures.missing):
                    continue
                self._measure_side(this, side, figures, f"{orders:,} orders, run {number + 1} of {runs}")
            shutil.rmtree(this.folder)
        print(section(figures))
        return not figures.missing

    def _measure_side(self, this: Round, side: str, figures: Figures, said: str) -> None:
        try:
            usage = SIDES[side](this)
        except CommandError as failure:
            # One side that fails does not cost the others their hour.
            figures.missing[side] = f"a command of it ended with status {failure.status}"
            print(f"{said}: {failure}", file=sys.stderr, flush=True)
        else:
            figures.add(side, usage)
            print(
                f"{said}: {side} {usage.seconds:.1f} s, {usage.cpu_seconds:.1f} s of CPU, "
                f"{usage.peak_bytes / 2**20:,.0f} MB",
                flush=True,
            )
        self._keep(figures)

    def _keep(self, figures: Figures) -> None:
        path = self.results.with_suffix(".json")
        known = {**read_figures(path), figures.orders: figures}
        write_figures(path, known)
        write_section(self.results, section(figures))
        write_section(self.results, bars_section(known, *self.bar_sizes), is_first=True)


if __name__ == "__main__":
    sys.exit(main())
