"""The adapter: what it sees, what it says of a check that raises, what it leaves alone."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from checked_targets import run_checks

from pipelines.contracts import contract
from pipelines.core_tables import core_table
from pipelines.quality.expectations import CheckTarget, Expectation
from pipelines.quality.targets import published_target
from pipelines.quality_verdict import KEYS_KEPT, CheckVerdict
from pipelines.tables import Table

SHIPMENTS = core_table(contract("shipments"))


def condition(name: str, sql: str) -> Expectation:
    return Expectation(name, "rows", "warn", f"{name}.", "for the test", condition=sql)


def target(*expectations: Expectation, merchant_id: str = "north") -> CheckTarget:
    return CheckTarget(
        table="core.parcels",
        relation_sql="select * from core.parcels where merchant_id = getvariable('checked_merchant')",
        merchant_id=merchant_id,
        expectations=expectations,
        kind="published",
        key=("parcel_id",),
    )


@pytest.fixture
def connection() -> Generator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 2}) as opened:
        opened.execute(
            "create schema core; create table core.parcels as "
            "select * from (values ('north', 'N1', 3, 'a:b'), ('north', 'N2', -1, 'c'), ('south', 'S1', -5, null))"
            " as parcels (merchant_id, parcel_id, item_count, note)"
        )
        yield opened


def by_check(verdicts: list[CheckVerdict]) -> dict[str, CheckVerdict]:
    return {verdict.check: verdict for verdict in verdicts}


def test_counts_and_keys_are_of_the_merchants_rows_alone(connection: duckdb.DuckDBPyConnection) -> None:
    limits = Expectation("counted", "range", "warn", "Counted.", "", columns=("item_count",), minimum=0)
    found = run_checks(connection, [target(limits), target(limits, merchant_id="south")])
    assert [(v.merchant_id, v.failing_count, v.row_count, v.failing_keys) for v in found] == [
        ("north", 1, 2, ("N2",)),
        ("south", 1, 1, ("S1",)),
    ]


def test_a_check_that_raises_is_an_error_and_does_not_drag_others_along(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    raising = condition("raising", "note::integer > 0")
    missing = Expectation("missing", "not_null", "warn", "Missing.", "", columns=("no_such_column",))
    honest = Expectation("honest", "not_null", "warn", "Honest.", "", columns=("parcel_id",))
    mistyped = Expectation("mistyped", "range", "warn", "Mistyped.", "", columns=("note",), minimum=0)
    found = by_check(run_checks(connection, [target(raising, missing, honest, mistyped)]))
    for name in ("raising", "missing", "mistyped"):
        assert found[name].raised, name
        assert not found[name].passed
        assert found[name].severity == "error"
        assert found[name].failing_count == 0
    assert found["honest"].passed
    assert not found["honest"].raised


def test_what_raised_is_told_without_values(
    connection: duckdb.DuckDBPyConnection, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        (found,) = run_checks(connection, [target(condition("raising", "note::integer > 0"))])
    assert "Could not convert" in found.raised
    for told in (found.raised, caplog.text, *capfd.readouterr()):
        assert "a:b" not in told


def test_a_table_that_is_not_there_raises_for_every_expectation(connection: duckdb.DuckDBPyConnection) -> None:
    lost = replace(target(condition("first", "true"), condition("second", "true")), relation_sql="select * from gone")
    found = run_checks(connection, [lost])
    assert [verdict.check for verdict in found] == ["first", "second"]
    assert all(verdict.raised and not verdict.passed for verdict in found)


def test_braces_colons_and_percents_in_a_condition_are_sql(connection: duckdb.DuckDBPyConnection) -> None:
    conditions = [
        condition("colon", "note <> ' :b' and note <> 'a:b'"),
        condition("brace", "note not like '{%' and regexp_matches(note, '^[a-z:]{1,3}$')"),
        condition("cast", "item_count::varchar <> '-1'"),
    ]
    found = by_check(run_checks(connection, [target(*conditions)]))
    assert {name: verdict.failing_keys for name, verdict in found.items()} == {
        "colon": ("N1",),
        "brace": (),
        "cast": ("N2",),
    }


def test_a_null_is_no_failure_of_a_condition(connection: duckdb.DuckDBPyConnection) -> None:
    (found,) = run_checks(connection, [target(condition("noted", "length(note) > 0"), merchant_id="south")])
    assert found.passed


def test_rows_of_an_open_transaction_cannot_be_seen_so_it_is_refused(connection: duckdb.DuckDBPyConnection) -> None:
    connection.begin()
    connection.execute("insert into core.parcels values ('north', null, 1, '')")
    with pytest.raises(RuntimeError, match="commit it first"):
        run_checks(connection, [target(condition("any", "true"))])
    connection.rollback()


def test_the_callers_connection_is_left_as_it_was(connection: duckdb.DuckDBPyConnection) -> None:
    run_checks(connection, [target(condition("raising", "note::integer > 0"), condition("any", "true"))])
    connection.begin()
    connection.commit()
    left = connection.execute("select count(*) from duckdb_views() where not internal").fetchone()
    assert left == (0,)
    assert connection.execute("select getvariable('checked_merchant')").fetchone() == (None,)
    assert connection.execute("select count(*) from core.parcels").fetchone() == (3,)


def test_keys_are_limited_and_counts_are_not(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "insert into core.parcels select 'many', 'P' || number, -1, null from range(1000) as numbers (number)"
    )
    checks = (
        condition("by_query", "item_count >= 0"),
        Expectation("built_in", "range", "warn", "Built in.", "", columns=("item_count",), minimum=0),
    )
    for found in run_checks(connection, [target(*checks, merchant_id="many")]):
        assert found.failing_count == 1000
        assert len(found.failing_keys) == KEYS_KEPT


def test_no_value_of_a_personal_column_is_a_key() -> None:
    people = replace(
        core_table(contract("orders")), name="customers", key=("merchant_id", "customer_key", "customer_email")
    )
    assert published_target(people, "north").key == ()


def test_a_key_that_stands_twice_is_found_with_nulls_in_it(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "insert into core.parcels values ('north', 'N2', 7, 'd'), ('north', null, 1, ''), ('north', null, 1, '')"
    )
    once = Expectation("once", "unique", "error", "Once.", "", columns=("parcel_id",))
    (found,) = run_checks(connection, [target(once)])
    assert found.failing_count == 2
    assert set(found.failing_keys) == {"N2", "(none)"}


def test_the_same_row_twice_in_a_file_is_harmless_and_two_different_ones_are_not(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    same = Expectation("same", "unique", "error", "Same.", "", columns=("parcel_id",), content=("item_count", "note"))
    connection.execute("insert into core.parcels values ('north', 'N1', 3, 'a:b'), ('north', 'N2', -1, null)")
    (found,) = run_checks(connection, [target(same)])
    assert found.failing_keys == ("N2",)


def altered(table: Table, statement: str) -> Iterator[CheckVerdict]:
    with duckdb.connect() as opened:
        body = ", ".join(f"{column.name} {column.type}" for column in table.columns)
        opened.execute(f"create schema core; create table {table.full_name} ({body})")
        opened.execute(statement)
        yield from run_checks(opened, [published_target(table, "north")])


@pytest.mark.parametrize(
    ("statement", "keys"),
    [
        ("alter table core.shipments alter awb type bigint", ("declared awb varchar, found awb bigint",)),
        ("alter table core.shipments rename awb to waybill", ("declared awb varchar, found waybill varchar",)),
        ("alter table core.shipments add column more varchar", ("declared nothing, found more varchar",)),
    ],
)
def test_other_columns_are_told_as_declared_and_found(statement: str, keys: tuple[str, ...]) -> None:
    found = by_check(list(altered(SHIPMENTS, statement)))["columns_and_types"]
    assert not found.passed
    assert found.failing_keys == keys


def test_without_a_batch_great_expectations_is_not_imported_and_with_one_nothing_is_written(tmp_path: Path) -> None:
    code = """
import duckdb, sys
from pipelines.quality.run import check_targets
connection = duckdb.connect()
assert check_targets(connection, []) == []
assert "great_expectations" not in sys.modules
from pipelines.quality.expectations import CheckTarget, Expectation
some = Expectation("some", "not_null", "warn", "Some.", "", columns=("a",))
checked, = check_targets(connection, [CheckTarget("t", "select 1 as a", "m", (some,), "incoming")])
assert checked.verdicts[0].passed
connection.close()
"""
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (done.stdout, done.stderr) == ("", "")
    assert list(tmp_path.rglob("*")) == []
