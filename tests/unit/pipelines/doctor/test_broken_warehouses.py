"""A warehouse that cannot be opened: whether it is the file's fault, and what to do then."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest
from broken_homes import findings, the_matter

from pipelines.lock import writing


@pytest.mark.parametrize("content", [b"", b"no database", b"\0" * 200])
def test_a_warehouse_that_is_none(home: Path, content: bytes) -> None:
    (home / "warehouse.duckdb").write_bytes(content)
    ((status, found, remedy),) = the_matter(home, "warehouse")
    assert (status, "is not a DuckDB file" in found, "backup" in remedy) == ("fail", True, True)
    assert "originals" in remedy


def test_a_warehouse_that_is_damaged_or_of_another_version(home: Path) -> None:
    path = home / "warehouse.duckdb"
    whole = path.read_bytes()
    path.write_bytes(whole[:52] + b"v9.9.9\0\0" + whole[60:])
    ((status, found, _),) = the_matter(home, "warehouse")
    assert status in ("warn", "fail")
    assert "v9.9.9" in found or "cannot be opened" in found
    path.write_bytes(whole[:100] + os.urandom(len(whole) - 100))
    assert the_matter(home, "warehouse")[0][0] == "fail"


def test_a_warehouse_that_a_database_browser_has_open_is_sound(home: Path) -> None:
    """It has DuckDB's lock, and not the home's."""
    code = (
        "import duckdb, pathlib, sys, time; connection = duckdb.connect(sys.argv[1]);"
        " pathlib.Path(sys.argv[2]).touch(); time.sleep(60)"
    )
    browser = subprocess.Popen([sys.executable, "-c", code, str(home / "warehouse.duckdb"), str(home / "ready")])
    try:
        while not (home / "ready").exists():
            time.sleep(0.02)
        ((status, found, remedy),) = the_matter(home, "warehouse")
    finally:
        browser.kill()
        browser.wait()
    assert (status, f"process {browser.pid}" in found, "close it there" in remedy) == ("warn", True, True)
    assert "restore" not in remedy
    assert "away" not in remedy


def test_too_little_memory_says_nothing_about_the_warehouse(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def looked_into(path: Path) -> None:
        raise duckdb.OutOfMemoryException("Out of Memory Error: could not allocate block of size 256.0 KiB")

    monkeypatch.setattr("pipelines.doctor.warehouse_file.looked_into", looked_into)
    ((status, found, remedy),) = the_matter(home, "warehouse")
    assert (status, "too little memory" in found, remedy.startswith("free memory")) == ("warn", True, True)


def test_a_warehouse_that_is_in_use_is_left_alone(home: Path) -> None:
    pid = os.fork()
    if pid == 0:
        with writing(home, "keeprate build"):
            (home / "ready").touch()
            time.sleep(60)
        os._exit(0)
    try:
        while not (home / "ready").exists():
            time.sleep(0.02)
        ((status, found, remedy),) = the_matter(home, "lock")
        assert (status, f"process {pid} (keeprate build)" in found, "--wait" in remedy) == ("warn", True, True)
        assert "lock is not to be had" in findings(home, "warehouse")[0].found
        assert "lock is not to be had" in findings(home, "leftovers")[0].found
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
    # The kernel frees it: no lock is ever stale.
    assert the_matter(home, "lock") == []
