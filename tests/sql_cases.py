"""Given / expect cases of SQL tables: reading ``tests/sql/<schema>.<table>/<case>.toml``, running, comparing.

A case::

    description = "A rejected return does not count."

    [[given."core.return_lines"]]
    merchant_id = "demo"
    status = "rejected"

    [[expect]]
    returned_quantity = 0

Tables that the query reads and the case does not give exist empty, those that come with the software as they
are. The columns that any ``[[expect]]`` names are
compared, in any order of rows; a row that does not name one of them expects it empty, ``"<null>"`` says so aloud.
A row with ``rejected_rule`` (staging) is compared by the columns that it names alone. ``expect = []`` expects no
row. What is kept must also pass the checks of the table's header, but those named in ``breaks``.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
from declared_tables import bindable, database_for, reference_rows

from pipelines.sql_tables import SqlTable, all_sql_tables
from pipelines.tables import Check

CASES = Path(__file__).parent / "sql"
_TOLERANCE = 1e-6
_REJECTED = "rejected_rule"

Row = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One case of a SQL table.

    Attributes:
        table: full name of the table.
        name: the file's name without its ending.
        description: what it shows.
        given: rows by table.
        expect: rows that the query must yield.
        breaks: names of header checks that the rows break on purpose.
    """

    table: str
    name: str
    description: str
    given: dict[str, list[Row]]
    expect: list[Row]
    breaks: tuple[str, ...] = field(default=())

    @property
    def expected_columns(self) -> tuple[str, ...]:
        """Columns that any expected row names, in the order in which they first stand."""
        return tuple(dict.fromkeys(column for row in self.expect for column in row))


def read_case(path: Path) -> Case:
    """Read one case.

    Raises:
        AssertionError: it has no description, no expectation, or a key that nobody reads.
    """
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    unknown = sorted(set(found) - {"description", "given", "expect", "breaks"})
    assert not unknown, f"{path}: {', '.join(unknown)} is no part of a case"
    assert found.get("description"), f"{path}: a case says in `description` what it shows"
    assert "expect" in found, f"{path}: a case has [[expect]] rows, or `expect = []`"
    return Case(
        table=path.parent.name,
        name=path.stem,
        description=found["description"],
        given=found.get("given", {}),
        expect=found["expect"],
        breaks=tuple(found.get("breaks", ())),
    )


def all_cases() -> list[Case]:
    """Every case, by table and name."""
    return [read_case(path) for path in sorted(CASES.glob("*.*/*.toml"))]


def failure_of(case: Case) -> str:
    """Run a case; what is wrong, or nothing."""
    table = all_sql_tables().get(case.table)
    if table is None:
        return f"sql/ makes no table {case.table}; it makes {', '.join(all_sql_tables())}"
    with database_for(table, reference_rows(table) | case.given) as connection:
        connection.execute(f"create temp table result as {table.sql}")
        kinds = {row[0]: row[1] for row in connection.execute("describe result").fetchall()}
        unknown = [column for column in case.expected_columns if column not in kinds]
        if unknown:
            return f"{case.table} yields no column {', '.join(unknown)}; it yields {', '.join(kinds)}"
        actual = _rows(connection, "select * from result", kinds)
        wanted = [_typed(connection, row, kinds) for row in case.expect]
        broken = _broken_checks(connection, table, _REJECTED in kinds)
    problems = _difference(wanted, actual, case.expected_columns)
    problems += [f"the header's check {name} fails" for name in broken if name not in case.breaks]
    problems += [f"`breaks` names {name}, which passes" for name in case.breaks if name not in broken]
    return "\n".join([f"{case.table} / {case.name}: {case.description}", *problems]) if problems else ""


def _rows(connection: duckdb.DuckDBPyConnection, query: str, kinds: Mapping[str, str]) -> list[Row]:
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description or ()]
    return [
        {
            name: json.loads(value) if value is not None and kinds[name] == "JSON" else value
            for name, value in zip(names, values, strict=True)
        }
        for values in cursor.fetchall()
    ]


def _typed(connection: duckdb.DuckDBPyConnection, row: Row, kinds: Mapping[str, str]) -> Row:
    """An expected row with values of the column's types."""
    if not row:
        return {}
    marks = ", ".join(f"cast(? as {kinds[name]}) as {name}" for name in row)
    values = [bindable(value) for value in row.values()]
    cursor = connection.execute(f"select {marks}", values)
    found = cursor.fetchall()[0]
    return {
        name: json.loads(value) if value is not None and kinds[name] == "JSON" else value
        for name, value in zip(row, found, strict=True)
    }


def _broken_checks(connection: duckdb.DuckDBPyConnection, table: SqlTable, is_staging: bool) -> list[str]:
    kept = f"(select * from result where {_REJECTED} is null)" if is_staging else "result"
    return [check.name for check in table.checks if connection.execute(_failing(check, kept)).fetchone() != (0,)]


def _failing(check: Check, kept: str) -> str:
    if check.kind == "not_null":
        return f"select count(*) from {kept} where {check.columns[0]} is null"
    if check.kind == "unique":
        names = ", ".join(check.columns)
        return f"select count(*) from (select {names} from {kept} group by {names} having count(*) > 1)"
    return f"select count(*) from {kept} where not ({check.expression})"


def _difference(wanted: Sequence[Row], actual: Sequence[Row], columns: Sequence[str]) -> list[str]:
    """What is missing and what is too much, as small tables."""
    left = list(actual)
    missing = []
    # Rows that name more are matched first, so that a loose one does not take their match.
    for row in sorted(wanted, key=len, reverse=True):
        compared = tuple(row) if row.get(_REJECTED) is not None else columns
        match = next((found for found in left if _is_same(row, found, compared)), None)
        if match is None:
            missing.append(row)
        else:
            left.remove(match)
    problems = []
    if missing:
        problems.append("missing (expected, not found):\n" + _as_table(missing, columns))
    if left:
        problems.append("unexpected (found, not expected):\n" + _as_table(left, columns))
    return problems


def _is_same(wanted: Row, found: Row, columns: Sequence[str]) -> bool:
    return all(_equal(wanted.get(column), found[column]) for column in columns)


def _equal(wanted: object, found: object) -> bool:
    if isinstance(wanted, float) and isinstance(found, float):
        return abs(wanted - found) <= _TOLERANCE
    return wanted == found and isinstance(wanted, bool) == isinstance(found, bool)


def _as_table(rows: Sequence[Row], columns: Sequence[str]) -> str:
    columns = columns or tuple(rows[0])
    cells = [list(columns), *([_shown(row.get(column)) for column in columns] for row in rows)]
    widths = [max(len(line[index]) for line in cells) for index in range(len(columns))]
    return "\n".join(
        "  " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )


def _shown(value: object) -> str:
    return "-" if value is None else str(value)
