"""The recount of records: a whole file passes, and each way to lose or double a record is found."""

from __future__ import annotations

from collections.abc import Generator

import duckdb
import pytest
from checked_targets import run_checks

from pipelines.ledger import FILES, QUARANTINE_ROWS
from pipelines.quality.accounting import EXPECTATIONS, accounting_target
from pipelines.quality_verdict import held_merchants

TABLES = ("shop__order_lines", "shop__orders")
BREAKS = {
    "records_in_are_loaded_or_quarantined": "delete from staging.shop__orders"
    " where file_id = 'f1' and record_number = 3",
    "no_record_is_loaded_and_quarantined": "insert into quarantine.rows (merchant_id, file_id, record_number,"
    " is_whole_record) values ('north', 'f1', 1, true)",
    "loaded_count_is_what_is_staged": "update raw.files set loaded_count = 2 where file_id = 'f1'",
    "quarantined_count_is_what_is_in_quarantine": "update raw.files set quarantined_count = 0 where file_id = 'f1'",
    "every_byte_is_accounted": "update raw.files set accounted_byte_count = 99 where file_id = 'f1'",
}
"""A statement per check that breaks it."""


@pytest.fixture
def connection() -> Generator[duckdb.DuckDBPyConnection]:
    """Two merchants' files of five records each: three loaded, of which one in two tables, two quarantined."""
    with duckdb.connect(config={"threads": 2}) as opened:
        for schema in ("raw", "staging", "quarantine"):
            opened.execute(f"create schema {schema}")
        for table in (FILES, QUARANTINE_ROWS):
            body = ", ".join(f"{column.name} {column.type}" for column in table.columns)
            opened.execute(f"create table {table.full_name} ({body})")
        for name in TABLES:
            opened.execute(f"create table staging.{name} (merchant_id varchar, file_id varchar, record_number bigint)")
        for merchant_id, file_id in (("north", "f1"), ("south", "f2")):
            values = f"'{merchant_id}', '{file_id}'"
            opened.execute(
                "insert into raw.files (merchant_id, file_id, file_name, record_count, loaded_count,"
                " quarantined_count, text_byte_count, accounted_byte_count) "
                f"values ({values}, 'orders.csv', 5, 3, 2, 100, 100)"
            )
            opened.execute(f"insert into staging.shop__order_lines values ({values}, 1), ({values}, 1), ({values}, 2)")
            opened.execute(f"insert into staging.shop__orders values ({values}, 1), ({values}, 3)")
            # Record 1 also has a cell in quarantine, record 4 breaks two rules: neither is a record more.
            opened.execute(
                "insert into quarantine.rows (merchant_id, file_id, record_number, is_whole_record) "
                f"values ({values}, 1, false), ({values}, 4, true), ({values}, 4, true), ({values}, 5, true)"
            )
        yield opened


def failed(connection: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    targets = [accounting_target(TABLES, merchant_id) for merchant_id in ("north", "south")]
    verdicts = run_checks(connection, targets)
    assert not any(verdict.raised for verdict in verdicts)
    assert set(held_merchants(verdicts)) == {verdict.merchant_id for verdict in verdicts if not verdict.passed}
    found: dict[str, set[str]] = {"north": set(), "south": set()}
    for verdict in verdicts:
        if not verdict.passed:
            assert verdict.failing_keys == ("file_name orders.csv, file_id f1",)
            found[verdict.merchant_id].add(verdict.check)
    return found


def test_whole_files_pass(connection: duckdb.DuckDBPyConnection) -> None:
    assert failed(connection) == {"north": set(), "south": set()}


@pytest.mark.parametrize("check", BREAKS)
def test_each_check_is_broken_by_its_statement_and_holds_that_merchant_alone(
    check: str, connection: duckdb.DuckDBPyConnection
) -> None:
    connection.execute(BREAKS[check])
    found = failed(connection)
    assert check in found["north"]
    assert found["south"] == set()


def test_each_check_has_a_statement_that_breaks_it() -> None:
    assert set(BREAKS) == {expectation.name for expectation in EXPECTATIONS}


@pytest.mark.parametrize(
    "column", ["record_count", "loaded_count", "quarantined_count", "text_byte_count", "accounted_byte_count"]
)
def test_a_count_that_is_missing_is_no_proof(column: str, connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(f"update raw.files set {column} = null where file_id = 'f1'")
    assert failed(connection)["north"]


def test_a_file_of_which_nothing_was_staged_is_counted_too(connection: duckdb.DuckDBPyConnection) -> None:
    for name in TABLES:
        connection.execute(f"delete from staging.{name} where file_id = 'f1'")
    assert "records_in_are_loaded_or_quarantined" in failed(connection)["north"]


def test_a_table_in_between_proves_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "create table staging.shop__order_records as select 'north' as merchant_id, 'f1' as file_id, 3 as record_number"
    )
    connection.execute("delete from staging.shop__orders where file_id = 'f1' and record_number = 3")
    (found, *_) = run_checks(connection, [accounting_target((*TABLES, "shop__order_records"), "north")])
    assert not found.passed


@pytest.mark.parametrize(
    ("disposition", "mapping", "is_accounted"),
    [
        ("skipped", None, True),
        ("no_table", None, True),
        ("mapped", None, False),
        ("mapped", "[orders]\norder_id = 'Invoice'", False),
        ("mapped", "[orders]\ngroup_by_key = true", True),
    ],
)
def test_what_a_mapping_leaves_out_or_folds_is_accounted_and_what_it_took_must_be_there(
    disposition: str, mapping: str | None, is_accounted: bool, connection: duckdb.DuckDBPyConnection
) -> None:
    connection.execute("delete from staging.shop__orders where file_id = 'f1' and record_number = 3")
    connection.execute("update raw.files set mapping = $1 where file_id = 'f1'", [mapping])
    connection.execute(
        "create table staging.generic__records as select 'north' as merchant_id, 'f1' as file_id,"
        " 3::bigint as record_number, $1 as disposition",
        [disposition],
    )
    (found, *_) = run_checks(connection, [accounting_target((*TABLES, "generic__records"), "north")])
    assert found.check == "records_in_are_loaded_or_quarantined"
    assert found.passed == is_accounted


@pytest.mark.parametrize("is_part", [True, False])
def test_a_record_that_is_part_of_another_thing_is_accounted(
    is_part: bool, connection: duckdb.DuckDBPyConnection
) -> None:
    connection.execute("delete from staging.shop__orders where file_id = 'f1' and record_number = 3")
    connection.execute(
        "create table staging.bigcommerce__product_records as select 'north' as merchant_id, 'f1' as file_id,"
        " 3::bigint as record_number, $1 as is_part_of_another",
        [is_part],
    )
    (found, *_) = run_checks(connection, [accounting_target((*TABLES, "bigcommerce__product_records"), "north")])
    assert found.check == "records_in_are_loaded_or_quarantined"
    assert found.passed == is_part


def test_no_staging_table_yet_is_no_excuse(connection: duckdb.DuckDBPyConnection) -> None:
    verdicts = run_checks(connection, [accounting_target((), "north")])
    assert "records_in_are_loaded_or_quarantined" in {v.check for v in verdicts if not v.passed}
