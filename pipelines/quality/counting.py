"""Counting what fails, before great_expectations is asked: one scan of a target's rows, and one for each key.

great_expectations takes a query or more for each expectation and some ten milliseconds of its own; a build holds a
thousand expectations to tables of millions of rows. So rows are counted here, part by part, and it judges the counts
(``pipelines.quality.run``); where a count is not zero it is asked with its own expectation, which tells keys.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelines.sql_text import literals

if TYPE_CHECKING:
    from datetime import date

    import duckdb

    from pipelines.quality.expectations import CheckTarget, Expectation


@dataclass(frozen=True)
class Counted:
    """What stands in the rows of a target.

    Attributes:
        rows: number of rows by month of the part; None is the month of rows that have none.
        failing: rows that fail, by name of the expectation and month; a key or the columns as a whole, which are of
            no one part, are counted under the first month. Expectations that nothing fails are left out.
    """

    rows: dict[date | None, int]
    failing: dict[str, dict[date | None, int]] = field(default_factory=dict)

    @property
    def row_count(self) -> int:
        """Rows of all parts."""
        return sum(self.rows.values())

    def failing_count(self, name: str) -> int:
        """Rows of all parts that fail an expectation."""
        return sum(self.failing.get(name, {}).values())


def count_failing(cursor: duckdb.DuckDBPyConnection, view: str, target: CheckTarget) -> Counted:
    """Count a target's rows and those that fail.

    A key is counted by its hash: where as many hashes as rows are, no key stands twice. Where they are fewer, rows may
    repeat, or differ in ways that the expectation allows; so what is counted for a key is a suspicion.

    Args:
        cursor: on the warehouse.
        view: relation of the target's rows.
        target: what is checked.

    Raises:
        duckdb.Error: a condition cannot be evaluated, or a column is missing.
    """
    by_row = [expectation for expectation in target.expectations if expectation.kind in _FAILS]
    counts = "".join(f", count(*) filter (where {fails(expectation)})" for expectation in by_row)
    found = cursor.execute(
        f"select {target.part_month} as part_month, count(*){counts} from {view} group by 1"
    ).fetchall()
    rows = {month: count for month, count, *_ in sorted(found, key=lambda row: str(row[0] or ""))}
    failing = {
        expectation.name: {row[0]: row[place] for row in found if row[place]}
        for place, expectation in enumerate(by_row, 2)
    }
    first = next(iter(rows), None)
    for expectation in target.expectations:
        if expectation.kind == "unique":
            failing[expectation.name] = {first: _repeated(cursor, view, expectation)}
        elif expectation.kind == "schema":
            failing[expectation.name] = {first: _other_columns(cursor, view, target, expectation)}
    return Counted(rows, {name: months for name, months in failing.items() if any(months.values())})


def fails(expectation: Expectation) -> str:
    """SQL that is true for a row that fails an expectation on single rows."""
    return _FAILS[expectation.kind](expectation)


def _outside(expectation: Expectation) -> str:
    column = expectation.columns[0]
    limits = []
    if expectation.minimum is not None:
        limits.append(f"{column} < {expectation.minimum!r}")
    if expectation.maximum is not None:
        limits.append(f"{column} > {expectation.maximum!r}")
    return " or ".join(limits) or "false"


_FAILS = {
    "not_null": lambda one: f"{one.columns[0]} is null",
    "values": lambda one: f"{one.columns[0]} not in ({literals(one.values)})",
    "range": _outside,
    "rows": lambda one: f"not ({one.condition})",
}


def _repeated(cursor: duckdb.DuckDBPyConnection, view: str, expectation: Expectation) -> int:
    key = ", ".join(expectation.columns)
    counted = cursor.execute(f"select count(*) - count(distinct hash({key})) from {view}").fetchone()
    return int(counted[0]) if counted else 0


def _other_columns(cursor: duckdb.DuckDBPyConnection, view: str, target: CheckTarget, expectation: Expectation) -> int:
    found = [(row[0], row[1].lower()) for row in cursor.execute(f"describe {view}").fetchall()]
    declared = list(expectation.declared)
    if target.kind == "incoming":
        # Filled by name: a column that came later stands last.
        return len(set(found) ^ set(declared))
    return sum(one != other for one, other in zip(found, declared, strict=False)) + abs(len(found) - len(declared))
