"""Two that want one home: another program in its warehouse, two builds, a run of Dagster that waits or was killed."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from homes_by_hand import ENVIRONMENT, KEEPRATE, ROOT, drop, keeprate, new_home, orders, published_orders, until

from pipelines.dead_runs import close_dead_runs, has_open_runs
from pipelines.lock import writing

pytestmark = pytest.mark.slow


_BROWSER = """
import sys, duckdb
with duckdb.connect(sys.argv[1]):
    print("open", flush=True)
    sys.stdin.read()
"""


def test_a_warehouse_that_another_program_has_open(tmp_path: Path) -> None:
    """It names that process, waits for it if asked, and readers notice nothing."""
    home = new_home(tmp_path / "home")
    (tmp_path / "a.csv").write_text(orders(1, 3), encoding="utf-8")
    ingest = ("ingest", str(tmp_path / "a.csv"))
    assert keeprate(home, "build").returncode == 0
    browser = subprocess.Popen(
        [sys.executable, "-c", _BROWSER, str(home / "warehouse.duckdb")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert browser.stdout is not None
        assert browser.stdin is not None
        assert browser.stdout.readline() == "open\n"
        done = keeprate(home, *ingest)
        assert done.returncode == 3
        assert f"process {browser.pid} (" in done.stderr
        assert "--wait SECONDS" in done.stderr
        assert keeprate(home, "query", "select 1 as one").returncode == 0
        waiting = subprocess.Popen(
            [*KEEPRATE, "--home", str(home), *ingest, "--wait", "60"],
            cwd=ROOT,
            env=ENVIRONMENT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        # It has the home's lock, so that only the browser is in its way.
        until(lambda: is_locked(home))
        assert waiting.poll() is None
        browser.stdin.close()
        assert waiting.wait(60) == 0
        assert browser.wait(10) == 0
    finally:
        browser.kill()
        browser.wait()


def is_locked(home: Path) -> bool:
    """Whether a process holds the home's lock."""
    with (home / "lock").open("rb") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_two_builds_at_once(tmp_path: Path) -> None:
    """One builds; the other says who does and since when, or waits and finds nothing to do."""
    home = new_home(tmp_path / "home")
    drop(home, "a-2026-04-01.csv", orders(1, 30))

    def start(*options: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*KEEPRATE, "--home", str(home), "build", *options],
            cwd=ROOT,
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    together = [start(), start()]
    said = {process: process.communicate() for process in together}
    assert sorted(process.returncode for process in together) == [0, 3]
    builder, other = sorted(together, key=lambda process: process.returncode)
    assert "published: snapshot 1" in said[builder][0]
    assert f"process {builder.pid} (keeprate build), for " in said[other][1]

    drop(home, "b-2026-04-02.csv", orders(20, 50))
    together = [start("--wait", "300"), start("--wait", "300")]
    heads = sorted(process.communicate()[0] for process in together)
    assert [process.returncode for process in together] == [0, 0]
    assert sum("published: snapshot 2" in head for head in heads) == 1
    assert sum("nothing to do" in head for head in heads) == 1
    assert published_orders(home) == {"north": 50}


def test_a_run_of_dagster_that_is_killed_is_closed_and_one_that_waits_is_not(tmp_path: Path) -> None:
    """A real run, which waits for the lock of another writer."""
    import dagster as dg

    home = new_home(tmp_path / "home")
    environment = ENVIRONMENT | {"KEEPRATE_HOME": str(home), "DAGSTER_HOME": str(home / "dagster")}
    command = [sys.executable, "-m", "dagster", "job", "execute", "-m", "pipelines.definitions", "-j", "build"]
    with dg.DagsterInstance.from_config(str(home / "dagster")) as instance:
        with writing(home, "test"):
            run = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            try:
                until(lambda: any((home / "dagster" / "alive").glob("*")))
                until(lambda: has_open_runs(home))
                assert close_dead_runs(instance, home) == []
            finally:
                os.killpg(run.pid, signal.SIGKILL)
                run.wait()
        assert keeprate(home, "build").returncode == 0
        (closed,) = instance.get_runs()
        assert closed.status == dg.DagsterRunStatus.FAILURE
        assert list((home / "dagster" / "alive").iterdir()) == []
    assert not has_open_runs(home)
