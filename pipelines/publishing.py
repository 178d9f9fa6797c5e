"""Publishing: the parts that changed are written, a manifest lists all, ``current`` moves in one rename.

Whatever is killed in between leaves the snapshot in force as it was; the next publish writes what was missed,
because parts stay marked as dirty in the warehouse until the manifest that holds them is in force.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections import defaultdict
from datetime import UTC, date, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from pipelines.durable import sync_file, sync_folder, write_durably
from pipelines.holds import holds
from pipelines.snapshot import read_manifest
from pipelines.sql_text import literal, literals

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from pipelines.tables import Table
    from pipelines.warehouse import Warehouse

KEEP_SECONDS = 48 * 3600
"""How long a part that no manifest in force lists is kept, for readers that have it open."""

_NONE = "-"
"""Stands in a folder's name for no merchant or no month; no merchant id is written so."""

Part = dict[str, Any]
"""``merchant_id``, ``month`` (ISO date or None), ``file``, ``rows``."""


def publish(warehouse: Warehouse, tables: Iterable[Table]) -> dict[str, Any]:
    """Publish the warehouse's tables as the next snapshot.

    Args:
        warehouse: the open warehouse.
        tables: every table that readers see.

    Merchants that are held keep their last good parts.

    Returns:
        The manifest that is now in force.
    """
    held = holds(warehouse)
    folder = warehouse.settings.home / "snapshots"
    for name in ("parts", "manifests"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    _clear_left_behind(folder)
    previous = read_manifest(warehouse.settings.home) or {"version": 0, "tables": {}, "held": {}}
    dirty = _dirty_parts(warehouse)
    published = {
        table.full_name: _publish_table(warehouse, folder / "parts", table, previous, dirty, held)
        for table in tables
        if table.is_published
    }
    manifest = {
        "version": previous["version"] + 1,
        "published_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "software_version": version("keeprate"),
        "held": held,
        "tables": published,
    }
    sync_folder(folder / "parts")
    # Before it moves: a part's time is the time since when no manifest lists it, whenever it was written.
    _touch(folder / "parts" / file for file in _files(previous) - _files(manifest))
    _put_in_force(folder, manifest)
    _clear_dirty(warehouse, held)
    _remove_unlisted(folder, manifest, previous)
    return manifest


def _clear_left_behind(folder: Path) -> None:
    """Remove what a publish that was killed was just writing; the lock says that none is at work."""
    for left_behind in (folder / "parts").glob(".writing-*"):
        shutil.rmtree(left_behind, ignore_errors=True)
    for left_behind in (*folder.glob(".*.part"), *(folder / "manifests").glob(".*.part")):
        left_behind.unlink(missing_ok=True)


def _dirty_parts(warehouse: Warehouse) -> dict[str, set[tuple[str, str | None]]]:
    dirty: dict[str, set[tuple[str, str | None]]] = defaultdict(set)
    for table, merchant_id, month in warehouse.connection.execute(
        "select distinct table_name, merchant_id, month from meta.dirty_parts"
    ).fetchall():
        dirty[table].add((merchant_id, month.isoformat() if month else None))
    return dirty


def _publish_table(
    warehouse: Warehouse,
    folder: Path,
    table: Table,
    previous: dict[str, Any],
    dirty: Mapping[str, set[tuple[str, str | None]]],
    held: Collection[str],
) -> dict[str, Any]:
    columns = [[column.name, column.type] for column in table.columns]
    before = previous["tables"].get(table.full_name)
    is_new = before is None or before["columns"] != columns
    kept = [] if before is None else before["parts"]
    if is_new:
        # Another shape: every part is written again, also a held merchant's, or readers could not read it.
        parts = _write_parts(warehouse, folder, table, None)
    else:
        touched = {part for part in dirty.get(table.full_name, set()) if part[0] not in held}
        parts = [part for part in kept if (part["merchant_id"], part["month"]) not in touched]
        if touched:
            parts += _write_parts(warehouse, folder, table, touched)
    parts.sort(key=lambda part: (part["merchant_id"] or "", part["month"] or "", part["file"]))
    return {"columns": columns, "parts": parts}


def _write_parts(
    warehouse: Warehouse, folder: Path, table: Table, touched: set[tuple[str, str | None]] | None
) -> list[Part]:
    """Write a table's parts (all, or the touched ones) in one pass, each moved to the name of its content."""
    import pyarrow.parquet

    has_merchant = any(column.name == "merchant_id" for column in table.columns)
    merchant = "merchant_id" if has_merchant else "null::varchar"
    month = f"date_trunc('month', {table.month})::date" if table.month else "null::date"
    where = "" if touched is None else f"where {_touched_filter(merchant, month, touched)}"
    names = ", ".join(column.name for column in table.columns)
    scratch = folder / f".writing-{os.getpid()}"
    scratch.mkdir()
    try:
        warehouse.connection.execute(
            f"copy (select {names}, coalesce({merchant}, '{_NONE}') as part_merchant,"
            f" coalesce({month}::varchar, '{_NONE}') as part_month from {table.full_name} {where})"
            f" to {literal(str(scratch))} (format parquet, compression zstd, compression_level 1,"
            " partition_by (part_merchant, part_month))"
        )
        parts = []
        for path in sorted(scratch.glob("part_merchant=*/part_month=*/*.parquet")):
            part_month, part_merchant = (parent.name.partition("=")[2] for parent in list(path.parents)[:2])
            file = f"{table.full_name}-{hashlib.sha256(path.read_bytes()).hexdigest()[:24]}.parquet"
            rows = pyarrow.parquet.read_metadata(path).num_rows
            # Its content is on the disk before a manifest can name it.
            sync_file(path)
            path.replace(folder / file)
            parts.append(
                {
                    "merchant_id": None if part_merchant == _NONE else part_merchant,
                    "month": None if part_month == _NONE else part_month,
                    "file": file,
                    "rows": rows,
                }
            )
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return parts


def _touched_filter(merchant: str, month: str, touched: set[tuple[str, str | None]]) -> str:
    """SQL for some parts; merchant ids are checked by settings, months are dates."""
    by_merchant: dict[str | None, list[str | None]] = defaultdict(list)
    for merchant_id, part_month in touched:
        by_merchant[merchant_id].append(part_month)
    clauses = []
    for merchant_id, months in sorted(by_merchant.items(), key=lambda item: item[0] or ""):
        dated = sorted(value for value in months if value)
        options = []
        if dated:
            days = ", ".join(f"date '{date.fromisoformat(value)}'" for value in dated)
            options.append(f"{month} in ({days})")
        if None in months:
            options.append(f"{month} is null")
        same = "is null" if merchant_id is None else f"= '{merchant_id}'"
        clauses.append(f"({merchant} {same} and ({' or '.join(options)}))")
    return " or ".join(clauses)


def _put_in_force(folder: Path, manifest: dict[str, Any]) -> None:
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True)
    name = f"{manifest['version']:08d}-{hashlib.sha256(text.encode()).hexdigest()[:12]}.json"
    write_durably(folder / "manifests" / name, text)
    write_durably(folder / "current", name)


