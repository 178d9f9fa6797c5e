"""Every way in which a home may be broken is a finding with what to do, never a traceback."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
from broken_homes import findings, the_matter
from homes_by_hand import as_guest

from pipelines.doctor import examine, machine, published, versions
from pipelines.errors import CannotRun
from pipelines.snapshot import read_manifest


def publish(home: Path) -> Path:
    """A snapshot of one small table, by hand; its part's path."""
    parts = home / "snapshots" / "parts"
    parts.mkdir(parents=True, exist_ok=True)
    (home / "snapshots" / "manifests").mkdir(exist_ok=True)
    part = parts / "core.merchants-x.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"copy (select 'acme' as merchant_id) to '{part}' (format parquet)")
    manifest = {
        "version": 1,
        "published_at": "2026-11-22T06:00:00+00:00",
        "software_version": "0.0.1",
        "held": {},
        "tables": {
            "core.merchants": {
                "columns": [["merchant_id", "varchar"]],
                "parts": [{"merchant_id": "acme", "month": None, "file": part.name, "rows": 1}],
            }
        },
    }
    (home / "snapshots" / "manifests" / "m.json").write_text(json.dumps(manifest))
    (home / "snapshots" / "current").write_text("m.json")
    assert read_manifest(home)
    return part


def test_a_new_home_is_well_but_for_what_it_does_not_have(home: Path) -> None:
    assert {(one.check, one.status) for one in findings(home) if one.status != "ok"} == {("snapshot", "warn")}


def test_no_such_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="no such folder"):
        list(examine(tmp_path / "nowhere"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[merchants]\n", "not valid TOML"),
        ("", "no [[merchants]]"),
        ("merchants = 3\n", "merchants is no list"),
        ('[[merchants]]\nid = "acme"\n[engine]\nthreads = "two"\n', "threads is 'two'"),
        ('engine = 5\n[[merchants]]\nid = "acme"\n', "threads is None"),
        ('[[merchants]]\nid = "acme"\ntimezon = "UTC"\n', "did you mean timezone?"),
        ('[[merchants]]\nid = "acme"\ntimezone = "Europe/Berlln"\n', "Europe/Berlln"),
        ('[[merchants]]\nid = "acme"\n[[merchants]]\nid = "acme"\n', "stands twice"),
        ("\xff\xfe", "not valid TOML"),
    ],
)
def test_a_configuration_that_cannot_be_read(home: Path, text: str, words: str) -> None:
    (home / "keeprate.toml").write_bytes(text.encode("latin-1"))
    ((status, found, remedy),) = the_matter(home, "configuration")
    assert status == "fail"
    assert words in found
    assert remedy
    # Everything else is looked at all the same.
    assert findings(home, "warehouse")
    assert findings(home, "key")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[engin]\nthreads = 2\n", "did you mean engine?"),
        ("[engine]\nthread = 2\n", "did you mean threads?"),
        ("[engine]\nthreads = 4096\n", "threads = 4096"),
        ('currency = "EUX"\n', "not in ISO 4217"),
        ('locale = "de"\n', "locale 'de'"),
        ('date_formats = { bigcommerce_order = "dmy" }\n', "did you mean bigcommerce_orders?"),
    ],
)
def test_a_configuration_of_which_something_does_not_count(home: Path, text: str, words: str) -> None:
    merchant = '[[merchants]]\nid = "acme"\n'
    (home / "keeprate.toml").write_text(text + merchant if text.startswith("[") else merchant + text)
    ((status, found, _),) = the_matter(home, "configuration")
    assert (status, words in found) == ("warn", True), found


def test_memory_limits_that_nobody_can_read(home: Path) -> None:
    text = (home / "keeprate.toml").read_text()
    (home / "keeprate.toml").write_text(f'[engine]\nmemory_limit = "a lot"\n{text}')
    ((status, found, remedy),) = the_matter(home, "memory")
    assert (status, "a lot" in found, "4GB" in remedy) == ("fail", True, True)
    (home / "keeprate.toml").write_text(f'[engine]\nmemory_limit = "900TB"\n{text}')
    assert the_matter(home, "memory")[0][0] == "warn"


