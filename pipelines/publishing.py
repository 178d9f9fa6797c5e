"""Publishing: the parts that changed are written, a manifest lists all, ``current`` moves in one rename.

Whatever is killed in between leaves the snapshot in force as it was; the next publish writes what was missed,
because parts stay marked as dirty in the warehouse until the manifest that holds them is in force.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections import defaultdict
from datetime import UTC, date, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

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
    _put_in_force(folder, manifest)
    _clear_dirty(warehouse, held)
    _remove_unlisted(folder, manifest)
    return manifest


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
    """Write a table's parts (all, or the touched ones), each moved to the name of its content."""
    has_merchant = any(column.name == "merchant_id" for column in table.columns)
    merchant = "merchant_id" if has_merchant else "null::varchar"
    month = f"date_trunc('month', {table.month})::date" if table.month else "null::date"
    where = "" if touched is None else f"where ({_touched_filter(merchant, month, touched)})"
    groups = warehouse.connection.execute(
        f"select {merchant}, {month}, count(*) from {table.full_name} {where} group by all order by all"
    ).fetchall()
    names = ", ".join(column.name for column in table.columns)
    order = ", ".join(table.key) if table.key else "all"
    parts = []
    for merchant_id, part_month, rows in groups:
        scratch = folder / f".writing-{os.getpid()}.parquet"
        condition = _touched_filter(merchant, month, {(merchant_id, part_month.isoformat() if part_month else None)})
        warehouse.connection.execute(
            f"copy (select {names} from {table.full_name} where {condition} order by {order}) "
            f"to {literal(str(scratch))} (format parquet, compression zstd)"
        )
        file = f"{table.full_name}-{hashlib.sha256(scratch.read_bytes()).hexdigest()[:24]}.parquet"
        scratch.replace(folder / file)
        parts.append(
            {
                "merchant_id": merchant_id,
                "month": part_month.isoformat() if part_month else None,
                "file": file,
                "rows": rows,
            }
        )
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
    _write_durably(folder / "manifests" / name, text)
    _write_durably(folder / "current", name)


def _write_durably(path: Path, text: str) -> None:
    scratch = path.with_name(f".{path.name}-{os.getpid()}")
    with scratch.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    scratch.replace(path)


def _clear_dirty(warehouse: Warehouse, held: Collection[str]) -> None:
    """A held merchant's parts stay dirty: they are written when the hold ends."""
    warehouse.connection.execute(
        f"delete from meta.dirty_parts where merchant_id not in ({literals(held)}) or merchant_id is null"
    )


def _remove_unlisted(folder: Path, manifest: dict[str, Any]) -> None:
    listed = {part["file"] for table in manifest["tables"].values() for part in table["parts"]}
    oldest = time.time() - KEEP_SECONDS
    current = (folder / "current").read_text(encoding="ascii").strip()
    for path in (folder / "parts").iterdir():
        if path.name not in listed and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
    for path in (folder / "manifests").iterdir():
        if path.name != current and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
