"""The only module that opens the DuckDB file: lock, transactions, tables with exact columns and comments.

What is in the tables is decided elsewhere (``sql_tables``, ``core_tables``, ``ingest``); readers read the snapshot.
"""

from __future__ import annotations

import re
import shutil
import time
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any

from pipelines.durable import clear_all_parts, sync_file, sync_folder
from pipelines.errors import CannotRun
from pipelines.ledger import LEDGERS
from pipelines.lock import writing
from pipelines.machine import is_of_machine, told, told_of_duckdb
from pipelines.sql_text import literal
from pipelines.stated_tables import state

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from pathlib import Path

    import duckdb

    from pipelines.contracts.base import Column
    from pipelines.settings import Settings
    from pipelines.tables import Table

SCHEMAS = ("raw", "staging", "core", "ml", "marts", "quarantine", "meta", "changed")


class Warehouse:
    """An open warehouse.

    Attributes:
        connection: the DuckDB connection; statements that write go through the methods where one fits.
        settings: the home's settings.
        memory_limit: what DuckDB may use at present.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
        self.connection = connection
        self.settings = settings
        self.memory_limit = settings.memory_limit

    @contextmanager
    def transaction(self) -> Generator[None]:
        """All or nothing: what fails inside leaves the warehouse as it was."""
        import duckdb

        self.connection.execute("begin transaction")
        try:
            yield
        except BaseException:
            # Where the disk is full, DuckDB has rolled back by itself and says so; the first error is the one to tell.
            with suppress(duckdb.Error):
                self.connection.execute("rollback")
            raise
        self.connection.execute("commit")

    def one(self, sql: str, parameters: Sequence[object] | None = None) -> tuple[Any, ...] | None:
        """The first row of a query, read to its end: DuckDB 2 refuses other work beside a half-read result."""
        rows = self.connection.execute(sql, list(parameters or [])).fetchall()
        return rows[0] if rows else None

    def has_table(self, full_name: str) -> bool:
        """Whether a table or view of that name exists."""
        schema, name = full_name.split(".")
        row = self.one(
            "select count(*) from information_schema.tables where table_schema = $1 and table_name = $2",
            [schema, name],
        )
        return bool(row and row[0])

    def columns_of(self, full_name: str) -> list[tuple[str, str]]:
        """Names and types of a table's columns, in order."""
        rows = self.connection.execute(f"describe {full_name}").fetchall()
        return [(row[0], row[1].lower()) for row in rows]

    def ensure(self, table: Table, extra: Sequence[Column] = ()) -> None:
        """Create a declared table, or add the columns that it has not yet; ``extra`` stand behind."""
        columns = (*table.columns, *extra)
        if self.has_table(table.full_name):
            present = {name for name, _ in self.columns_of(table.full_name)}
            for column in columns:
                if column.name not in present:
                    self.connection.execute(f"alter table {table.full_name} add column {column.name} {column.type}")
            return
        body = ", ".join(f"{column.name} {column.type}" for column in columns)
        self.connection.execute(f"create table {table.full_name} ({body})")
        self.comment(table)

    def replace(self, table: Table, query: str, differences: Callable[[str | None, str], int]) -> bool:
        """Rebuild a table from a query whose columns must be those declared; where nothing differs the old one stays.

        Args:
            table: what it must be.
            query: its rows.
            differences: is given two relations with the table's columns, the rows before (None: there are none to
                compare) and after, notes where they differ and returns in how many places.

        Returns:
            Whether the table changed.

        Raises:
            SchemaMismatch: the query yields other columns than the declaration.
        """
        described = self.described(query)
        table.require_columns(described)
        names = ", ".join(column.name for column in table.columns)
        fresh = f"{table.full_name}__fresh"
        self.connection.execute(f"create or replace table {fresh} as select {names} from ({query})")
        is_same_shape = self.has_table(table.full_name) and self.columns_of(table.full_name) == described
        if not differences(table.full_name if is_same_shape else None, fresh) and is_same_shape:
            self.connection.execute(f"drop table {fresh}")
            return False
        self.connection.execute(f"drop table if exists {table.full_name}")
        self.connection.execute(f"alter table {fresh} rename to {table.name}")
        self.comment(table)
        return True

    def described(self, query: str) -> list[tuple[str, str]]:
        """Names and types that a query yields, without running it."""
        return [(row[0], row[1].lower()) for row in self.connection.execute(f"describe {query}").fetchall()]

    def comment(self, table: Table) -> None:
        """Write the declaration's words into the database."""
        self.connection.execute(f"comment on table {table.full_name} is {literal(table.description)}")
        for column in table.columns:
            self.connection.execute(
                f"comment on column {table.full_name}.{column.name} is {literal(column.description)}"
            )

    def row_count(self, full_name: str) -> int:
        """Rows of a table."""
        # fetchall, because a result that is read half keeps DuckDB from registering a frame next.
        ((count,),) = self.connection.execute(f"select count(*) from {full_name}").fetchall()
        return int(count)


