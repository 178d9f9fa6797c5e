"""What must hold of a home at any moment, and what of two homes must be the same.

Everything is looked at from outside: the snapshot as a reader opens it, the warehouse read-only.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import sqlite3
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow.parquet

from pipelines.lock import writing
from pipelines.settings import load_settings
from pipelines.snapshot import open_snapshot, read_manifest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from benchmarks.killing.way import Step

# Columns that tell when something was done, and random ids, which no two walks share.
_CLOCKS = frozenset(
    {
        "loaded_at",
        "merged_at",
        "quarantined_at",
        "mended_at",
        "checked_at",
        "held_since",
        "learned_at",
        "built_at",
        "erased_at",
        "erasure_id",
    }
)
# How many replaced files lay about depends on the builds that were killed before; what is counted of rows does not.
_TOLD = {"counts": """json_merge_patch(counts, '{"parts_removed": null, "manifests_removed": null}')"""}
# Notes of work that is still to do; a build that was killed has more to write anew, which changes no row.
_NOTES = frozenset({"meta.dirty_parts", "meta.builds"})
_DEAD = ("STARTED", "STARTING")

Digest = dict[str, tuple[int, str]]
"""Table -> rows and a sum over the hashes of its rows, times of work left out."""


class Broken(Exception):  # noqa: N818 - said of the home
    """Something does not hold."""


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Broken(otherwise)


class SnapshotReader:
    """Opens the snapshot in force and proves it; remembers parts that were proven, since parts never change."""

    def __init__(self) -> None:
        """Of any home."""
        self._digests: dict[str, Digest] = {}

    def proven(self, home: Path) -> Digest:
        """The digest of the snapshot in force, or of nothing where nothing is published.

        Raises:
            Broken: something in it is missing, half, or does not belong to the rest.
        """
        manifest = read_manifest(home)
        if manifest is None:
            _require(not (home / "snapshots" / "current").exists(), "current names a manifest that is not there")
            return {}
        name = (home / "snapshots" / "current").read_text(encoding="ascii").strip()
        text = (home / "snapshots" / "manifests" / name).read_bytes()
        _require(name == f"{manifest['version']:08d}-{hashlib.sha256(text).hexdigest()[:12]}.json", "half a manifest")
        for table in manifest["tables"].values():
            for part in table["parts"]:
                _prove_part(home / "snapshots" / "parts" / part["file"], part["rows"])
        if name not in self._digests:
            self._digests[name] = _read_snapshot(home)
        return self._digests[name]


def _prove_part(path: Path, rows: int) -> None:
    _require(path.is_file(), f"part {path.name} is gone")
    try:
        found = pyarrow.parquet.read_metadata(path).num_rows
    except pyarrow.ArrowInvalid as error:
        raise Broken(f"part {path.name} is half written: {error}") from error
    _require(found == rows, f"part {path.name} has {found} rows, and the manifest says {rows}")


def _read_snapshot(home: Path) -> Digest:
    with open_snapshot(home) as snapshot:
        digest = {}
        for name, table in snapshot.manifest["tables"].items():
            query = _digest_query(name, [column for column, _ in table["columns"]])
            ((rows, total),) = snapshot.query(query).rows()
            counted = sum(part["rows"] for part in table["parts"])
            _require(rows == counted, f"{name}: {rows} rows, and the manifest says {counted}")
            digest[name] = (rows, str(total))
    return digest


def _digest_query(name: str, columns: Iterable[str]) -> str:
    told = ", ".join(_TOLD.get(column, f'"{column}"') for column in columns if column not in _CLOCKS)
    return f"select count(*) as row_count, sum(hash({told}))::varchar as total from {name}"


def warehouse_digest(home: Path) -> Digest:
    """Every table of the warehouse, ``raw`` and the ledgers included."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        columns = connection.execute(
            "select schema_name || '.' || table_name, list(column_name order by column_index)"
            " from duckdb_columns() where not internal and database_name = current_database()"
            " and schema_name <> 'changed' group by all order by all"
        ).fetchall()
        digest = {}
        for name, names in columns:
            if name not in _NOTES:
                ((rows, total),) = connection.execute(_digest_query(name, names)).fetchall()
                digest[name] = (rows, str(total))
        return digest


def reports_digest(home: Path) -> dict[str, str]:
    """Report file -> what it says, versions left out; every issued edition."""
    said = {}
    for path in sorted((home / "reports").glob("*/*.json")):
        payload = json.loads(path.read_text(encoding="utf-8"))
        for version in ("snapshot_version", "published_at", "software_version"):
            payload.pop(version, None)
        told = json.dumps(payload, sort_keys=True)
        said[f"{path.parent.name}/{path.name}"] = hashlib.sha256(told.encode()).hexdigest()
    return said


