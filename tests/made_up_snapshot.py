"""Publishes made-up rows of the marts as a snapshot, in the format that readers open.

Tables get the columns that ``sql/`` and the learned models declare, so a renamed column breaks the tests. The rows are
in ``made_up_shops``, ``made_up_ledgers`` and ``made_up_risks``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def publish(
    home: Path, tables: dict[str, list[dict[str, Any]]], held: dict[str, dict[str, str]] | None = None, version: int = 7
) -> Path:
    """Write a snapshot that ``pipelines.snapshot.open_snapshot`` reads.

    Args:
        home: the home folder.
        tables: rows by full table name; tables not named are published empty.
        held: merchants whose newest batch is held back.
        version: of the snapshot.

    Returns:
        The home.
    """
    import duckdb

    folder = home / "snapshots"
    for name in ("parts", "manifests"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    published = {}
    with duckdb.connect() as connection:
        for number, (name, columns) in enumerate(declared_columns().items()):
            listed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
            connection.execute(f"create table made_up_{number} ({listed})")
            for names, rows in _alike(tables.get(name, [])).items():
                places = ", ".join("(" + ", ".join("?" for _ in names) + ")" for _ in rows)
                values = [value for row in rows for value in row.values()]
                connection.execute(f"insert into made_up_{number} ({', '.join(names)}) values {places}", values)
            file = f"{name}-{version}.parquet"
            connection.execute(f"copy made_up_{number} to '{folder / 'parts' / file}' (format parquet)")
            published[name] = {
                "columns": [[column, kind] for column, kind in columns.items()],
                "parts": [{"merchant_id": "", "month": None, "file": file, "rows": len(tables.get(name, []))}],
            }
    manifest = {
        "version": version,
        "published_at": "2026-11-22T05:10:00+00:00",
        "software_version": "0.1.0",
        "held": held or {},
        "tables": published,
    }
    (folder / "manifests" / f"{version}.json").write_text(json.dumps(manifest), encoding="utf-8")
    (folder / "current").write_text(f"{version}.json", encoding="ascii")
    return home


def _alike(rows: list[dict[str, Any]]) -> dict[tuple[str, ...], list[dict[str, Any]]]:
    """Rows by the columns that they have."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(tuple(row), []).append(row)
    return groups


def declared_columns() -> dict[str, dict[str, str]]:
    """Columns and types of the core tables that readers use, of every mart in ``sql/`` and every learned table."""
    from pipelines.learning import learned_tables
    from pipelines.sql_tables import SQL_FOLDER, read_sql_table

    marts = (read_sql_table(path) for path in sorted((SQL_FOLDER / "marts").glob("*.sql")))
    declared = (*marts, *learned_tables())
    tables = {table.full_name: {column.name: column.type for column in table.columns} for table in declared}
    merchant = dict.fromkeys(("merchant_id", "name", "locale", "timezone", "currency_code"), "varchar")
    parcel = dict.fromkeys(("merchant_id", "parcel_id"), "varchar")
    return {"core.merchants": merchant, "core.parcels": parcel} | tables
