"""The only module that opens the DuckDB file: lock, transactions, tables with exact columns and comments.

What is in the tables is decided elsewhere (``sql_tables``, ``core_tables``, ``ingest``). Readers never come
here: they read the snapshot.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pipelines.errors import CannotRun
from pipelines.ledger import LEDGERS, MERCHANTS
from pipelines.lock import writing
from pipelines.sql_text import literal

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
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
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
        self.connection = connection
        self.settings = settings

    @contextmanager
    def transaction(self) -> Generator[None]:
        """All or nothing: what fails inside leaves the warehouse as it was."""
        self.connection.execute("begin transaction")
        try:
            yield
        except BaseException:
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

    def replace(self, table: Table, query: str) -> int:
        """Rebuild a table from a query whose columns must be those declared; the old one stays on failure.

        Returns:
            Rows of the new table.

        Raises:
            SchemaMismatch: the query yields other columns than the declaration.
        """
        table.require_columns(self.described(query))
        names = ", ".join(column.name for column in table.columns)
        self.connection.execute(f"create or replace table {table.full_name} as select {names} from ({query})")
        self.comment(table)
        return self.row_count(table.full_name)

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
            # What a killed run left behind; the lock says that nobody uses it.
            shutil.rmtree(scratch, ignore_errors=True)
            scratch.mkdir(parents=True)
            connection = duckdb.connect(
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
        except (duckdb.Error, OSError) as error:
            raise CannotRun(f"{settings.warehouse_file}: cannot be opened: {_first_line(error)}") from error
        warehouse = Warehouse(connection, settings)
        try:
            warehouse.connection.execute("set TimeZone = 'UTC'")
            _prepare(warehouse)
            yield warehouse
        except duckdb.IOException as error:
            raise CannotRun(
                f"{settings.warehouse_file}: cannot be written: {_first_line(error)}\n"
                "  to do:    free disk space or mend the permissions; nothing of this step was kept"
            ) from error
        finally:
            warehouse.connection.close()
            shutil.rmtree(scratch, ignore_errors=True)


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _prepare(warehouse: Warehouse) -> None:
    for schema in SCHEMAS:
        warehouse.connection.execute(f"create schema if not exists {schema}")
    with warehouse.transaction():
        for table in LEDGERS:
            warehouse.ensure(table)
    known = warehouse.connection.execute(f"select * from {MERCHANTS.full_name} order by all").fetchall()
    wanted = sorted(
        (merchant.merchant_id, merchant.name, merchant.locale, merchant.timezone, merchant.currency_code)
        for merchant in warehouse.settings.merchants.values()
    )
    if known != wanted:
        changed = (
            f"insert into meta.dirty_parts by name select '{MERCHANTS.full_name}' as table_name, merchant_id"
            f" from {MERCHANTS.full_name}"
        )
        with warehouse.transaction():
            warehouse.connection.execute(changed)
            warehouse.connection.execute(f"delete from {MERCHANTS.full_name}")
            warehouse.connection.executemany(
                f"insert into {MERCHANTS.full_name} values (?, ?, ?, ?, ?)", [list(row) for row in wanted]
            )
            warehouse.connection.execute(changed)


def scratch_folder(settings: Settings) -> Path:
    """Folder for copies that live only while the warehouse is open."""
    return settings.home / "scratch"
