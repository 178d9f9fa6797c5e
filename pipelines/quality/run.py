"""The adapter to great_expectations, which is imported inside functions only: the import takes seconds.

great_expectations has no DuckDB engine; it is given SQLAlchemy on a *cursor* of the open warehouse connection
(``borrowed``): same database, same settings, no temporary table, own transaction state. To know:

- A statement that fails aborts a transaction; a check that raises must not ruin the caller's work, and what the
  caller has not committed would not be seen. So a connection inside a transaction is refused.
- An expectation that raises comes back as ``success: false``; its ``exception_info`` says so. Metrics of one
  table are bundled into one query, so those that raised are asked again one by one, to find the guilty.

Rows are counted first (``counting``), part by part, and great_expectations judges the counts of all targets of a run
at once, one expectation a table. Only where it finds a count that is not zero, or where nothing could be counted, is
it asked with the expectation itself, over the rows of one part after the other until enough keys are known.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from pipelines.quality.counting import Counted, count_failing
from pipelines.quality.expectations import MERCHANT_VARIABLE, CheckTarget
from pipelines.quality.failing import is_query
from pipelines.quality.reading import exception_of, name_of, raised_verdict, verdict_of
from pipelines.quality.translation import translated
from pipelines.quality_verdict import KEYS_KEPT, CheckVerdict

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from datetime import date

    import duckdb

    from pipelines.quality.expectations import Expectation

_VIEW = "checked_batch"
_COUNTS = "checked_counts"


@dataclass(frozen=True)
class FailingPart:
    """Rows of a part that fail a check.

    Attributes:
        month: month of the part.
        check: name of the check.
        failing_count: rows, for a key keys.
        failing_keys: some of their keys.
    """

    month: date | None
    check: str
    failing_count: int
    failing_keys: tuple[str, ...]


@dataclass(frozen=True)
class Checked:
    """What came of a target.

    Attributes:
        target: what was checked.
        verdicts: one per expectation, over all its rows.
        rows: number of rows by month of the part; empty where they could not be counted.
        failing: what fails, part by part.
    """

    target: CheckTarget
    verdicts: tuple[CheckVerdict, ...]
    rows: dict[date | None, int] = field(default_factory=dict)
    failing: tuple[FailingPart, ...] = ()


def check_targets(
    connection: duckdb.DuckDBPyConnection,
    targets: Sequence[CheckTarget],
    progress: Callable[[str], None] | None = None,
) -> list[Checked]:
    """Hold every target to its expectations, and say what fails part by part.

    Args:
        connection: open connection on the warehouse, outside any transaction; it is left as it was.
        targets: what to check; without any, great_expectations is not even imported.
        progress: told the table and merchant before each target.

    Raises:
        RuntimeError: the connection is inside a transaction, whose rows could not be seen.
    """
    if not targets:
        return []
    _require_no_transaction(connection)
    with _quiet(), connection.cursor() as cursor:
        session = _Session(cursor)
        try:
            counted = []
            for number, target in enumerate(targets):
                if progress:
                    progress(f"{target.table} of {target.merchant_id}")
                counted.append(session.count(target, f"{_VIEW}_{number}"))
            suspects = session.judged(targets, counted)
            return [
                session.checked(target, f"{_VIEW}_{number}", counted[number], suspects[number])
                for number, target in enumerate(targets)
            ]
        finally:
            session.close()


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


@cache
def _context() -> Any:
    """One context for all sessions of a process: making one takes a tenth of a second."""
    import great_expectations
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = great_expectations.get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context


def part_verdict(
    target: CheckTarget, expectation: Expectation, row_count: int, failing: Sequence[FailingPart]
) -> CheckVerdict:
    """The verdict over all parts, from what fails in some."""
    keys = dict.fromkeys(key for part in failing for key in part.failing_keys)
    return CheckVerdict(
        table=target.table,
        merchant_id=target.merchant_id,
        check=expectation.name,
        passed=not failing,
        severity=expectation.severity,
        failing_count=sum(part.failing_count for part in failing),
        row_count=row_count,
        failing_keys=tuple(keys)[:KEYS_KEPT],
        description=expectation.description,
    )


def _date(month: date | None) -> str:
    return "null" if month is None else f"date '{month.isoformat()}'"


class _Session:
    """great_expectations on a borrowed DuckDB cursor."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        from great_expectations.execution_engine import SqlAlchemyExecutionEngine

        from pipelines.quality.borrowed import borrowed_engine

        self._cursor = cursor
        self._context = _context()
        self._sqlalchemy = borrowed_engine(cursor)
        self._engine = SqlAlchemyExecutionEngine(engine=self._sqlalchemy, create_temp_table=False)

    def close(self) -> None:
        self._sqlalchemy.dispose()

    @contextmanager
    def _seen(self, target: CheckTarget, view: str, where: str = "") -> Generator[None]:
        """Give the target's SELECT, or its rows of a part, a name that great_expectations can describe."""
        kind = "table" if target.is_computed_once else "view"
        self._cursor.execute(f"set variable {MERCHANT_VARIABLE} = $1", [target.merchant_id])
        self._cursor.execute(
            f"create or replace temp {kind} {view} as "
            + (f"select * from ({target.relation_sql}) where {where}" if where else target.relation_sql)
        )
        try:
            yield
        finally:
            self._cursor.execute(f"drop {kind} {view}")

    def count(self, target: CheckTarget, view: str) -> Counted | None:
        """What stands in the target's rows; None where something cannot be evaluated."""
        import duckdb

        try:
            with self._seen(target, view):
                return count_failing(self._cursor, view, target)
        except duckdb.Error:
            return None

    def judged(self, targets: Sequence[CheckTarget], counted: Sequence[Counted | None]) -> list[set[str]]:
        """By target, the expectations of which great_expectations finds that something counted fails.

        Where nothing could be counted, or the counts could not be judged, all of them.
        """
        from great_expectations import expectations as gx

        tables = sorted({target.table for target in targets})
        counts = [
            (number, tables.index(target.table), expectation.name, found.failing_count(expectation.name))
            for number, (target, found) in enumerate(zip(targets, counted, strict=True))
            if found is not None
            for expectation in target.expectations
        ]
        self._cursor.execute(
            f"create or replace temp table {_COUNTS} as select unnest($1) as target_number, unnest($2) as table_number,"
            " unnest($3) as check_name, unnest($4) as failing_count",
            [list(column) for column in zip(*counts, strict=True)] or [[], [], [], []],
        )
        asked = [
            gx.UnexpectedRowsExpectation(
                # A row for each name: great_expectations reads 200 rows at most.
                unexpected_rows_query="select check_name, string_agg(target_number::varchar, ' ') as target_numbers"
                f" from {{batch}} where table_number = {number} and failing_count <> 0 group by check_name",
                description=f"Nothing that is counted in {table} fails.",
                meta={"check": table},
            )
            for number, table in enumerate(tables)
        ]
        results = self._validate(asked, _COUNTS, "COMPLETE")
        self._cursor.execute(f"drop table {_COUNTS}")
        suspects: list[set[str]] = []
        for target, found in zip(targets, counted, strict=True):
            is_unknown = found is None or exception_of(results[target.table])
            suspects.append({one.name for one in target.expectations} if is_unknown else set())
        for result in results.values():
            if not result.success and not exception_of(result):
                for row in result.result["details"]["unexpected_rows"]:
                    for number in row["target_numbers"].split():
                        suspects[int(number)].add(row["check_name"])
        return suspects

    def checked(self, target: CheckTarget, view: str, counted: Counted | None, suspects: set[str]) -> Checked:
        """The verdicts on one target: what is beyond suspicion holds, the rest is asked."""
        import duckdb

        if counted is None:
            try:
                with self._seen(target, view):
                    found = self._cursor.execute(f"select count(*) from {view}").fetchone()
                    return Checked(target, tuple(self._verdicts(target, view, int(found[0]) if found else 0)))
            except duckdb.Error as error:
                message = str(error)
                return Checked(target, tuple(raised_verdict(target, one, 0, message) for one in target.expectations))
        verdicts: list[CheckVerdict] = []
        failing: list[FailingPart] = []
        for expectation in target.expectations:
            parts = []
            if expectation.name in suspects:
                parts, raised = self._failing_parts(target, view, counted, expectation)
                if raised is not None:
                    return self.checked(target, view, None, suspects)
            failing += parts
            verdicts.append(part_verdict(target, expectation, counted.row_count, parts))
        return Checked(target, tuple(verdicts), counted.rows, tuple(failing))

    def _failing_parts(
        self, target: CheckTarget, view: str, counted: Counted, expectation: Expectation
    ) -> tuple[list[FailingPart], CheckVerdict | None]:
        """What great_expectations finds of one expectation, part by part, and the verdict where it raised."""
        alone = replace(target, expectations=(expectation,))
        # A key is asked over all rows: it may stand in two parts.
        is_cut = expectation.kind not in ("unique", "schema") and len(counted.rows) > 1
        found: list[FailingPart] = []
        for month, count in counted.failing.get(expectation.name, {None: 0}).items():
            if sum(len(part.failing_keys) for part in found) >= KEYS_KEPT:
                found.append(FailingPart(month, expectation.name, count, ()))
                continue
            with self._seen(alone, view, f"{target.part_month} is not distinct from {_date(month)}" if is_cut else ""):
                (verdict,) = self._verdicts(alone, view, counted.row_count)
            if verdict.raised:
                return [], verdict
            if not verdict.passed:
                found.append(FailingPart(month, expectation.name, verdict.failing_count, verdict.failing_keys))
        return found, None

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
