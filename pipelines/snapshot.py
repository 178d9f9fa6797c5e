"""The snapshot: what every reader uses. Opening it read-only; ``pipelines.publishing`` writes it.

A snapshot is a manifest that lists immutable Parquet parts, each a merchant's month of a table, named by its
content. ``current`` names the manifest in force and moves by an atomic rename: a reader sees all of one
snapshot or all of the next, and a build that fails leaves the last one whole. Readers never open the warehouse.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelines.errors import CannotRun, UsageProblem
from pipelines.sql_text import literal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import duckdb
    import polars

PUBLISHED_SCHEMAS = ("core", "ml", "marts", "quarantine")
_MEMORY_LIMIT = "1GB"


class NoSnapshot(CannotRun):
    """Nothing has been published in this home yet."""


@dataclass
class Snapshot:
    """A published snapshot, open for reading; a context manager.

    Attributes:
        connection: an in-memory DuckDB whose views are the published tables; external access is off.
        manifest: ``version`` (int), ``published_at`` (ISO, UTC), ``software_version``, ``held`` (merchant id ->
            ``since``, ``reason``), ``tables`` (name -> ``columns`` and ``parts``).
    """

    connection: duckdb.DuckDBPyConnection
    manifest: dict[str, Any]

    def query(self, sql: str, parameters: Sequence[object] | None = None) -> polars.DataFrame:
        """Run exactly one SELECT over the published tables.

        Raises:
            UsageProblem: it is not one SELECT, or DuckDB cannot run it.
        """
        import duckdb

        try:
            statements = self.connection.extract_statements(sql)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise UsageProblem(
                    f"a query is exactly one SELECT over the published schemas {', '.join(PUBLISHED_SCHEMAS)}.\n"
                    "  to do:    leave out what is no SELECT, and ask one thing a call"
                )
            # A cursor each: pages read side by side.
            with self.connection.cursor() as cursor:
                return cursor.sql(sql, params=list(parameters or [])).pl()
        except duckdb.Error as error:
            raise UsageProblem(
                f"the query cannot be run: {error}\n"
                "  to do:    keeprate query 'describe core.orders' names a table's columns, docs/reference all tables"
            ) from None

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def __enter__(self) -> Snapshot:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read_manifest(home: Path) -> dict[str, Any] | None:
    """The manifest in force, or None where nothing was published."""
    folder = home / "snapshots"
    try:
        name = (folder / "current").read_text(encoding="ascii").strip()
        return json.loads((folder / "manifests" / name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def reported_version(home: Path) -> str:
    """Version of the snapshot in force as pages and reports are entered for it; empty where nothing was published."""
    manifest = read_manifest(home)
    return str(manifest["version"]) if manifest else ""


def open_snapshot(home: Path, threads: int = 2) -> Snapshot:
    """Open the snapshot in force.

    Args:
        home: the home.
        threads: threads of the reader's DuckDB.

    Raises:
        NoSnapshot: nothing was published yet.
    """
    import duckdb

    manifest = read_manifest(home)
    if manifest is None:
        raise NoSnapshot(
            f"{home}: nothing is published yet.\n  to do:    keeprate ingest FILE --merchant ID, then keeprate build"
        )
    connection = duckdb.connect(
        config={
            "threads": threads,
            "memory_limit": _MEMORY_LIMIT,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )
    parts_folder = home / "snapshots" / "parts"
    listed = [str(parts_folder / part["file"]) for table in manifest["tables"].values() for part in table["parts"]]
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("set temp_directory = ''")
    connection.execute(f"set allowed_paths = [{', '.join(literal(path) for path in listed)}]")
    for schema in PUBLISHED_SCHEMAS:
        connection.execute(f"create schema {schema}")
    for name, table in manifest["tables"].items():
        connection.execute(f"create view {name} as {_select(parts_folder, table)}")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return Snapshot(connection, manifest)


def _select(folder: Path, table: dict[str, Any]) -> str:
    if not table["parts"]:
        empty = ", ".join(f"null::{kind} as {name}" for name, kind in table["columns"])
        return f"select {empty} where false"
    names = ", ".join(name for name, _ in table["columns"])
    files = ", ".join(literal(str(folder / part["file"])) for part in table["parts"])
    return f"select {names} from read_parquet([{files}])"
