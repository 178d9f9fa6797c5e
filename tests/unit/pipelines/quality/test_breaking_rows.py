"""Every declared check has a row in ``tests/data/quality/<schema>.<table>.toml`` that breaks it, and no other has.

A file holds ``[good]``, what a good row needs beyond plausible values of the column types, and for each check
``[breaks.<check>]``: ``set`` (values of the breaking row), ``empty`` (columns without a value), ``twice_with``
(the row stands twice, the second time with these values), ``without_column`` (the table lacks that column).
A staging table of an entity takes over the rows of ``core.<entity>``; its own file holds what its header adds.
Taking a check away leaves its row behind, and a test fails; so does a check without a row.
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from checked_targets import run_checks

from pipelines.contracts import all_contracts
from pipelines.contracts.base import Column
from pipelines.core_tables import declared_tables
from pipelines.ingest.staging import REJECTED_RULE
from pipelines.learning import learned_tables
from pipelines.quality.expectations import CheckTarget, Expectation
from pipelines.quality.suites import expectations_of
from pipelines.quality.targets import incoming_target, published_target
from pipelines.quality_verdict import COLUMNS_AND_TYPES, KEYS_KEPT, CheckVerdict
from pipelines.sql_tables import all_sql_tables
from pipelines.tables import Table

FOLDER = Path(__file__).resolve().parents[3] / "data" / "quality"
CASE = "merchant_id"
GOOD = "good"
NOBODY = "(none)"
LACKING = "lacking a column: "
BY_TYPE = {
    "varchar": "x",
    "bigint": 1,
    "integer": 1,
    "double": 0.5,
    "date": "2026-03-16",
    "timestamp": "2026-03-16 12:00:00",
    "boolean": True,
    "json": None,
}


def checked_tables() -> dict[str, Table]:
    entities = [table for contract in all_contracts().values() for table in declared_tables(contract)]
    declared = (*entities, *learned_tables(), *all_sql_tables().values())
    return {table.full_name: table for table in declared if table.is_kept}


TABLES = checked_tables()
EXPECTATIONS = {name: expectations_of(table) for name, table in TABLES.items()}
CASES = [(name, expectation.name) for name, found in EXPECTATIONS.items() for expectation in found]


def told_in(name: str) -> dict[str, Any]:
    path = FOLDER / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def fixture_of(name: str) -> dict[str, Any]:
    """The table's fixture; a staging table's on top of its entity's, as far as it has the columns."""
    own = told_in(name)
    if TABLES[name].schema != "staging":
        return own
    columns = {column.name for column in TABLES[name].columns}
    entity = told_in(f"core.{name.partition('__')[2]}")
    good = {column: value for column, value in entity.get("good", {}).items() if column in columns}
    declared = {expectation.name for expectation in EXPECTATIONS[name]}
    shared = {check: row for check, row in entity.get("breaks", {}).items() if check in declared}
    return {"good": good | own.get("good", {}), "breaks": shared | own.get("breaks", {})}


def suggested(expectation: Expectation) -> str:
    """A row for the file, to be thought about; conditions need a row written by hand."""
    column = expectation.columns[-1] if expectation.columns else ""
    body = {
        "schema": f'without_column = "{expectation.declared[-1][0] if expectation.declared else ""}"',
        "not_null": f'empty = ["{column}"]',
        "values": f'set = {{ {column} = "something else" }}',
        "range": f"set = {{ {column} = {(expectation.minimum or 0) - 1:g} }}",
        "unique": "twice_with = {}"
        if not expectation.content
        else f'twice_with = {{ {_content_column(expectation)} = "another" }}',
        "rows": f"set = {{ }}  # must break: {expectation.condition}",
    }[expectation.kind]
    return f"[breaks.{expectation.name}]\n{body}\n"


def _content_column(expectation: Expectation) -> str:
    return next(name for name in reversed(expectation.content) if name not in expectation.columns)


def good_row(table: Table, fixture: dict[str, Any]) -> dict[str, Any]:
    row = {column.name: plausible(column) for column in table.columns}
    return row | fixture.get("good", {})


def plausible(column: Column) -> object:
    if column.values:
        return column.values[0]
    base = column.type.partition("(")[0].lower()
    value = 1 if base == "decimal" else BY_TYPE[base]
    if column.minimum is not None and isinstance(value, int | float):
        value = max(value, column.minimum)
    return value