@contextmanager
def open_warehouse(settings: Settings, command: str, wait_seconds: float = 0.0) -> Generator[Warehouse]:
    """Take the home's lock and open its warehouse for writing.

    Args:
        settings: the home's settings.
        command: what is being done, for whoever finds the lock busy.
        wait_seconds: how long to wait for another writer.

    Raises:
        CannotRun: another process writes, or the file cannot be opened or written.
    """
    import duckdb

    with writing(settings.home, command, wait_seconds):
        scratch = settings.home / "scratch"
        try:
            _clear_left_behind(settings.home)
            scratch.mkdir(parents=True)
            connection = _connect(settings, scratch, wait_seconds)
        except OSError as error:
            raise CannotRun(told(error)) from error
        except duckdb.Error as error:
            raise CannotRun(told_of_duckdb(error, f"{settings.warehouse_file}: cannot be opened")) from error
        warehouse = Warehouse(connection, settings)
        try:
            warehouse.connection.execute("set TimeZone = 'UTC'")
            _prepare(warehouse)
            yield warehouse
        except duckdb.Error as error:
            if not is_of_machine(error):
                raise
            raise CannotRun(told_of_duckdb(error, f"{settings.warehouse_file}: cannot be written")) from error
        finally:
            # On a full disk closing fails as well; what was committed is in the log beside the file.
            with suppress(duckdb.Error):
                warehouse.connection.close()
            shutil.rmtree(scratch, ignore_errors=True)


def _clear_left_behind(home: Path) -> None:
    """Remove what a killed run left behind; the lock says that nobody uses it."""
    shutil.rmtree(home / "scratch", ignore_errors=True)
    clear_all_parts(home)
    for copy in _fresh_files(home):
        copy.unlink(missing_ok=True)


@contextmanager
def looked_into(path: Path) -> Generator[duckdb.DuckDBPyConnection]:
    """A warehouse's file opened for looking only, with little memory, for ``keeprate doctor``.

    The caller holds the lock.

    Raises:
        duckdb.Error: DuckDB cannot open it.
    """
    import duckdb

    with duckdb.connect(str(path), read_only=True, config={"threads": 1, "memory_limit": "512MB"}) as connection:
        yield connection


def _connect(settings: Settings, scratch: Path, wait_seconds: float) -> duckdb.DuckDBPyConnection:
    """Open the file; one that a process without our lock has open (a database browser) is waited for as the lock is."""
    import duckdb

    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            return duckdb.connect(
                str(settings.warehouse_file),
                config={
                    "threads": settings.threads,
                    "memory_limit": settings.memory_limit,
                    "temp_directory": str(scratch),
                    "autoinstall_known_extensions": False,
                    "autoload_known_extensions": False,
                    # Rows carry their record number; an insert that keeps an order uses one thread.
                    "preserve_insertion_order": False,
                },
            )
        except duckdb.IOException as error:
            if not is_open_elsewhere(error):
                raise
            if time.monotonic() >= deadline:
                raise CannotRun(
                    f"{settings.warehouse_file}: {holder_of(error)} has it open.\n"
                    "  to do:    close it there, or call again with --wait SECONDS; to look at tables, keeprate query"
                ) from None
            time.sleep(0.1)