def _key_open(home: Path) -> None:
    (home / "key").chmod(0o644)


def _key_cut(home: Path) -> None:
    (home / "key").write_text("ab")


def _key_gone(home: Path) -> None:
    (home / "key").unlink()


def _key_spoiled(home: Path) -> None:
    (home / "key").write_bytes(b"\xff\x00no hex")


@pytest.mark.parametrize("spoil", [_key_open, _key_cut, _key_gone, _key_spoiled])
def test_keys(home: Path, spoil: Callable[[Path], None]) -> None:
    spoil(home)
    ((status, _, remedy),) = the_matter(home, "key")
    assert status == "fail"
    assert "chmod 600" in remedy or "backup" in remedy


def test_folders_that_are_missing_or_nobodys(home: Path) -> None:
    shutil.rmtree(home / "outbox" / "acme")
    (home / "inbox" / "acmee").mkdir()
    found = the_matter(home, "folders")
    assert [status for status, _, _ in found] == ["fail", "warn"]
    assert found[0][2] == f"mkdir -p {home / 'outbox' / 'acme'}"
    assert "acmee, which belongs to no merchant" in found[1][1]


def test_files_that_an_earlier_version_left_in_an_inbox_are_told(home: Path) -> None:
    loaded = home / "inbox" / "acme" / "loaded"
    loaded.mkdir()
    assert the_matter(home, "inbox acme") == []
    (loaded / "orders.csv").write_text("x")
    ((status, found, remedy),) = the_matter(home, "inbox acme")
    assert (status, "orders.csv" in found, "originals" in remedy) == ("warn", True, True)


def test_what_a_killed_run_left(home: Path) -> None:
    (home / "scratch").mkdir(exist_ok=True)
    (home / "scratch" / "spilled.tmp").write_bytes(b"x" * 2048)
    (home / "snapshots" / "parts" / ".writing-1").mkdir(parents=True)
    (home / "warehouse.duckdb.wal").write_bytes(b"")
    found = the_matter(home, "leftovers")
    assert "scratch/spilled.tmp" in found[0][1]
    assert "keeprate build" in found[0][2]
    assert "never remove" in found[1][2]


def test_dagsters_folder(home: Path) -> None:
    (home / "dagster" / "dagster.yaml").write_text("telemetry:\n  enabled: true\n")
    assert "telemetry" in the_matter(home, "dagster")[0][1]
    (home / "dagster" / "dagster.yaml").unlink()
    assert the_matter(home, "dagster")[0][0] == "fail"


def test_inboxes(home: Path) -> None:
    inbox = home / "inbox" / "acme"
    (inbox / "refused").mkdir()
    (inbox / "refused" / "bad.csv.why.txt").write_text("why")
    (inbox / "november").mkdir()
    (inbox / "orders.csv").write_text("x")
    os.utime(inbox / "orders.csv", (time.time() - 7200, time.time() - 7200))
    found = [text for _, text, _ in the_matter(home, "inbox acme")]
    assert len(found) == 3
    assert "bad.csv" in found[0]
    assert "1 waiting, the oldest written 2 hours ago: orders.csv" in found[1]
    assert "november" in found[2]


def test_a_clock_that_was_set_back(home: Path) -> None:
    assert the_matter(home, "clock") == []
    later = time.time() + 86400 * 2.2
    os.utime(home / "keeprate.toml", (later, later))
    assert "2 days ahead of the clock" in the_matter(home, "clock")[0][1]


def test_parts_of_a_snapshot(home: Path) -> None:
    part = publish(home)
    whole = part.read_bytes()
    part.write_bytes(whole[:-4])
    assert "is cut" in the_matter(home, "snapshot")[0][1]
    part.unlink()
    assert "is missing" in the_matter(home, "snapshot")[0][1]
    part.write_bytes(b"")
    assert the_matter(home, "snapshot")[0][0] == "fail"


