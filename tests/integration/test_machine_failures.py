"""The machine fails, for real: a full disk, missing permissions, other processes, a clock that is set.

Whatever fails, the command says what and what to do and ends in its status, the last snapshot stays readable, no file
is lost or blamed, and when the machine is well again the next build ends as if nothing had been.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipelines.dead_runs import close_dead_runs, has_open_runs
from pipelines.lock import writing
from pipelines.settings import load_settings, new_merchant, write_home
from pipelines.snapshot import open_snapshot
from pipelines.warehouse import open_warehouse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
KEEPRATE = [sys.executable, "-m", "pipelines.cli"]
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if name not in ("KEEPRATE_HOME", "DAGSTER_HOME", "COLUMNS")
}
_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 24, 1, 2
HEADER = "order_id,placed_date,currency_code,total_amount\n"


def keeprate(home: Path, *arguments: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a command as a process; whatever its status, nothing of it is a traceback."""
    command = [*KEEPRATE, "--home", str(home), *map(str, arguments)]
    done = subprocess.run(
        command, cwd=ROOT, check=False, capture_output=True, text=True, **{"env": ENVIRONMENT, **options}
    )
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
    assert "should not have happened" not in done.stderr + done.stdout, done.stderr + done.stdout
    return done


def new_home(home: Path, *merchants: str) -> Path:
    for merchant_id in merchants or ("north",):
        write_home(home, new_merchant(home, merchant_id))
    return home


def drop(home: Path, name: str, text: str, merchant_id: str = "north") -> Path:
    """A file that lies in an inbox and is complete."""
    path = home / "inbox" / merchant_id / name
    path.write_text(text, encoding="utf-8")
    moment = time.time() - 60
    os.utime(path, (moment, moment))
    return path


def orders(first: int, last: int, amount: str = "10.00") -> str:
    rows = "".join(f"{number},2026-03-{number % 28 + 1:02},USD,{amount}\n" for number in range(first, last + 1))
    return HEADER + rows


def published_orders(home: Path) -> dict[str, int]:
    with open_snapshot(home) as snapshot:
        counted = snapshot.query("select merchant_id, count(*) from core.orders group by all order by all")
        for name in snapshot.manifest["tables"]:
            snapshot.query(f"select * from {name}")
        return dict(counted.iter_rows())


# A full disk


@contextmanager
def tmpfs(folder: Path, size: str) -> Iterator[Path]:
    """A disk of that size, or the test is skipped where none may be mounted."""
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=False, capture_output=True
    )
    if done.returncode:
        pytest.skip("no disk may be mounted here; the limit on the size of files is tested instead")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(disk: Path, left: int) -> Path:
    """A file that leaves so many bytes free."""
    path = disk / "filler"
    free = shutil.disk_usage(disk).free
    with path.open("wb") as stream:
        for _ in range(max(0, (free - left) >> 16)):
            stream.write(b"\0" * (1 << 16))
    return path


def test_a_full_disk_ends_in_3_and_loses_nothing(tmp_path: Path) -> None:
    """At ever more free space: nothing at all can be written, a file cannot be loaded, a snapshot not published."""
    with tmpfs(tmp_path / "disk", "100M") as disk:
        home = new_home(disk / "home")
        drop(home, "a-2026-04-01.csv", orders(1, 20))
        assert keeprate(home, "build").returncode == 0
        waiting = drop(home, "b-2026-04-02.csv", orders(15, 40))
        statuses = []
        for left in (0, 200_000, 1_000_000, 2_500_000):
            filler = fill(disk, left)
            done = keeprate(home, "build")
            statuses.append(done.returncode)
            assert not (waiting.parent / "refused").exists()
            # All of one snapshot or all of the next: the disk may be full just behind the publish, for the reports.
            assert published_orders(home) in ([{"north": 20}, {"north": 40}] if done.returncode else [{"north": 40}])
            if done.returncode:
                assert "free disk space" in done.stderr
            filler.unlink()
        assert 3 in statuses
        assert set(statuses) <= {0, 3}
        assert keeprate(home, "build").returncode == 0
        assert published_orders(home) == {"north": 40}
        assert not list((home / "inbox" / "north").iterdir())


def test_a_limit_on_the_size_of_files_is_told(tmp_path: Path) -> None:
    """The same where no disk may be mounted: the kernel refuses every byte behind the limit."""
    home = new_home(tmp_path / "home")
    drop(home, "a-2026-04-01.csv", orders(1, 20))
    limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (100_000, 100_000))
    done = keeprate(home, "build", preexec_fn=limit)
    assert done.returncode == 3
    assert "to do:" in done.stderr
    assert not (home / "inbox" / "north" / "refused").exists()
    assert keeprate(home, "build").returncode == 0
    assert published_orders(home) == {"north": 20}


