"""SQLAlchemy on a DuckDB cursor that belongs to somebody else, as much of it as great_expectations needs.

Imported inside functions only. A general dialect opens its own connections; here there must be none: a second
one with another configuration is refused within a process, and the warehouse is opened in one place. So begin,
commit, rollback and close do nothing, each statement commits by itself, and every result is fetched at once:
great_expectations gives a connection back before it reads the result. What a check means is not decided here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine
from sqlalchemy.dialects import registry
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.pool import StaticPool
from sqlalchemy.types import NullType

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb
    from sqlalchemy import Engine

_NAME = "keeprate_borrowed_duckdb"


class _Driver:
    """What SQLAlchemy asks of a DBAPI module. DuckDB's own errors pass through as they are."""

    paramstyle = "qmark"

    class Error(Exception):
        """Never raised."""


class _Cursor:
    """Runs on the borrowed cursor and holds the whole result."""

    rowcount = -1

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor
        self._rows: list[tuple[Any, ...]] = []
        self.description: Sequence[Any] | None = None

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> None:
        self._cursor.execute(statement, list(parameters))
        self.description = self._cursor.description
        self._rows = self._cursor.fetchall() if self.description else []

    def fetchone(self) -> tuple[Any, ...] | None:
        return self._rows.pop(0) if self._rows else None

    def fetchmany(self, size: int = 1) -> list[tuple[Any, ...]]:
        taken, self._rows = self._rows[:size], self._rows[size:]
        return taken

    def fetchall(self) -> list[tuple[Any, ...]]:
        taken, self._rows = self._rows, []
        return taken

    def close(self) -> None:
        """Rows that were fetched stay readable."""


class _Connection:
    """A connection that is neither begun, ended nor closed from here."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor

    def cursor(self) -> _Cursor:
        return _Cursor(self._cursor)

    def begin(self) -> None: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...
    def close(self) -> None: ...


class BorrowedDuckDB(DefaultDialect):
    """SQLAlchemy's standard SQL, which DuckDB understands, and the names of a view's columns."""

    name = "duckdb"
    driver = "borrowed"
    supports_statement_cache = True

    @classmethod
    def import_dbapi(cls) -> Any:  # noqa: D102 - as SQLAlchemy declares it
        return _Driver

    def get_columns(self, connection: Any, table_name: str, schema: str | None = None, **_: Any) -> Any:  # noqa: D102
        rows = connection.exec_driver_sql(f"describe {table_name}").fetchall()
        return [{"name": row[0], "type": NullType(), "nullable": True, "default": None} for row in rows]

    def get_pk_constraint(self, *_: Any, **__: Any) -> Any:  # noqa: D102
        return {"constrained_columns": [], "name": None}


def borrowed_engine(cursor: duckdb.DuckDBPyConnection) -> Engine:
    """A SQLAlchemy engine whose only connection is ``cursor``; dispose of it before closing the cursor."""
    registry.register(_NAME, __name__, BorrowedDuckDB.__name__)
    connection = _Connection(cursor)
    return create_engine(f"{_NAME}://", creator=lambda: connection, poolclass=StaticPool)