def rows_of(table: Table, fixture: dict[str, Any], check: str) -> list[dict[str, Any]]:
    """What breaks the check, or the good row; the case stands where the merchant does."""
    good = good_row(table, fixture) | {CASE: check}
    told = fixture.get("breaks", {}).get(check, {})
    broken = good | told.get("set", {}) | dict.fromkeys(told.get("empty", ()))
    rows = [broken]
    if "twice_with" in told:
        rows.append(broken | {name: value for name, value in told["twice_with"].items() if name in good})
    return rows


def targets_of(table: Table, fixture: dict[str, Any]) -> list[CheckTarget]:
    """Every check on all cases, each failing row known by its case; the columns on a table that lacks one."""
    by_kind = incoming_target(table, GOOD) if table.schema == "staging" else published_target(table, GOOD)
    whole = replace(by_kind, relation_sql=f"select * from {table.full_name}", key=(CASE,))
    told = fixture.get("breaks", {}).get(COLUMNS_AND_TYPES, {})
    without = f"select * exclude ({told.get('without_column', CASE)}) from {table.full_name}"
    schema = tuple(e for e in whole.expectations if e.kind == "schema")
    return [
        replace(whole, expectations=tuple(within_case(e) for e in whole.expectations)),
        replace(whole, expectations=schema, relation_sql=without, merchant_id=COLUMNS_AND_TYPES),
    ]


def within_case(expectation: Expectation) -> Expectation:
    """Cases share their keys, as merchants may."""
    if expectation.kind != "unique":
        return expectation
    return replace(expectation, columns=(CASE, *(name for name in expectation.columns if name != CASE)))


def create(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    columns = (*table.columns, REJECTED_RULE) if table.schema == "staging" else table.columns
    body = ", ".join(f"{column.name} {column.type}" for column in columns)
    connection.execute(f"create schema if not exists {table.schema}; create table {table.full_name} ({body})")


def insert(connection: duckdb.DuckDBPyConnection, table: Table, rows: list[dict[str, Any]]) -> None:
    names = [column.name for column in table.columns]
    connection.executemany(
        f"insert into {table.full_name} ({', '.join(names)}) values ({', '.join('?' * len(names))})",
        [[row[name] for name in names] for row in rows],
    )


@pytest.fixture(scope="session")
def verdicts() -> dict[tuple[str, str], CheckVerdict]:
    """Every check on all cases of its table; with a column away under ``lacking``."""
    fixtures = {name: fixture_of(name) for name in TABLES}
    with duckdb.connect(config={"threads": 2}) as connection:
        targets = []
        for name, table in TABLES.items():
            create(connection, table)
            cases = [GOOD, *(e.name for e in EXPECTATIONS[name] if e.kind != "schema")]
            insert(connection, table, [row for case in cases for row in rows_of(table, fixtures[name], case)])
            targets += targets_of(table, fixtures[name])
        found = run_checks(connection, targets)
    return {
        (verdict.table, f"{LACKING}{verdict.check}" if verdict.merchant_id != GOOD else verdict.check): verdict
        for verdict in found
    }


@pytest.mark.parametrize("name", TABLES)
def test_each_check_has_a_breaking_row_and_each_breaking_row_a_check(name: str) -> None:
    declared = {expectation.name: expectation for expectation in EXPECTATIONS[name]}
    told = fixture_of(name).get("breaks", {})
    missing = [expectation for check, expectation in declared.items() if check not in told]
    assert not missing, f"add to tests/data/quality/{name}.toml:\n\n" + "\n".join(map(suggested, missing))
    gone = sorted(set(told) - set(declared))
    assert not gone, f"tests/data/quality/{name}.toml breaks checks that nothing declares any more: {gone}"


def test_no_fixture_is_left_of_a_table_that_is_gone() -> None:
    assert {path.stem for path in FOLDER.glob("*.toml")} <= set(TABLES)


@pytest.mark.parametrize(("name", "check"), CASES)
def test_the_breaking_row_breaks_the_check(
    name: str, check: str, verdicts: dict[tuple[str, str], CheckVerdict]
) -> None:
    if check == COLUMNS_AND_TYPES:
        assert verdicts[name, check].passed
        assert not verdicts[name, f"{LACKING}{check}"].passed
        return
    verdict = verdicts[name, check]
    assert not verdict.raised
    assert (NOBODY if check == "not_null_merchant_id" else check) in verdict.failing_keys


@pytest.mark.parametrize(("name", "check"), CASES)
def test_the_good_row_passes(name: str, check: str, verdicts: dict[tuple[str, str], CheckVerdict]) -> None:
    verdict = verdicts[name, check]
    assert not verdict.raised
    assert GOOD not in verdict.failing_keys
    assert len(verdict.failing_keys) < KEYS_KEPT, "the good row may stand behind the keys that are shown"