# No permission


@pytest.fixture
def guest_home(tmp_path: Path) -> Iterator[Path]:
    """A home of two merchants, whose permissions are given back at the end, so that it can be removed."""
    home = new_home(tmp_path / "home", "north", "south")
    yield home
    for path in (home, *home.iterdir(), *home.glob("inbox/*")):
        path.chmod(0o700)


def as_guest(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command as somebody whom permissions stop; root would pass them all."""
    return keeprate(home, *arguments, preexec_fn=_give_up_root_rights)


def _give_up_root_rights() -> None:
    """Let what is executed next be without the two capabilities by which root passes permissions."""
    for capability in (_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH):
        ctypes.CDLL(None).prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)


@pytest.mark.parametrize(
    ("taken_away", "mode"), [("", 0o500), ("lock", 0o400), ("warehouse.duckdb", 0o400), ("key", 0o000)]
)
def test_what_may_not_be_written_is_named(guest_home: Path, taken_away: str, mode: int) -> None:
    """A home, a lock, a warehouse, a key without permission: status 3, the path, what to do; no file is moved."""
    path = drop(guest_home, "a-2026-04-01.csv", orders(1, 3))
    assert as_guest(guest_home, "ingest", str(guest_home / "keeprate.toml"), "--merchant", "north").returncode == 1
    target = guest_home / taken_away
    target.chmod(mode)
    done = as_guest(guest_home, "build")
    assert done.returncode == 3, done.stderr
    assert str(target) in done.stderr
    assert "to do:" in done.stderr
    assert path.exists()


def test_an_inbox_without_permission_stops_nobody_else(guest_home: Path) -> None:
    """Its merchant is told; one whose files cannot be moved aside is loaded all the same, once."""
    drop(guest_home, "a-2026-04-01.csv", orders(1, 3), "north")
    stays = drop(guest_home, "b-2026-04-01.csv", orders(1, 5), "south")
    (guest_home / "inbox" / "north").chmod(0o000)
    (guest_home / "inbox" / "south").chmod(0o500)
    for _ in range(2):
        done = as_guest(guest_home, "build")
        assert done.returncode == 1, done.stdout + done.stderr
        assert "an inbox that cannot be read (Permission denied)" in done.stdout
        assert "it stays in the inbox" in done.stdout
    assert published_orders(guest_home) == {"south": 5}
    assert stays.exists()
    (guest_home / "inbox" / "north").chmod(0o700)
    (guest_home / "inbox" / "south").chmod(0o700)
    assert as_guest(guest_home, "build").returncode == 0
    assert published_orders(guest_home) == {"north": 3, "south": 5}
    assert not stays.exists()


def test_a_snapshot_that_may_not_be_written_is_named_and_made_up_for(guest_home: Path) -> None:
    """What was merged waits; with the permission back it is published."""
    drop(guest_home, "a-2026-04-01.csv", orders(1, 3))
    (guest_home / "snapshots").chmod(0o500)
    done = as_guest(guest_home, "build")
    assert done.returncode == 3, done.stdout
    assert "snapshots" in done.stderr
    assert "mend the permissions" in done.stderr
    (guest_home / "snapshots").chmod(0o700)
    assert as_guest(guest_home, "build").returncode == 0
    assert published_orders(guest_home) == {"north": 3}


# Other processes

_BROWSER = """
import sys, time, duckdb
with duckdb.connect(sys.argv[1]):
    print("open", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def test_a_warehouse_that_another_program_has_open(tmp_path: Path) -> None:
    """It names that process, waits for it if asked, and readers notice nothing."""
    home = new_home(tmp_path / "home")
    (tmp_path / "a.csv").write_text(orders(1, 3), encoding="utf-8")
    ingest = ("ingest", str(tmp_path / "a.csv"))
    assert keeprate(home, "build").returncode == 0
    browser = subprocess.Popen(
        [sys.executable, "-c", _BROWSER, str(home / "warehouse.duckdb"), "25"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert browser.stdout is not None
        assert browser.stdout.readline() == "open\n"
        done = keeprate(home, *ingest)
        assert done.returncode == 3
        assert f"process {browser.pid} (" in done.stderr
        assert "--wait SECONDS" in done.stderr
        assert keeprate(home, "query", "select 1 as one").returncode == 0
        assert keeprate(home, *ingest, "--wait", "60").returncode == 0
        assert browser.poll() == 0
    finally:
        browser.kill()
        browser.wait()


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


def until(holds: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


# A clock that is set

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
        compiler = shutil.which("cc") or pytest.skip("no C compiler, so no clock can be set for a process alone")
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
