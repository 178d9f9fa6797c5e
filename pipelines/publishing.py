"""Publishing: the parts that changed are written, a manifest lists all, ``current`` moves in one rename.

Whatever is killed in between leaves the snapshot in force as it was; the next publish writes what was missed,
because parts stay marked as dirty in the warehouse until the manifest that holds them is in force. A dirty part
whose rows are those that are published keeps its file: a part is known by the set of its rows.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.durable import sync_file, sync_folder, write_durably
from pipelines.holds import holds
from pipelines.snapshot import read_manifest
from pipelines.sql_text import literal, literals
from pipelines.staleness import part_columns
from pipelines.unlisted_parts import clear_left_behind, files_of, remove_unlisted, touch

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    import duckdb

    from pipelines.tables import Table
    from pipelines.warehouse import Warehouse

_NONE = "-"
"""Stands in a folder's name for no merchant or no month; no merchant id is written so."""

_NO_MONTH = "0001-01-01"
"""Stands for no month where dates are compared."""

_FLUSHED_ROWS = 131_072
"""Rows that a partitioned write keeps in memory before it writes them; more takes as long and more memory."""

Part = dict[str, Any]
"""``merchant_id``, ``month`` (ISO date or None), ``file``, ``rows``."""

PartKey = tuple[str | None, str | None]
"""Merchant and month (ISO date) of a part."""


@dataclass(frozen=True)
class _Content:
    """What a part holds: how the name of its file begins, and its number of rows."""

    stem: str
    rows: int


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
    clear_left_behind(folder)
    previous = read_manifest(warehouse.settings.home) or {"version": 0, "tables": {}, "held": {}}
    dirty = _dirty_parts(warehouse)
    published = _publish_tables(warehouse, folder / "parts", tables, previous, dirty, held)
    _mark_reshaped(warehouse, previous, published, held)
    manifest = {
        "version": previous["version"] + 1,
        "published_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "software_version": version("keeprate"),
        "held": held,
        "tables": published,
    }
    sync_folder(folder / "parts")
    # Before it moves: a part's time is the time since when no manifest lists it, whenever it was written.
    touch(folder / "parts" / file for file in files_of(previous) - files_of(manifest))
    put_in_force(folder, manifest)
    _clear_dirty(warehouse, held)
    remove_unlisted(folder, manifest, previous)
    return manifest


def _dirty_parts(warehouse: Warehouse) -> dict[str, set[PartKey]]:
    dirty: dict[str, set[PartKey]] = defaultdict(set)
    for table, merchant_id, month in warehouse.connection.execute(
        "select distinct table_name, merchant_id, month from meta.dirty_parts"
    ).fetchall():
        dirty[table].add((merchant_id, month.isoformat() if month else None))
    return dirty


def _publish_tables(
    warehouse: Warehouse,
    folder: Path,
    tables: Iterable[Table],
    previous: dict[str, Any],
    dirty: Mapping[str, set[PartKey]],
    held: Collection[str],
) -> dict[str, dict[str, Any]]:
    """Publish table by table, some side by side: writing the parts of one table keeps one processor busy at most."""
    wanted = {table.full_name: table for table in tables if table.is_published}
    warehouse.connection.execute(f"set partitioned_write_flush_threshold = {_FLUSHED_ROWS}")
    sizes = dict(
        warehouse.connection.execute(
            "select schema_name || '.' || table_name, estimated_size * column_count from duckdb_tables()"
        ).fetchall()
    )
    with ThreadPoolExecutor(warehouse.settings.threads) as workers:
        try:
            begun = {
                name: workers.submit(_publish_table, warehouse, folder, wanted[name], previous, dirty, held)
                for name in sorted(wanted, key=lambda name: -sizes.get(name, 0))
            }
            return {name: begun[name].result() for name in wanted}
        except BaseException:
            workers.shutdown(cancel_futures=True)
            raise