def prove_reports(home: Path) -> None:
    """Every report is the page of its payload, and its hashes are theirs."""
    for path in sorted((home / "reports").glob("*/*.sha256")):
        for line in path.read_text(encoding="utf-8").splitlines():
            digest, name = line.split("  ")
            kept = path.with_name(path.name.replace(".sha256", "") + "." + name.rpartition(".")[2])
            _require(hashlib.sha256(kept.read_bytes()).hexdigest() == digest, f"{kept.name}: not what {path.name} says")


def prove_files(home: Path, done: Collection[Step]) -> None:
    """Every file that was put into an inbox and is still there, or was refused, is whole.

    Args:
        home: the home.
        done: steps whose files were dropped.
    """
    for step in done:
        for name, original in step.drops.items():
            content = original.read_bytes()
            for path in _places(home, name):
                _require(path.read_bytes() == content, f"{name} is cut")


def prove_taken(home: Path, done: Collection[Step]) -> None:
    """Every file that was put into an inbox is in the ledger, or refused with its reason, and in the inbox no more."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        known = set(connection.execute("select merchant_id, sha256 from raw.files").fetchall())
    for step in done:
        for name, original in step.drops.items():
            merchant_id, _, file_name = name.partition("/")
            is_loaded = (merchant_id, hashlib.sha256(original.read_bytes()).hexdigest()) in known
            places = _places(home, name)
            is_told = any(path.with_name(f"{path.name}.why.txt").exists() for path in places)
            _require(is_loaded or is_told, f"{name} is lost")
            _require(not (home / "inbox" / merchant_id / file_name).exists(), f"{name} lies in the inbox still")


def _places(home: Path, name: str) -> list[Path]:
    merchant_id, _, file_name = name.partition("/")
    inbox = home / "inbox" / merchant_id
    return [path for path in (inbox / file_name, *(inbox / "refused").glob(f"*{file_name}")) if path.is_file()]


def prove_free(home: Path) -> None:
    """Nobody holds the lock: the kernel took it from whoever was killed."""
    path = home / "lock"
    if path.exists():
        with path.open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)


def prove_ledger(home: Path) -> None:
    """No file twice, no record lost, none staged without its file."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        counts = connection.execute(
            "select count(*) - count(distinct (merchant_id, sha256)), count(*) - count(distinct file_sequence),"
            " sum(record_count - loaded_count - quarantined_count) from raw.files"
        ).fetchone()
        _require(counts == (0, 0, 0), f"files twice, numbers twice, records lost: {counts}")
        raw = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables()"
            " where schema_name = 'raw' and table_name <> 'files'"
        ).fetchall()
        for (table,) in raw:
            lost = connection.execute(
                f"select count(*) from (select file_id, count(*), count(distinct record_number) from {table}"
                " group by file_id having count(*) <> count(distinct record_number)"
                " or file_id not in (select file_id from raw.files))"
            ).fetchone()
            _require(lost == (0,), f"{table}: records twice, or of a file that the ledger does not know")


def prove_catalogue(home: Path) -> None:
    """Dagster's files are whole, and no run that was killed stands as started."""
    for path in sorted((home / "dagster").rglob("*.db")):
        with sqlite3.connect(path) as connection:
            _require(connection.execute("pragma integrity_check").fetchall() == [("ok",)], f"{path.name} is broken")
            if connection.execute("select 1 from sqlite_master where name = 'runs'").fetchone():
                left = connection.execute(f"select count(*) from runs where status in {_DEAD}").fetchone()
                _require(left == (0,), "a run that was killed stands as started")


def prove_nothing_left(home: Path) -> None:
    """No half written file anywhere, once a build went to its end."""
    patterns = ("**/*.part", "**/.writing-*", "snapshots/.*", "scratch")
    left = [path for pattern in patterns for path in home.glob(pattern)]
    _require(not left, f"left behind: {left[:5]}")
    # Under the lock, as the next command would.
    with writing(load_settings(home).home, "check"):
        pass


def differences(found: dict[str, Any], expected: dict[str, Any]) -> list[str]:
    """Names under which two digests differ, with both values."""
    return [
        f"{name}: {found.get(name)} instead of {expected.get(name)}"
        for name in sorted({*found, *expected})
        if found.get(name) != expected.get(name)
    ]
