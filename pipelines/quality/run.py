"""The adapter to great_expectations; the only module that imports it, inside functions (the import takes seconds).

great_expectations has no DuckDB engine; it is given SQLAlchemy on a *cursor* of the open warehouse connection
(``borrowed``): same database, same settings, no temporary table, own transaction state. To know:

- A statement that fails aborts a transaction; a check that raises must not ruin the caller's work, and what the
  caller has not committed would not be seen. So a connection inside a transaction is refused.
- An expectation that raises comes back as ``success: false``; its ``exception_info`` says so. Metrics of one
  table are bundled into one query, so those that raised are asked again one by one, to find the guilty.

Passing checks cost one bundled scan; only for what failed are counts and keys fetched, never other values.
"""

from __future__ import annotations

import logging
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pipelines.quality.expectations import MERCHANT_VARIABLE, CheckTarget, Expectation
from pipelines.quality.failing import BATCH, failing_rows_sql, is_query
from pipelines.quality_verdict import KEYS_KEPT, CheckVerdict

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    import duckdb

_SEVERITY = {"error": "critical", "warn": "warning"}
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
            self._cursor.execute(f"create or replace temp view {view} as {target.relation_sql}")
            counted = self._cursor.execute(f"select count(*) from {view}").fetchone()
        except duckdb.Error as error:
            return [_raised(target, expectation, 0, str(error)) for expectation in target.expectations]
        try:
            return self._verdicts(target, view, int(counted[0]) if counted else 0)
        finally:
            self._cursor.execute(f"drop view {view}")

    def _verdicts(self, target: CheckTarget, view: str, row_count: int) -> list[CheckVerdict]:
        by_name = {expectation.name: expectation for expectation in target.expectations}
        suite = {name: translated(expectation, target) for name, expectation in by_name.items()}
        first = self._validate(list(suite.values()), view, "BOOLEAN_ONLY")
        for name in [name for name, result in first.items() if _exception(result)]:
            first |= self._validate([suite[name]], view, "BOOLEAN_ONLY")
        failed = [name for name, result in first.items() if not result.success and not _exception(result)]
        detail: dict[str, Any] = {}
        for is_rows, result_format in ((True, "COMPLETE"), (False, "SUMMARY")):
            chosen = [suite[name] for name in failed if is_query(by_name[name]) == is_rows]
            if chosen:
                detail |= self._validate(chosen, view, result_format, target.key)
        return [_verdict(target, by_name[name], row_count, first[name], detail.get(name)) for name in by_name]

    def _validate(
        self, expectations: list[Any], view: str, result_format: str, key: Sequence[str] = ()
    ) -> dict[str, Any]:
        from great_expectations import ExpectationSuite
        from great_expectations.core.batch import Batch
        from great_expectations.execution_engine.sqlalchemy_batch_data import SqlAlchemyBatchData
        from great_expectations.validator.validator import Validator

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
        return {_name(result): result for result in results}


def translated(expectation: Expectation, target: CheckTarget) -> Any:
    """The expectation in great_expectations' words."""
    from great_expectations import expectations as gx

    column = expectation.columns[0] if expectation.columns else ""
    common = {
        "severity": _SEVERITY[expectation.severity],
        "description": expectation.description,
        "meta": {"check": expectation.name},
    }
    if expectation.kind == "not_null":
        return gx.ExpectColumnValuesToNotBeNull(column=column, **common)
    if expectation.kind == "values":
        return gx.ExpectColumnValuesToBeInSet(column=column, value_set=list(expectation.values), **common)
    if expectation.kind == "range":
        return gx.ExpectColumnValuesToBeBetween(
            column=column, min_value=expectation.minimum, max_value=expectation.maximum, **common
        )
    query = failing_rows_sql(expectation, target)
    return gx.UnexpectedRowsExpectation(unexpected_rows_query=_escaped(query), **common)


def _escaped(query: str) -> str:
    """Braces are great_expectations' placeholders, ``:name`` is SQLAlchemy's."""
    braces = query.replace("{", "{{").replace("}", "}}")
    return re.sub(r"(?<![:\w\\]):(\w+)(?!:)", r"\\:\1", braces).replace(BATCH, "{batch}")


def _name(result: Any) -> str:
    return result.expectation_config.meta["check"]


def _exception(result: Any) -> str:
    """What an expectation raised, or an empty string."""
    info = result.exception_info or {}
    entries = [info] if "raised_exception" in info else list(info.values())
    for entry in entries:
        if entry.get("raised_exception"):
            return str(entry.get("exception_message") or "unknown error")
    return ""


def _verdict(
    target: CheckTarget,
    expectation: Expectation,
    row_count: int,
    first: Any,
    detail: Any,
) -> CheckVerdict:
    if message := _exception(first) or (_exception(detail) if detail else ""):
        return _raised(target, expectation, row_count, message)
    found = detail.result if detail else {}
    if is_query(expectation):
        count = int(found.get("observed_value", 0))
        rows = found.get("details", {}).get("unexpected_rows", [])
    else:
        count = int(found.get("unexpected_count", 0))
        rows = _rows_of(found.get("partial_unexpected_index_list", []))
    shown = dict.fromkeys(filter(None, (_shown(row) for row in rows)))
    return CheckVerdict(
        table=target.table,
        merchant_id=target.merchant_id,
        check=expectation.name,
        passed=bool(first.success),
        severity=expectation.severity,
        failing_count=count,
        row_count=row_count,
        failing_keys=tuple(shown)[:KEYS_KEPT],
        description=expectation.description,
    )


def _rows_of(index: list[dict[str, list[Any]]]) -> list[dict[str, Any]]:
    """Key columns by name with a list each, as rows."""
    return [
        dict(zip(columns, values, strict=True)) for columns in index for values in zip(*columns.values(), strict=True)
    ]


def _shown(row: dict[str, Any]) -> str:
    if set(row) == {"row"}:
        return ""
    values = {name: "(none)" if value is None else str(value) for name, value in row.items()}
    if len(values) == 1:
        return next(iter(values.values()))
    return ", ".join(f"{name} {value}" for name, value in values.items())


def _raised(target: CheckTarget, expectation: Expectation, row_count: int, message: str) -> CheckVerdict:
    """A check that could not be run: an error whatever its severity, because nothing is known."""
    return CheckVerdict(
        table=target.table,
        merchant_id=target.merchant_id,
        check=expectation.name,
        passed=False,
        severity="error",
        failing_count=0,
        row_count=row_count,
        failing_keys=(),
        description=expectation.description,
        raised=_without_values(message),
    )


def _without_values(message: str) -> str:
    """The first line of a database's message, without what stands between quotes: it may be data."""
    line = next((line for line in message.splitlines() if line.strip()), "unknown error")
    return re.sub(r"'[^']*'", "'…'", line).strip()[:300]