def _clear_dirty(warehouse: Warehouse, held: Collection[str]) -> None:
    """A held merchant's parts stay dirty: they are written when the hold ends."""
    warehouse.connection.execute(
        f"delete from meta.dirty_parts where merchant_id not in ({literals(held)}) or merchant_id is null"
    )


def _remove_unlisted(folder: Path, manifest: dict[str, Any], previous: dict[str, Any]) -> None:
    """Remove parts and manifests that have not been in force for so long, but never those of the last snapshot.

    A reader may have that one open, whatever the clock says that was set in between.
    """
    current = (folder / "current").read_text(encoding="ascii").strip()
    kept = _files(manifest) | _files(previous)
    _remove_old(path for path in (folder / "parts").iterdir() if path.name not in kept)
    kept_manifests = (current, f"{previous['version']:08d}-")
    _remove_old(path for path in (folder / "manifests").iterdir() if not path.name.startswith(kept_manifests))


def _remove_old(paths: Iterable[Path]) -> None:
    now = time.time()
    for path in paths:
        age = now - path.stat().st_mtime
        if age > KEEP_SECONDS:
            path.unlink(missing_ok=True)
        elif age < 0:
            # From before the clock was set back: its time begins now, or it would stay for that much longer.
            _touch((path,))


def _touch(paths: Iterable[Path]) -> None:
    for path in paths:
        if path.exists():
            os.utime(path)


def _files(manifest: dict[str, Any]) -> set[str]:
    return {part["file"] for table in manifest["tables"].values() for part in table["parts"]}
