"""SIGKILL at a few random moments of ingest, build and report; ``python -m benchmarks.kills`` does it by the hundred.

After each kill the last snapshot is whole and one of the two that the command may leave, no file is lost and the lock
is free; at the end every table, report and file is as after a walk that nobody disturbed.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchmarks.killing import state
from benchmarks.killing.walk import Kills, part_of
from benchmarks.killing.way import Step
from benchmarks.kills import run_kills

pytestmark = pytest.mark.slow

KILLS = 8
ORDERS = 60
STEPS = {"ingest", "build", "inbox and build", "report", "corrections", "erase"}


def test_nothing_is_lost_whenever_the_process_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One walk over ingest, build, inbox, report, corrections and erasure, each of them killed at least once."""
    monkeypatch.delenv("KEEPRATE_HOME", raising=False)
    kills = run_kills(tmp_path, KILLS, seed=7, orders=ORDERS, is_short=True)
    assert kills.problems == []
    assert set(kills.by_step) == STEPS, "a step without a kill proves nothing"
    assert kills.restarts >= len(STEPS) - 1 and kills.fresh_restarts > 0
    assert 0 < kills.slowest_restart < 30


def test_a_restart_that_is_missing_or_slow_is_a_problem_and_parts_that_were_not_hit_are_told() -> None:
    kills = Kills()
    assert kills.note_restart(2.0, is_fresh=False) == ""
    assert "30.5 s" in kills.note_restart(30.5, is_fresh=True)
    assert "never" in kills.note_restart(0.0, is_fresh=False)
    assert (kills.slowest_restart, kills.slowest_fresh_restart, kills.restarts) == (30.5, 30.5, 3)
    step = Step("inbox and build", ("build",))
    for moment in ("write-ahead log written", "manifest renamed to"):
        kills.by_part[part_of(step, moment)] += 1
    assert kills.lacking() == ["no kill hit ingest"]
    assert len(Kills().lacking()) == 4


def test_what_is_broken_is_seen(built_home: Path, tmp_path: Path) -> None:
    """The proof itself: a part that is cut, gone, or lists other rows, and a manifest that is half written."""

    def copied(name: str) -> Path:
        home = tmp_path / name
        shutil.copytree(built_home / "snapshots", home / "snapshots")
        return home

    def part_of(home: Path) -> Path:
        parts = sorted((home / "snapshots" / "parts").glob("core.orders-*"))
        return parts[0]

    assert state.SnapshotReader().proven(copied("whole"))["core.orders"][0] > 0

    gone = copied("gone")
    part_of(gone).unlink()
    cut = copied("cut")
    part_of(cut).write_bytes(part_of(cut).read_bytes()[:-40])
    swapped = copied("swapped")
    first, second = sorted((swapped / "snapshots" / "parts").glob("core.order_lines-*"))[:2]
    shutil.copyfile(second, first)
    half = copied("half")
    manifest = half / "snapshots" / "manifests" / (half / "snapshots" / "current").read_text().strip()
    manifest.write_text(manifest.read_text() + " ")
    for home in (gone, cut, swapped, half):
        with pytest.raises(state.Broken):
            state.SnapshotReader().proven(home)