def test_a_manifest_that_cannot_be_read(home: Path) -> None:
    publish(home)
    (home / "snapshots" / "manifests" / "m.json").write_text("{")
    assert "manifest cannot be read" in the_matter(home, "snapshot")[0][1]


def test_without_permission_it_says_so(home: Path) -> None:
    """In a process that permissions stop, whoever runs the tests."""

    def told(check: str) -> list[tuple[str, str]]:
        found = json.loads(as_guest(home, "doctor", "--json").stdout)
        return [(one["status"], one["found"]) for one in found if one["check"] == check and one["status"] != "ok"]

    (home / "warehouse.duckdb").chmod(0)
    ((status, words),) = told("folders")
    assert (status, "cannot be read and written by this user" in words) == ("fail", True)
    (home / "keeprate.toml").chmod(0)
    assert told("configuration")[0][0] == "fail"


@pytest.mark.parametrize(("free", "status"), [(1 << 29, "fail"), (3 << 30, "warn"), (6 << 30, "ok")])
def test_disks_that_are_nearly_full(home: Path, monkeypatch: pytest.MonkeyPatch, free: int, status: str) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(total=1 << 40, used=0, free=free))
    (found,) = findings(home, "disk")
    assert (found.status, f"{home}" in found.found) == (status, True)


def test_a_disk_that_holds_no_copy_of_the_warehouse(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(total=1 << 40, used=0, free=6 << 30))
    with (home / "warehouse.duckdb").open("r+b") as stream:
        stream.truncate(7 << 30)
    (found,) = machine.disk(home)
    assert (found.status, "the warehouse has 7" in found.found) == ("warn", True), found


def test_a_disk_without_room_for_small_files(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(total=1 << 40, used=0, free=6 << 30))
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_files=1_000_000, f_favail=9_000))
    assert any("9000 more files" in found for _, found, _ in the_matter(home, "disk"))


def test_versions_other_than_those_that_were_tested(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pins = versions.CONSTRAINTS.read_text(encoding="utf-8")
    here = tmp_path / "constraints.txt"
    monkeypatch.setattr(versions, "CONSTRAINTS", here)
    assert [one[0] for one in the_matter(home, "versions")] == ["warn"]
    here.write_text(pins.replace("duckdb==", "duckdb==0."), encoding="utf-8")
    ((status, found, remedy),) = the_matter(home, "versions")
    assert (status, "duckdb " in found, "tested with 0." in found, remedy) == ("warn", True, True, "make env")

    def version(name: str) -> str:
        if name == "duckdb":
            raise importlib.metadata.PackageNotFoundError(name)
        return installed(name)

    installed = importlib.metadata.version
    here.write_text(pins, encoding="utf-8")
    monkeypatch.setattr(importlib.metadata, "version", version)
    ((status, found, _),) = [(one.status, one.found, one.remedy) for one in versions.examine()]
    assert (status, found) == ("fail", "not installed: duckdb")


def test_a_snapshot_and_data_that_are_old(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight days are well, nine are not: of the publish, and of the newest order."""
    day = datetime(2026, 11, 23, 12, tzinfo=UTC)
    for days, status in ((7, "ok"), (9, "warn")):
        published_at = (datetime.now(UTC) - timedelta(days=days)).isoformat()
        assert [one.status for one in published._age({"published_at": published_at})] == [status]
        assert published._freshness("acme", (day - timedelta(days=days)).date(), day.date()).status == status
    assert published._freshness("acme", None, day.date()).found == "no order published"
    future = published._freshness("acme", (day + timedelta(days=2)).date(), day.date())
    assert (future.status, "in the future" in future.found) == ("warn", True)
    publish(home)
    manifest = home / "snapshots" / "manifests" / "m.json"
    manifest.write_text(manifest.read_text().replace("2026-11-22T06", "2025-11-22T06"))
    assert "keeprate build" in the_matter(home, "freshness")[0][2]
