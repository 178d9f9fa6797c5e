"""Kills ``keeprate`` at random moments and looks whether anything is lost: ``python -m benchmarks.kills --kills 500``.

Half of the kills are uniform in time, half aim at a moment of writing that an undisturbed walk showed: the write of
the log, a part's rename, the manifest, ``current``, a file's move out of the inbox. After each kill the last snapshot
must be whole and one of the two that the step may leave; when the way was walked to its end, every table, report and
file must be as after an undisturbed walk.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from benchmarks.killing.walk import Kills, Walk, learn
from benchmarks.killing.way import prepare
from benchmarks.killing.worker import Worker

PER_WALK = 80
"""Kills of a walk; each walk is also a whole way undisturbed, so more of them cost less each."""


def run_kills(
    folder: Path, kill_count: int, seed: int, orders: int, per_walk: int = PER_WALK, *, is_short: bool = False
) -> Kills:
    """Walk until so many kills have hit.

    Args:
        folder: an empty folder.
        kill_count: SIGKILLs of a process group.
        seed: of the moments; the same seed draws the same moments, which the machine hits only nearly.
        orders: of both simulated shops together.
        per_walk: kills of a walk.
        is_short: one walk over a short way, at least one kill a step, however many hit.
    """
    draw, kills = np.random.default_rng(seed), Kills()
    way = prepare(folder, orders, is_short=is_short)
    with Worker() as worker:
        reference = learn(worker, folder, way)
        print(f"undisturbed: {sum(reference.seconds):.0f} s, {len(way)} commands", flush=True)
        while kills.count < kill_count and not (is_short and kills.walks):
            walk = Walk(worker, folder, way, reference, draw, kills)
            walk.go(min(per_walk, kill_count - kills.count), is_each_step_hit=is_short)
            print(f"walk {kills.walks}: {kills.count} kills, {len(kills.problems)} problems", flush=True)
    return kills


def _side_by_side(folder: Path, arguments: argparse.Namespace) -> Kills:
    """Several walkers at once, each with homes and draws of its own; a command leaves a processor idle at times."""
    count, all_kills = arguments.walkers, Kills()
    with ThreadPoolExecutor(count) as walkers:
        begun = []
        for number in range(count):
            own = folder / str(number + 1)
            own.mkdir(parents=True)
            share = arguments.kills // count + (number < arguments.kills % count)
            begun.append(
                walkers.submit(run_kills, own, share, arguments.seed + number, arguments.orders, arguments.per_walk)
            )
        for one in begun:
            all_kills.add(one.result())
    return all_kills


def main() -> int:
    """Kill, print figures.

    Returns:
        1 where anything did not hold, or where a part of the work was never hit.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--orders", type=int, default=1_500, help="of both simulated shops together")
    parser.add_argument("--per-walk", type=int, default=PER_WALK, help="kills of a walk over the whole way")
    parser.add_argument("--walkers", type=int, default=2, help="so many walk at once")
    parser.add_argument("--folder", type=Path, help="keep the homes there; empty or new")
    arguments = parser.parse_args()
    os.environ.pop("KEEPRATE_HOME", None)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.folder or Path(scratch)
        kills = _side_by_side(folder, arguments)
    print(
        f"\n{kills.count} kills in {kills.walks} walks, {time.monotonic() - started:,.0f} s\n"
        f"slowest command behind a kill: {kills.slowest_restart:.1f} s to its lock"
        f" ({kills.slowest_fresh_restart:.1f} s of {kills.fresh_restarts} in fresh interpreters),"
        f" {kills.slowest_finish:.1f} s to its end\n"
        f"problems: {len(kills.problems)}"
    )
    for words in kills.lacking():
        print(f"LACKING: {words}")
    for title, counter in (
        ("part", kills.by_part),
        ("command", kills.by_step),
        ("last seen before the kill", kills.by_phase),
    ):
        print(f"\n{title}")
        for name, count in counter.most_common():
            print(f"  {count:5}  {name}")
    return 1 if kills.problems or kills.lacking() else 0


if __name__ == "__main__":
    raise SystemExit(main())
