"""The machine fails, for real: a full disk, a limit on files, missing permissions.

Whatever fails, the command says what and what to do and ends in its status, the last snapshot stays readable, no file
is lost or blamed, and when the machine is well again the next build ends as if nothing had been.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from homes_by_hand import as_guest, drop, keeprate, new_home, orders, published_orders
from what_is_here import skip_unless_ci

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow


@contextmanager
def tmpfs(folder: Path, size: str) -> Iterator[Path]:
    """A disk of that size; where none may be mounted the test is skipped, but not in CI."""
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=False, capture_output=True
    )
    if done.returncode:
        skip_unless_ci("no disk may be mounted here; the limit on the size of files is tested instead")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture(scope="session")
def published_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of one merchant with 20 orders published; tests that write take a copy."""
    home = new_home(tmp_path_factory.mktemp("published") / "home")
    drop(home, "a-2026-04-01.csv", orders(1, 20))
    assert keeprate(home, "build").returncode == 0
    return home


def fill(disk: Path, left: int) -> Path:
    """A file that leaves so many bytes free."""
    path = disk / "filler"
    free = shutil.disk_usage(disk).free
    with path.open("wb") as stream:
        for _ in range(max(0, (free - left) >> 16)):
            stream.write(b"\0" * (1 << 16))
    return path


def test_a_full_disk_ends_in_3_and_loses_nothing(published_home: Path, tmp_path: Path) -> None:
    """At ever more free space: nothing at all can be written, a file cannot be loaded, a snapshot not published."""
    with tmpfs(tmp_path / "disk", "100M") as disk:
        home = disk / "home"
        shutil.copytree(published_home, home)
        waiting = drop(home, "b-2026-04-02.csv", orders(15, 40))
        statuses = []
        for left in (0, 200_000, 1_500_000):
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


def test_a_limit_on_the_size_of_files_is_told(published_home: Path, tmp_path: Path) -> None:
    """The same where no disk may be mounted: the kernel refuses every byte behind the limit."""
    home = tmp_path / "home"
    shutil.copytree(published_home, home)
    drop(home, "b-2026-04-02.csv", orders(15, 40))
    limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (100_000, 100_000))
    done = keeprate(home, "build", preexec_fn=limit)
    assert done.returncode == 3
    assert "to do:" in done.stderr
    assert not (home / "inbox" / "north" / "refused").exists()
    assert published_orders(home) == {"north": 20}
    assert keeprate(home, "build").returncode == 0
    assert published_orders(home) == {"north": 40}


# No permission


@pytest.fixture
def guest_home(tmp_path: Path) -> Iterator[Path]:
    """A home of two merchants, whose permissions are given back at the end, so that it can be removed."""
    home = new_home(tmp_path / "home", "north", "south")
    yield home
    for path in (home, *home.iterdir(), *home.glob("inbox/*")):
        path.chmod(0o700)


def test_what_may_not_be_written_is_named(guest_home: Path) -> None:
    """A home, a lock, a warehouse, a key without permission: status 3, the path, what to do; no file is moved."""
    path = drop(guest_home, "a-2026-04-01.csv", orders(1, 3))
    assert as_guest(guest_home, "ingest", str(guest_home / "keeprate.toml"), "--merchant", "north").returncode == 1
    for taken_away, mode in (("", 0o500), ("lock", 0o400), ("warehouse.duckdb", 0o400), ("key", 0o000)):
        target = guest_home / taken_away
        usual = target.stat().st_mode
        target.chmod(mode)
        done = as_guest(guest_home, "build")
        target.chmod(usual)
        assert done.returncode == 3, (taken_away, done.stderr)
        assert str(target) in done.stderr, taken_away
        assert "to do:" in done.stderr, taken_away
        assert path.exists(), taken_away


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