def _publish_table(
    warehouse: Warehouse,
    folder: Path,
    table: Table,
    previous: dict[str, Any],
    dirty: Mapping[str, set[PartKey]],
    held: Collection[str],
) -> dict[str, Any]:
    columns = [[column.name, column.type] for column in table.columns]
    before = previous["tables"].get(table.full_name)
    if before is None:
        parts = _renewed_parts(warehouse, folder, table, None, ())
    elif before["columns"] != columns:
        # Another shape: every part is written again, or readers could not read it.
        parts = [
            part
            for source in (_rows_of_others(table, held), _reshaped_rows(folder, table, before, held))
            for part in _renewed_parts(warehouse, folder, table, None, (), source)
        ]
    else:
        touched = {part for part in dirty.get(table.full_name, set()) if part[0] not in held}
        parts = [part for part in before["parts"] if _key(part) not in touched]
        if touched:
            known = [part for part in before["parts"] if _key(part) in touched and (folder / part["file"]).exists()]
            parts += _renewed_parts(warehouse, folder, table, touched, known)
    parts.sort(key=lambda part: (part["merchant_id"] or "", part["month"] or "", part["file"]))
    return {"columns": columns, "parts": parts}


def _rows_of_others(table: Table, held: Collection[str]) -> str:
    """SQL for the rows of merchants that are not held."""
    merchant, _ = part_columns(table)
    return f"(select * from {table.full_name} where coalesce({merchant}, '{_NONE}') not in ({literals(held)}))"


def _reshaped_rows(folder: Path, table: Table, before: dict[str, Any], held: Collection[str]) -> str:
    """SQL for the published rows of held merchants with the columns of now; what they cannot tell is empty."""
    types = dict(before["columns"])
    told = ", ".join(
        f"{f'try_cast({column.name} as {column.type})' if column.name in types else f'null::{column.type}'}"
        f" as {column.name}"
        for column in table.columns
    )
    files = [folder / part["file"] for part in before["parts"] if part["merchant_id"] in held]
    paths = [str(path) for path in files if path.exists()]
    if not paths:
        return f"(select * from {table.full_name} limit 0)"
    return f"(select {told} from read_parquet([{literals(paths)}]))"


def _key(part: Part) -> PartKey:
    return (part["merchant_id"], part["month"])


def _renewed_parts(
    warehouse: Warehouse,
    folder: Path,
    table: Table,
    touched: set[PartKey] | None,
    known: Collection[Part],
    source: str = "",
) -> list[Part]:
    """A table's parts (all, or the touched ones) as they are now; what is published already is not written again.

    Args:
        warehouse: the open warehouse.
        folder: where parts are.
        table: which table.
        touched: parts to look at; None for all.
        known: the touched parts as they are published.
        source: relation of its rows, the table itself if empty.
    """
    source = source or table.full_name
    with warehouse.connection.cursor() as cursor:
        contents = _contents(cursor, table, source, touched)
        same = {
            key: files
            for key, content in contents.items()
            if (files := [part for part in known if _key(part) == key and part["file"].startswith(content.stem)])
            and sum(part["rows"] for part in files) == content.rows
        }
        missing = contents.keys() - same.keys()
        rows = f"{source} {_where(table, None if touched is None else missing)}" if missing else ""
        written = _write_parts(cursor, folder, table, contents, rows) if rows else []
    return [part for files in same.values() for part in files] + written


def _contents(
    cursor: duckdb.DuckDBPyConnection, table: Table, source: str, touched: set[PartKey] | None
) -> dict[PartKey, _Content]:
    """What each part that has rows holds.

    A content is a set of rows, whatever their order in the file: their number, and sum and exclusive or of their
    64-bit hashes (as ``staleness.mark_changed_parts`` compares them), with what the table and its columns are.
    """
    merchant, month = part_columns(table)
    names = ", ".join(column.name for column in table.columns)
    shape = [(column.name, column.type) for column in table.columns]
    rows = cursor.execute(
        "select part_merchant, part_month, count(*), sum(row_hash), bit_xor(row_hash)"
        f" from (select {merchant} as part_merchant, {month} as part_month, hash({names}) as row_hash"
        f" from {source} {_where(table, touched)}) group by 1, 2"
    ).fetchall()
    contents = {}
    for merchant_id, part_month, row_count, hash_sum, hash_xor in rows:
        key = (merchant_id, part_month.isoformat() if part_month else None)
        contents[key] = _Content(content_stem(table.full_name, shape, key, row_count, hash_sum, hash_xor), row_count)
    return contents


