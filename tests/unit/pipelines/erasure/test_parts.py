"""Published parts that no build writes anew lose the person: by columns of the contracts, by values, by records."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.erasure.parts import mend_parts
from pipelines.erasure.plan import Plan
from pipelines.publishing import put_in_force
from pipelines.snapshot import read_manifest
from pipelines.warehouse import Warehouse

PLAN = Plan("0123456789abcdef", "demo", ["anns"], ["7"], ["back7", "s7"], ["RL7"], [("f1", 3)], ["she was rude "])
TABLES = {
    "core.shipments": (
        "shipment_id varchar, order_id varchar, reference_number varchar, awb varchar, origin_zone varchar,"
        " quantity bigint",
        [
            ("S7", None, None, "A7", "100", 1),
            ("S8", None, "RL7", "A8", "100", 1),
            ("S9", "9", "RL7", "A9", "200", 1),
        ],
        [
            ("S7", None, None, "A7", None, 1),
            ("S8", None, "RL7", "A8", None, 1),
            ("S9", "9", "RL7", "A9", "200", 1),
        ],
    ),
    "core.tracking_events": (
        "awb varchar, remark varchar, attributes json",
        [("BACK7", "hers", '{"a":"hers"}'), ("BACK8", "his", None)],
        [("BACK7", None, None), ("BACK8", "his", None)],
    ),
    "core.inspections": (
        "return_line_id varchar, note varchar, result_raw varchar",
        [("RL7", "hers", "damaged"), ("RL8", "his", "she was rude")],
        [("RL7", None, "damaged"), ("RL8", "his", None)],
    ),
    "core.orders": (
        "order_id varchar, customer_key varchar, customer_email varchar, ship_postcode_prefix varchar",
        [("7", "anns", "anns", "100"), ("8", "bobs", "bobs", "200")],
        [("7", None, None, None), ("8", "bobs", "bobs", "200")],
    ),
    "core.customer_identities": (
        "merchant_id varchar, identity_kind varchar, identity_key varchar, customer_key varchar",
        [("demo", "email", "anns", "anns"), ("demo", "email", "bobs", "bobs")],
        [("demo", "email", "bobs", "bobs")],
    ),
    "marts.unmapped_reasons": (
        "merchant_id varchar, reason_list varchar, reason_raw varchar",
        [("demo", "unknown", "she was rude"), ("demo", "unknown", "Wrong size")],
        [("demo", "unknown", "Wrong size")],
    ),
    "quarantine.rows": (
        "file_id varchar, record_number bigint, field varchar",
        [("f1", 3, "hers"), ("f1", 4, "his"), ("f2", 3, "his")],
        [("f1", 3, None), ("f1", 4, "his"), ("f2", 3, "his")],
    ),
    "quarantine.check_verdicts": (
        "check_name varchar, failing_keys json",
        [("one", '["7 / anns"]'), ("two", '["8 / bobs"]')],
        [("one", "[]"), ("two", '["8 / bobs"]')],
    ),
    "marts.return_rate_by_reason": (
        "reason_class varchar",
        [("she was rude",)],
        [("she was rude",)],
    ),
}
"""By published table its columns, its rows, and these without Ann, to whom order 7 belongs."""


@pytest.fixture
def parts(warehouse: Warehouse) -> Iterator[Path]:
    """The folder of a snapshot of these tables."""
    folder = warehouse.settings.home / "snapshots"
    for name in ("parts", "manifests"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    manifest: dict[str, Any] = {"version": 1, "published_at": "", "software_version": "", "held": {}, "tables": {}}
    for table, (columns, rows, _) in TABLES.items():
        with duckdb.connect() as connection:
            connection.execute(f"create table part ({columns})")
            connection.executemany(f"insert into part values ({', '.join('?' * len(rows[0]))})", rows)
            connection.execute(f"copy part to '{folder}/parts/{table}-1.parquet' (format parquet)")
        named = [column.strip().split(" ") for column in columns.split(",")]
        part = {"merchant_id": "demo", "month": None, "file": f"{table}-1.parquet", "rows": len(rows)}
        manifest["tables"][table] = {"columns": named, "parts": [part]}
    put_in_force(folder, manifest)
    return folder / "parts"


def published(parts: Path, table: str) -> list[tuple[object, ...]]:
    manifest = read_manifest(parts.parents[1])
    assert manifest
    (part,) = manifest["tables"][table]["parts"]
    rows = duckdb.execute(f"select * from read_parquet('{parts / part['file']}') order by all").fetchall()
    assert len(rows) == part["rows"]
    return rows


def test_each_table_loses_what_is_of_the_person_and_nothing_else(warehouse: Warehouse, parts: Path) -> None:
    before = read_manifest(warehouse.settings.home)
    assert mend_parts(warehouse, PLAN) == len(TABLES) - 1
    assert {table: published(parts, table) for table in TABLES} == {
        table: sorted(rows, key=lambda row: [(value is None, value) for value in row])
        for table, (_, _, rows) in TABLES.items()
    }
    assert before
    untouched = "marts.return_rate_by_reason"
    after = read_manifest(warehouse.settings.home)
    assert after
    assert after["tables"][untouched] == before["tables"][untouched]
    assert mend_parts(warehouse, PLAN) == 0


def test_a_part_that_held_nobody_else_is_left_out(warehouse: Warehouse, parts: Path) -> None:
    everybody = Plan("0123456789abcdef", "demo", ["anns", "bobs"], [], [])
    mend_parts(warehouse, everybody)
    manifest = read_manifest(warehouse.settings.home)
    assert manifest
    assert manifest["tables"]["core.customer_identities"]["parts"] == []