def is_open_elsewhere(error: BaseException) -> bool:
    """Whether DuckDB cannot open a file because another process has: nothing is wrong with the file."""
    return "Could not set lock" in str(error)


def holder_of(error: BaseException) -> str:
    """Who holds DuckDB's own lock, from its words: ``Conflicting lock is held in /usr/bin/python3.11 (PID 42)``."""
    found = re.search(r"lock is held in (.*?) ?\(PID (\d+)\)", str(error))
    return f"process {found[2]} ({found[1]})" if found else "another process"


def _prepare(warehouse: Warehouse) -> None:
    for schema in SCHEMAS:
        warehouse.connection.execute(f"create schema if not exists {schema}")
    with warehouse.transaction():
        for table in LEDGERS:
            warehouse.ensure(table)
    state(warehouse)


def scratch_folder(settings: Settings) -> Path:
    """Folder for copies that live only while the warehouse is open."""
    return settings.home / "scratch"


def _fresh_files(home: Path) -> tuple[Path, ...]:
    """The copy that is to take the warehouse's place, and its log."""
    return home / "warehouse.duckdb.new", home / "warehouse.duckdb.new.wal"


def renew_warehouse_file(settings: Settings) -> None:
    """Copy the warehouse into a new file, which takes the old one's place in one rename.

    Measured: after a delete and a checkpoint the deleted text still stands in the old file. A kill before the rename
    leaves the old file, one after it the new one. The caller holds the lock and has the warehouse closed.

    Raises:
        CannotRun: the disk has no room for the copy, or the old file could not be closed.
    """
    import duckdb

    fresh = _fresh_files(settings.home)[0]
    log = settings.warehouse_file.with_name("warehouse.duckdb.wal")
    with writing(settings.home, "keeprate erase"):
        try:
            with open_warehouse(settings, "keeprate erase") as warehouse:
                # Into the file whatever its log still holds: a log that survives would be played into the new file.
                warehouse.connection.execute("force checkpoint")
                _copy_tables(warehouse.connection, fresh)
        except duckdb.Error as error:
            raise CannotRun(told_of_duckdb(error, f"{fresh}: cannot be written")) from error
        if log.exists():
            raise CannotRun(f"{log}: is still there.\n  to do:    close what has the warehouse open, and erase again")
        sync_file(fresh)
        fresh.replace(settings.warehouse_file)
        sync_folder(settings.home)


def _copy_tables(connection: duckdb.DuckDBPyConnection, fresh: Path) -> None:
    """Every schema, table with its comments, and view of the open warehouse, into another file."""
    import duckdb

    database = connection.execute("select current_database()").fetchall()[0][0]
    connection.execute(f"attach {literal(str(fresh))} as renewed")
    try:
        for schema in SCHEMAS:
            connection.execute(f"create schema if not exists renewed.{schema}")
        tables = connection.execute(
            "select schema_name, table_name, sql, comment from duckdb_tables() where database_name = $1"
            " and not temporary and not internal",
            [database],
        ).fetchall()
        comments = connection.execute(
            "select schema_name, table_name, column_name, comment from duckdb_columns() where database_name = $1"
            " and comment is not null and not internal",
            [database],
        ).fetchall()
        views = connection.execute(
            "select schema_name, view_name, sql from duckdb_views() where database_name = $1 and not internal"
            " and not temporary order by view_oid",
            [database],
        ).fetchall()
        connection.execute("use renewed")
        for schema, name, statement, comment in tables:
            connection.execute(statement)
            connection.execute(f'insert into renewed.{schema}."{name}" select * from "{database}".{schema}."{name}"')
            if comment:
                connection.execute(f'comment on table {schema}."{name}" is {literal(comment)}')
        names = {(schema, name) for schema, name, _, _ in tables}
        for schema, table, column, comment in comments:
            if (schema, table) in names:
                connection.execute(f'comment on column {schema}."{table}"."{column}" is {literal(comment)}')
        for schema, _, statement in views:
            # What a run reads is made anew by each run, and may look at a table that is gone by now.
            with suppress(duckdb.CatalogException) if schema == "changed" else nullcontext():
                connection.execute(statement)
    finally:
        connection.execute(f'use "{database}"')
        connection.execute("detach renewed")
