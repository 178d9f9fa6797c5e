"""What waits is what is checked: rows of files that are not merged, of the merchants that have any."""

from __future__ import annotations

from collections.abc import Generator

import duckdb
import pytest
from checked_targets import run_checks

from pipelines.contracts import contract
from pipelines.contracts.base import PROVENANCE
from pipelines.ingest.staging import REJECTED_RULE
from pipelines.ledger import FILES, MENDED_KEYS, QUARANTINE_ROWS
from pipelines.quality.targets import incoming_targets
from pipelines.sql_tables import SqlTable

REFUNDS = SqlTable(
    "staging",
    "shop__refunds",
    "Staged refunds.",
    "record",
    ("file_id", "record_number"),
    (*PROVENANCE, *contract("refunds").columns),
    entity="refunds",
)
NOT_THERE_YET = SqlTable(
    "staging", "other__refunds", "Staged.", "record", ("file_id",), REFUNDS.columns, entity="refunds"
)


@pytest.fixture
def connection() -> Generator[duckdb.DuckDBPyConnection]:
    """A merged file of north with a bad row, a waiting one of north and of south, none of west."""
    with duckdb.connect(config={"threads": 2}) as opened:
        opened.execute("create schema raw; create schema staging; create schema quarantine; create schema meta")
        for table in (FILES, QUARANTINE_ROWS, MENDED_KEYS, REFUNDS):
            columns = (*table.columns, REJECTED_RULE) if table is REFUNDS else table.columns
            body = ", ".join(f"{column.name} {column.type}" for column in columns)
            opened.execute(f"create table {table.full_name} ({body})")
        opened.execute(
            "insert into raw.files by name select * from (values ('old', 'north', timestamp '2026-01-01'),"
            " ('new', 'north', null), ('first', 'south', null), ('done', 'west', timestamp '2026-01-01'))"
            " as files (file_id, merchant_id, merged_at)"
        )
        opened.execute(
            "insert into staging.shop__refunds by name select *, 1 as record_number, 2 as line_number,"
            " '1' as order_id, 'order' as item_kind from (values ('north', 'old', 'F-0', null),"
            " ('north', 'new', 'F-1', 5), ('south', 'first', 'F-2', null), ('west', 'done', 'F-3', null))"
            " as refunds (merchant_id, file_id, refund_id, refund_amount)"
        )
        yield opened


def test_merchants_without_waiting_rows_have_no_batch(connection: duckdb.DuckDBPyConnection) -> None:
    found = incoming_targets(connection, [REFUNDS, NOT_THERE_YET], ["north", "south", "west"])
    assert [(target.table, target.merchant_id) for target in found] == [
        ("staging.shop__refunds", "north"),
        ("staging.shop__refunds", "south"),
        ("raw.files", "north"),
        ("raw.files", "south"),
    ]


def test_files_that_wait_are_recounted_and_all_files_where_that_is_asked(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    targets = incoming_targets(connection, [REFUNDS], ["north", "west"], recounted=["west"])
    verdicts = run_checks(connection, [target for target in targets if target.table == "raw.files"])
    assert {(verdict.merchant_id, verdict.row_count) for verdict in verdicts} == {("north", 1), ("west", 1)}


def test_rows_of_merged_files_are_not_checked_again(connection: duckdb.DuckDBPyConnection) -> None:
    targets = incoming_targets(connection, [REFUNDS], ["north", "south"])
    verdicts = run_checks(connection, [target for target in targets if target.table != "raw.files"])
    rows = {verdict.merchant_id: verdict.row_count for verdict in verdicts}
    assert rows == {"north": 1, "south": 1}
    failed = [(verdict.merchant_id, verdict.check, verdict.failing_keys) for verdict in verdicts if not verdict.passed]
    assert failed == [
        ("south", "not_null_refund_amount", ("file_id first, refund_id F-2, record_number 1, line_number 2",))
    ]
