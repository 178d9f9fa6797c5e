"""Walking over the way: undisturbed, to learn how long each step takes and what it leaves; or with kills."""

from __future__ import annotations

import os
import shutil
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.killing import state
from benchmarks.killing.watch import START, Watch
from benchmarks.killing.way import drop
from benchmarks.killing.worker import Fresh

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from benchmarks.killing.way import Step
    from benchmarks.killing.worker import Running, Worker

FRESH_SHARE = 0.05
"""Share of the attempts that start an interpreter of their own."""
MOMENT_SHARE = 0.5
"""Share of the kills that aim at a moment of writing; the others are uniform in time."""
AFTER_MOMENT_SECONDS = 0.004
KEPT_SHARE, LEAST_LEFT = 0.8, 0.2
"""How much of a killed attempt's time the next one is spared, and the share of a step that is always left."""
FRESH_FINISH_SHARE = 0.25
"""Share of the commands behind a kill that go to their end in an interpreter of their own."""
MOST_RESTART_SECONDS = 30.0
LIMIT_SECONDS = 600
LOCKED = "lock written"
PARTS = ("ingest", "build", "publish")
"""Parts of the work that kills must hit, or the run says nothing of them."""


@dataclass
class Reference:
    """What an undisturbed walk was like.

    Attributes:
        seconds: of each step.
        moments: of each step, how often each moment was seen.
        statuses: exit status of each step.
        snapshots: digest of the snapshot after each step.
        tables: digest of the warehouse at the end.
        reports: what the reports say at the end.
    """

    seconds: list[float] = field(default_factory=list)
    moments: list[Counter[str]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    snapshots: list[state.Digest] = field(default_factory=list)
    tables: state.Digest = field(default_factory=dict)
    reports: dict[str, str] = field(default_factory=dict)


@dataclass
class Kills:
    """What happened in walks with kills.

    Attributes:
        count: kills that hit a running command.
        by_phase: by the moment of writing that was seen last.
        by_step: by the name of the step.
        by_part: by the part of the work that was hit: ingest, build, publish, another command.
        slowest_restart: seconds from the start of a command behind a kill to its first hold of the lock.
        slowest_fresh_restart: the same, of commands in an interpreter of their own.
        restarts: restarts that were measured; ``fresh_restarts``: of these, in an interpreter of their own.
        slowest_finish: seconds of the slowest command that went to its end behind a kill.
        walks: walks that went to their end.
        problems: what did not hold.
    """

    count: int = 0
    by_phase: Counter[str] = field(default_factory=Counter)
    by_step: Counter[str] = field(default_factory=Counter)
    by_part: Counter[str] = field(default_factory=Counter)
    slowest_restart: float = 0.0
    slowest_fresh_restart: float = 0.0
    restarts: int = 0
    fresh_restarts: int = 0
    slowest_finish: float = 0.0
    walks: int = 0
    problems: list[str] = field(default_factory=list)

    def add(self, other: Kills) -> None:
        """Add what another walker found."""
        self.count += other.count
        self.walks += other.walks
        self.by_phase += other.by_phase
        self.by_step += other.by_step
        self.by_part += other.by_part
        self.restarts += other.restarts
        self.fresh_restarts += other.fresh_restarts
        self.slowest_restart = max(self.slowest_restart, other.slowest_restart)
        self.slowest_fresh_restart = max(self.slowest_fresh_restart, other.slowest_fresh_restart)
        self.slowest_finish = max(self.slowest_finish, other.slowest_finish)
        self.problems += other.problems

    def lacking(self) -> list[str]:
        """What a run must have hit or measured to say anything, and did not."""
        found = [f"no kill hit {part}" for part in PARTS if not self.by_part[part]]
        return found + (["no restart was measured in a fresh interpreter"] if not self.fresh_restarts else [])

    def note_restart(self, seconds: float, *, is_fresh: bool) -> str:
        """Count a restart; says what is wrong with it, if anything. 0 seconds: the lock was never taken."""
        self.restarts += 1
        self.fresh_restarts += is_fresh
        self.slowest_restart = max(self.slowest_restart, seconds)
        if is_fresh:
            self.slowest_fresh_restart = max(self.slowest_fresh_restart, seconds)
        if not seconds:
            return "behind a kill it never took the lock"
        return f"behind a kill it took {seconds:.1f} s to its lock" if seconds > MOST_RESTART_SECONDS else ""


def part_of(step: Step, moment: str) -> str:
    """Which part of the work a kill hit: the command, and whether it was publishing."""
    if moment.startswith(("part ", "manifest ", "current ")):
        return "publish"
    return step.arguments[0]


def learn(worker: Worker, folder: Path, way: Sequence[Step]) -> Reference:
    """Walk undisturbed in ``folder/reference``."""
    home = folder / "reference"
    shutil.copytree(folder / "home", home)
    reference, reader = Reference(), state.SnapshotReader()
    for step in way:
        drop(home, step)
        with Watch(home) as watch:
            started, seen = time.monotonic(), Counter[str]()
            running = worker.start(["--home", str(home), *step.arguments], folder / "reference.log")
            while (status := running.poll(0)) is None:
                seen.update(watch.moments(0.1))
        reference.seconds.append(time.monotonic() - started)
        reference.moments.append(seen)
        reference.statuses.append(status)
        reference.snapshots.append(reader.proven(home))
    prove_end(home, way)
    reference.tables, reference.reports = state.warehouse_digest(home), state.reports_digest(home)
    return reference


def prove_end(home: Path, way: Sequence[Step]) -> None:
    """What must hold when the way was walked to its end."""
    state.prove_files(home, way)
    state.prove_taken(home, way)
    state.prove_ledger(home)
    state.prove_reports(home)
    state.prove_catalogue(home)
    state.prove_nothing_left(home)


class Walk:
    """One walk with kills, in a home of its own."""

    def __init__(
        self,
        worker: Worker,
        folder: Path,
        way: Sequence[Step],
        reference: Reference,
        draw: np.random.Generator,
        kills: Kills,
    ) -> None:
        """Figures are added to ``kills``."""
        self._worker, self._folder, self._way = worker, folder, way
        self._reference, self._draw, self._kills = reference, draw, kills
        self._home = folder / "walk"
        self._reader = state.SnapshotReader()

    def go(self, kill_count: int, *, is_each_step_hit: bool = False) -> None:
        """Walk, with about so many kills; a step that takes four times as long as another has twice as many.

        Args:
            kill_count: kills to aim for.
            is_each_step_hit: at least one kill a step, the first in the first half of its time.
        """
        shutil.rmtree(self._home, ignore_errors=True)
        shutil.copytree(self._folder / "home", self._home)
        weights = [seconds**0.5 for seconds in self._reference.seconds]
        for number, step in enumerate(self._way):
            drop(self._home, step)
            wanted = self._draw.poisson(kill_count * weights[number] / sum(weights))
            is_behind_kill = False
            left = self._reference.seconds[number]
            if is_each_step_hit:
                is_behind_kill = bool(self._killed(number, left / 2))
                wanted -= 1
            while wanted > 0 and (lived := self._killed(number, left)):
                wanted -= 1
                is_behind_kill = True
                # What was finished is kept, so that the next attempt ends sooner.
                left = max(left - KEPT_SHARE * lived, LEAST_LEFT * self._reference.seconds[number])
            self._finish(number, is_behind_kill=is_behind_kill)
        problems = []
        try:
            prove_end(self._home, self._way)
        except state.Broken as error:
            problems.append(str(error))
        problems += state.differences(state.warehouse_digest(self._home), self._reference.tables)
        problems += state.differences(state.reports_digest(self._home), self._reference.reports)
        self._tell(f"the end of walk {self._kills.walks + 1}", problems)
        self._kills.walks += 1

    def _start(self, number: int, *, is_fresh: bool) -> Running:
        arguments = ["--home", str(self._home), *self._way[number].arguments]
        log = self._folder / "walk.log"
        return Fresh(arguments, log) if is_fresh else self._worker.start(arguments, log)

    def _is_fresh(self, share: float) -> bool:
        return bool(self._draw.random() < share)

    def _killed(self, number: int, left: float) -> float:
        """Start a step that will take about so long and kill it; seconds that it lived, 0 where it ended before."""
        started = time.monotonic()
        is_fresh = self._is_fresh(FRESH_SHARE)
        with Watch(self._home) as watch:
            running = self._start(number, is_fresh=is_fresh)
            if self._draw.random() < MOMENT_SHARE:
                self._wait_for_moment(running, watch, number, left)
            else:
                # A fresh interpreter imports for some seconds before it does what the others do at once.
                self._wait_for_time(running, watch, left + 5 * is_fresh)
            if running.poll(0) is not None:
                return 0.0
            running.kill()
            lived = time.monotonic() - started
            for _ in watch.moments(0.001):
                pass
            self._kills.count += 1
            self._kills.by_phase[watch.last] += 1
            self._kills.by_step[self._way[number].name] += 1
            self._kills.by_part[part_of(self._way[number], watch.last)] += 1
        self._prove_after_kill(number, watch.last)
        return lived

    def _wait_for_moment(self, running: Running, watch: Watch, number: int, left: float) -> None:
        seen = self._reference.moments[number]
        # Kinds have equal chances, or the thousand writes of one kind would hide the one rename of another.
        kind = str(self._draw.choice(sorted(seen))) if seen else START
        coming = int(self._draw.integers(1, seen[kind] + 1)) if seen else 0
        # A moment that does not come again must not cost the whole step.
        deadline = time.monotonic() + left * self._draw.uniform(0.6, 1.1)
        while coming > 0 and running.poll(0) is None and time.monotonic() < deadline:
            for moment in watch.moments(0.1):
                coming -= moment == kind
                if coming == 0:
                    break
        time.sleep(self._draw.uniform(0, AFTER_MOMENT_SECONDS))

    def _wait_for_time(self, running: Running, watch: Watch, seconds: float) -> None:
        until = time.monotonic() + self._draw.uniform(0, seconds)
        while (left := until - time.monotonic()) > 0 and running.poll(0) is None:
            for _ in watch.moments(min(left, 0.1)):
                pass

    def _prove_after_kill(self, number: int, phase: str) -> None:
        problems = []
        try:
            state.prove_free(self._home)
            state.prove_files(self._home, self._way[: number + 1])
            found = self._reader.proven(self._home)
        except (state.Broken, OSError) as error:
            problems.append(str(error))
        except Exception as error:
            problems.append(f"{type(error).__name__}: {error}")
        else:
            before = self._reference.snapshots[number - 1] if number else {}
            allowed = (before, self._reference.snapshots[number])
            if found not in allowed:
                problems.append(f"a snapshot that is neither: {state.differences(found, allowed[1])[:3]}")
        self._tell(f"{self._way[number].name} (step {number + 1}), killed at {phase}", problems)

    def _finish(self, number: int, *, is_behind_kill: bool) -> None:
        """Let a step go to its end."""
        # The first of a walk for certain: a restart of a real process is what a user waits for.
        is_fresh = is_behind_kill and (not self._kills.fresh_restarts or self._is_fresh(FRESH_FINISH_SHARE))
        started = time.monotonic()
        restart = 0.0
        with Watch(self._home) as watch:
            running = self._start(number, is_fresh=is_fresh)
            status = None
            while status is None and time.monotonic() - started < LIMIT_SECONDS:
                for moment in watch.moments(0.1):
                    if not restart and moment == LOCKED:
                        restart = time.monotonic() - started
                status = running.poll(0)
            if status is None:
                running.kill()
        problems = []
        if status not in (0, self._reference.statuses[number]):
            problems.append(f"ended with {status}, undisturbed with {self._reference.statuses[number]}")
        if is_behind_kill:
            # Some commands take no lock, with or without a kill.
            if LOCKED in self._reference.moments[number]:
                problems += filter(None, [self._kills.note_restart(restart, is_fresh=is_fresh)])
            self._kills.slowest_finish = max(self._kills.slowest_finish, time.monotonic() - started)
        try:
            problems += state.differences(self._reader.proven(self._home), self._reference.snapshots[number])
        except state.Broken as error:
            problems.append(str(error))
        self._tell(f"{self._way[number].name} (step {number + 1}), after its end", problems)

    def _tell(self, place: str, problems: Sequence[str]) -> None:
        for problem in problems:
            print(f"  PROBLEM {place}: {problem}", flush=True)
            self._kills.problems.append(f"{place}: {problem}")
        if problems and (keep := os.environ.get("KEEP_BROKEN_HOMES")):
            shutil.copytree(self._home, Path(keep) / str(len(self._kills.problems)))
