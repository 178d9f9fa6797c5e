"""A clock that jumps: back a day and ahead a year between builds, really set for the process."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from homes_by_hand import ENVIRONMENT, ROOT, drop, keeprate, new_home, orders, published_orders
from what_is_here import skip_unless_ci

from pipelines.settings import load_settings
from pipelines.snapshot import open_snapshot
from pipelines.warehouse import open_warehouse

pytestmark = pytest.mark.slow


_CLOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static long offset(void) { const char *text = getenv("CLOCK_OFFSET"); return text ? atol(text) : 0; }

int clock_gettime(clockid_t clock, struct timespec *moment) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *)) dlsym(RTLD_NEXT, "clock_gettime");
    int status = real(clock, moment);
    if (!status && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) moment->tv_sec += offset();
    return status;
}

int gettimeofday(struct timeval *moment, void *zone) {
    struct timespec precise;
    int status = clock_gettime(CLOCK_REALTIME, &precise);
    moment->tv_sec = precise.tv_sec;
    moment->tv_usec = precise.tv_nsec / 1000;
    return status;
}

time_t time(time_t *result) {
    struct timespec precise;
    clock_gettime(CLOCK_REALTIME, &precise);
    if (result) *result = precise.tv_sec;
    return precise.tv_sec;
}
"""


class SetClock:
    """Runs commands on a clock that is ahead or behind: the C library's, below Python and DuckDB."""

    def __init__(self, folder: Path, home: Path) -> None:
        compiler = shutil.which("cc") or skip_unless_ci("no C compiler, so no clock can be set for a process alone")
        (folder / "clock.c").write_text(_CLOCK, encoding="utf-8")
        self._library = folder / "clock.so"
        subprocess.run([compiler, "-shared", "-fPIC", "-o", self._library, folder / "clock.c", "-ldl"], check=True)
        self._home = home

    def environment(self, ahead: timedelta) -> dict[str, str]:
        return ENVIRONMENT | {"LD_PRELOAD": str(self._library), "CLOCK_OFFSET": str(int(ahead.total_seconds()))}

    def keeprate(self, ahead: timedelta, *arguments: str) -> subprocess.CompletedProcess[str]:
        started = time.time()
        done = keeprate(self._home, *arguments, env=self.environment(ahead))
        # The kernel's clock was not set: files get the time that they would have.
        for path in self._home.rglob("*"):
            moment = path.stat().st_mtime
            if moment >= started - 1:
                os.utime(path, (moment + ahead.total_seconds(),) * 2)
        return done


def test_a_clock_that_is_set_back_and_ahead_loses_nothing(tmp_path: Path) -> None:
    """Loads keep their order, snapshots their numbers, readers their parts."""
    home = new_home(tmp_path / "home")
    clock = SetClock(tmp_path, home)
    moved = subprocess.run(
        [
            sys.executable,
            "-c",
            "import time, duckdb; print(time.time(), duckdb.execute('select epoch(now())').fetchall()[0][0])",
        ],
        env=clock.environment(timedelta(days=365)),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert all(float(word) - time.time() > 364 * 86_400 for word in moved.split())

    # Three files of the same age that disagree: the one loaded last counts, whatever the clock said then.
    days = (timedelta(0), timedelta(days=-1), timedelta(days=365), timedelta(0))
    for place, ahead in enumerate(days):
        path = drop(home, f"{place}-2026-04-01.csv", orders(1, 10 + place, f"{10 + place}.00"))
        moment = time.time() + ahead.total_seconds() - 60
        os.utime(path, (moment, moment))
        open_before = open_snapshot(home) if place else None
        done = clock.keeprate(ahead, "build")
        assert done.returncode == 0, done.stdout + done.stderr
        assert published_orders(home) == {"north": 10 + place}
        with open_snapshot(home) as snapshot:
            assert snapshot.manifest["version"] == place + 1
            found = snapshot.query(
                "select min(total_amount), max(total_amount), min(first_seen_at), max(last_changed_at) from core.orders"
            ).row(0)
            assert [float(value) for value in found[:2]] == [10.0 + place] * 2
            assert [f"{value:%Y-%m-%d}" for value in found[2:]] == ["2026-04-01"] * 2
        if open_before:
            # A page that has the last snapshot open goes on reading it.
            with open_before:
                assert open_before.query("select * from core.orders").height == 9 + place
    with open_warehouse(load_settings(home), "test") as warehouse:
        loads = warehouse.connection.execute(
            "select file_name from raw.files where file_name like '%.csv' order by file_sequence"
        ).fetchall()
    assert loads == [(f"{place}-2026-04-01.csv",) for place in range(len(days))]
    # What the year ahead left behind is dated now, so that it is removed in two days and not in a year.
    parts = list((home / "snapshots" / "parts").iterdir())
    listed = {part["file"] for table in open_snapshot(home).manifest["tables"].values() for part in table["parts"]}
    assert listed <= {path.name for path in parts}
    assert all(path.stat().st_mtime < time.time() + 60 for path in parts if path.name not in listed)


def test_a_busy_lock_tells_its_age_by_a_clock_that_nobody_sets(tmp_path: Path) -> None:
    """A holder that began on another clock is a few seconds old, not a year."""
    home = new_home(tmp_path / "home")
    clock = SetClock(tmp_path, home)
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time; from pathlib import Path; from pipelines.lock import writing\n"
            "with writing(Path(sys.argv[1]), 'keeprate build'): print('held', flush=True); time.sleep(60)",
            str(home),
        ],
        cwd=ROOT,
        env=clock.environment(timedelta(days=-365)),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        done = keeprate(home, "build", "--json")
        assert done.returncode == 3
        message = json.loads(done.stdout)["error"]["message"]
        age = int(message.partition(f"process {holder.pid} (keeprate build), for ")[2].partition(" s")[0])
        assert 0 <= age < 60
    finally:
        holder.kill()
        holder.wait()