def content_stem(
    table: str, shape: Sequence[tuple[str, str]], key: PartKey, row_count: int, hash_sum: int, hash_xor: int
) -> str:
    """Name, without its ending, of the part that holds these rows.

    Args:
        table: full name.
        shape: name and type of each column.
        key: merchant and month of the part.
        row_count: its rows.
        hash_sum: sum of the rows' hashes.
        hash_xor: exclusive or of the rows' hashes.
    """
    told = hashlib.sha256(repr((repr(list(shape)), *key, row_count, hash_sum, hash_xor)).encode()).hexdigest()
    return f"{table}-{told[:24]}"


def _write_parts(
    cursor: duckdb.DuckDBPyConnection,
    folder: Path,
    table: Table,
    contents: Mapping[PartKey, _Content],
    rows: str,
) -> list[Part]:
    """Write the parts that hold some rows of a table in one pass, each moved to the name of its content."""
    merchant, month = part_columns(table)
    names = ", ".join(column.name for column in table.columns)
    scratch = folder / f".writing-{os.getpid()}-{table.full_name}"
    scratch.mkdir()
    try:
        written = cursor.execute(
            f"copy (select {names}, coalesce({merchant}, '{_NONE}') as part_merchant,"
            f" coalesce({month}::varchar, '{_NONE}') as part_month from {rows})"
            f" to {literal(str(scratch))} (format parquet, compression zstd, compression_level 1,"
            " partition_by (part_merchant, part_month), return_stats)"
        ).fetchall()
        parts: list[Part] = []
        for name, count in sorted((row[0], row[1]) for row in written):
            path = Path(name)
            part_month, part_merchant = (parent.name.partition("=")[2] for parent in list(path.parents)[:2])
            key = (None if part_merchant == _NONE else part_merchant, None if part_month == _NONE else part_month)
            # A part of very many rows may be several files.
            number = sum(_key(part) == key for part in parts)
            file = f"{contents[key].stem}{f'-{number}' if number else ''}.parquet"
            # Its content is on the disk before a manifest can name it.
            sync_file(path)
            path.replace(folder / file)
            parts.append({"merchant_id": key[0], "month": key[1], "file": file, "rows": count})
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return parts


def _where(table: Table, parts: Collection[PartKey] | None) -> str:
    """SQL that keeps the rows of some parts; merchant ids are checked by settings, months are dates.

    The range of the month column comes first: DuckDB passes over row groups that lie outside.
    """
    if parts is None:
        return ""
    merchant, month = part_columns(table)
    clauses = []
    months = sorted(part_month or "" for _, part_month in parts)
    if table.month and months[0]:
        clauses.append(
            f"{table.month} >= date '{date.fromisoformat(months[0])}'"
            f" and {table.month} < date '{date.fromisoformat(months[-1])}' + interval 1 month"
        )
    wanted = ", ".join(
        f"({literal(merchant_id or _NONE)}, date '{part_month or _NO_MONTH}')"
        for merchant_id, part_month in sorted(parts, key=lambda part: (part[0] or "", part[1] or ""))
    )
    clauses.append(f"(coalesce({merchant}, '{_NONE}'), coalesce({month}, date '{_NO_MONTH}')) in ({wanted})")
    return f"where {' and '.join(clauses)}"


def put_in_force(folder: Path, manifest: dict[str, Any]) -> None:
    """Write a manifest and let ``current`` name it, in one rename."""
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True)
    name = f"{manifest['version']:08d}-{hashlib.sha256(text.encode()).hexdigest()[:12]}.json"
    write_durably(folder / "manifests" / name, text)
    write_durably(folder / "current", name)


def _mark_reshaped(
    warehouse: Warehouse, previous: dict[str, Any], published: dict[str, dict[str, Any]], held: Collection[str]
) -> None:
    """Note that parts of held merchants which were written in a new shape are written anew when the hold ends."""
    for name, table in published.items():
        if previous["tables"].get(name, table)["columns"] != table["columns"]:
            parts = [part for part in table["parts"] if part["merchant_id"] in held]
            warehouse.connection.execute(
                "insert into meta.dirty_parts by name select $1 as table_name, unnest($2::varchar[]) as merchant_id,"
                " unnest($3::date[]) as month",
                [name, [part["merchant_id"] for part in parts], [part["month"] for part in parts]],
            )


def _clear_dirty(warehouse: Warehouse, held: Collection[str]) -> None:
    """A held merchant's parts stay dirty: they are written when the hold ends."""
    warehouse.connection.execute(
        f"delete from meta.dirty_parts where merchant_id not in ({literals(held)}) or merchant_id is null"
    )
