"""The adapter to great_expectations, which is imported inside functions only: the import takes seconds.

great_expectations has no DuckDB engine; it is given SQLAlchemy on a *cursor* of the open warehouse connection
(``borrowed``): same database, same settings, no temporary table, own transaction state. To know:

- A statement that fails aborts a transaction; a check that raises must not ruin the caller's work, and what the
  caller has not committed would not be seen. So a connection inside a transaction is refused.
- An expectation that raises comes back as ``success: false``; its ``exception_info`` says so. Metrics of one
  table are bundled into one query, so those that raised are asked again one by one, to find the guilty.

Passing checks cost one bundled scan and one query for each condition and key; only for what failed are counts
and keys fetched, never other values.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pipelines.quality.expectations import MERCHANT_VARIABLE, CheckTarget
from pipelines.quality.failing import is_query
from pipelines.quality.reading import exception_of, name_of, raised_verdict, verdict_of
from pipelines.quality.translation import translated
from pipelines.quality_verdict import KEYS_KEPT, CheckVerdict

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    import duckdb

_VIEW = "checked_batch"


def run_checks(
    connection: duckdb.DuckDBPyConnection,
    targets: Sequence[CheckTarget],
    progress: Callable[[str], None] | None = None,
) -> list[CheckVerdict]:
    """Hold every target to its expectations.

    Args:
        connection: open connection on the warehouse, outside any transaction; it is left as it was.
        targets: what to check; without any, great_expectations is not even imported.
        progress: told the table and merchant before each target.

    Returns:
        One verdict per target and expectation, in the order of the targets.

    Raises:
        RuntimeError: the connection is inside a transaction, whose rows could not be seen.
    """
    if not targets:
        return []
    _require_no_transaction(connection)
    verdicts: list[CheckVerdict] = []
    with _quiet(), connection.cursor() as cursor:
        session = _Session(cursor)
        try:
            for number, target in enumerate(targets):
                if progress:
                    progress(f"{target.table} of {target.merchant_id}")
                verdicts += session.check(target, f"{_VIEW}_{number}")
        finally:
            session.close()
    return verdicts


def _require_no_transaction(connection: duckdb.DuckDBPyConnection) -> None:
    import duckdb

    try:
        connection.begin()
    except duckdb.TransactionException:
        raise RuntimeError(
            "checks were called inside a transaction, whose rows they cannot see; commit it first"
        ) from None
    connection.rollback()


@contextmanager
def _quiet() -> Generator[None]:
    """Keep tracebacks with SQL off the console; what raised stands in the verdict."""
    logger = logging.getLogger("great_expectations")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)


class _Session:
    """great_expectations on a borrowed DuckDB cursor."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        import great_expectations
        from great_expectations.data_context.types.base import ProgressBarsConfig
        from great_expectations.execution_engine import SqlAlchemyExecutionEngine

        from pipelines.quality.borrowed import borrowed_engine

        self._cursor = cursor
        self._context = great_expectations.get_context(mode="ephemeral")
        self._context.enable_analytics(False)
        self._context.variables.progress_bars = ProgressBarsConfig(globally=False)
        self._sqlalchemy = borrowed_engine(cursor)
        self._engine = SqlAlchemyExecutionEngine(engine=self._sqlalchemy, create_temp_table=False)

    def close(self) -> None:
        self._sqlalchemy.dispose()

    def check(self, target: CheckTarget, view: str) -> list[CheckVerdict]:
        """Verdicts on one target; the view makes its SELECT a table that great_expectations can describe."""
        import duckdb

        self._cursor.execute(f"set variable {MERCHANT_VARIABLE} = $1", [target.merchant_id])
        try:
            kind = "table" if target.is_computed_once else "view"
            self._cursor.execute(f"create or replace temp {kind} {view} as {target.relation_sql}")
            counted = self._cursor.execute(f"select count(*) from {view}").fetchone()
        except duckdb.Error as error:
            return [raised_verdict(target, expectation, 0, str(error)) for expectation in target.expectations]
        try:
            return self._verdicts(target, view, int(counted[0]) if counted else 0)
        finally:
            self._cursor.execute(f"drop {kind} {view}")

    def _verdicts(self, target: CheckTarget, view: str, row_count: int) -> list[CheckVerdict]:
        by_name = {expectation.name: expectation for expectation in target.expectations}
        suite = {name: translated(expectation, target) for name, expectation in by_name.items()}
        first: dict[str, Any] = {}
        for is_asked_by_query, result_format in ((False, "BOOLEAN_ONLY"), (True, "BASIC")):
            names = [name for name in by_name if is_query(by_name[name]) == is_asked_by_query]
            first |= self._validate([suite[name] for name in names], view, result_format)
            for name in [name for name in names if exception_of(first[name])]:
                first |= self._validate([suite[name]], view, result_format)
        uncounted = [
            suite[name]
            for name, result in first.items()
            if not (result.success or exception_of(result) or is_query(by_name[name]))
        ]
        found = first | self._validate(uncounted, view, "SUMMARY", target.key)
        return [verdict_of(target, by_name[name], row_count, found[name]) for name in by_name]

    def _validate(
        self, expectations: list[Any], view: str, result_format: str, key: Sequence[str] = ()
    ) -> dict[str, Any]:
        from great_expectations import ExpectationSuite
        from great_expectations.core.batch import Batch
        from great_expectations.execution_engine.sqlalchemy_batch_data import SqlAlchemyBatchData
        from great_expectations.validator.validator import Validator

        if not expectations:
            return {}
        suite = ExpectationSuite(name=view, expectations=expectations)
        data = SqlAlchemyBatchData(execution_engine=self._engine, table_name=view)
        validator = Validator(execution_engine=self._engine, data_context=self._context, batches=[Batch(data=data)])
        wanted: dict[str, Any] = {
            "result_format": result_format,
            "partial_unexpected_count": KEYS_KEPT,
            "return_unexpected_index_query": False,
        }
        if key:
            wanted |= {"unexpected_index_column_names": list(key), "exclude_unexpected_values": True}
        results = validator.graph_validate(
            configurations=suite.expectation_configurations, runtime_configuration={"result_format": wanted}
        )
        return {name_of(result): result for result in results}
