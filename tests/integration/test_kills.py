"""SIGKILL at a few random moments of ingest, build and report; ``python -m benchmarks.kills`` does it by the hundred.

After each kill the last snapshot is whole and one of the two that the command may leave, no file is lost and the lock
is free; at the end every table, report and file is as after a walk that nobody disturbed.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchmarks.killing import state
from benchmarks.kills import run_kills

pytestmark = pytest.mark.slow

KILLS = 8
ORDERS = 60


def test_nothing_is_lost_whenever_the_process_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One walk over ingest, build, inbox and report."""
    monkeypatch.delenv("KEEPRATE_HOME", raising=False)
    kills = run_kills(tmp_path, KILLS, seed=7, orders=ORDERS, is_short=True)
    assert kills.problems == []
    assert kills.count >= KILLS // 2, kills.count
    assert kills.slowest_restart < 30


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
