"""Rows put into staging by hand, and merged, for tests of what becomes of several versions of a thing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pipelines.contracts import contract
from pipelines.contracts.base import PROVENANCE
from pipelines.core_tables import merge
from pipelines.ingest.staging import REJECTED_RULE
from pipelines.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipelines.warehouse import Warehouse

START = datetime(2026, 1, 1)

Row = dict[str, object]
File = tuple[int, list[Row]]
"""Days after START that the file is old, and its rows."""


def stage(warehouse: Warehouse, entity: str, files: Iterable[tuple[str, File]], sequence_from: int = 1) -> None:
    """Put rows into ``staging.test__<entity>`` and their files into the ledger."""
    declared = Table(
        "staging", f"test__{entity}", "Test.", "row", ("merchant_id",), (*PROVENANCE, *contract(entity).columns)
    )
    warehouse.ensure(declared, (REJECTED_RULE,))
    connection = warehouse.connection
    for sequence, (file_id, (age, rows)) in enumerate(files, sequence_from):
        connection.execute(
            "insert into raw.files by name select $1 as file_id, 'demo' as merchant_id, 'test' as source,"
            " $2::timestamp as as_of, $3::bigint as file_sequence",
            [file_id, START + timedelta(days=age), sequence],
        )
        for number, row in enumerate(rows, 1):
            full = {"merchant_id": "demo", "file_id": file_id, "record_number": number, **row}
            names = ", ".join(full)
            marks = ", ".join("?" for _ in full)
            connection.execute(f"insert into staging.test__{entity} ({names}) values ({marks})", list(full.values()))
    columns = ", ".join(column.name for column in (*PROVENANCE, *contract(entity).columns))
    connection.execute(f"create or replace view staging.{entity} as select {columns} from staging.test__{entity}")


def merge_files(warehouse: Warehouse, entity: str, merged: Sequence[str], new: Sequence[str] | None) -> None:
    allowed = [*merged, *(new or [])]
    listed = ", ".join(f"'{name}'" for name in allowed)
    warehouse.connection.execute(
        f"create or replace view changed.files as select file_id, as_of, file_sequence from raw.files"
        f" where file_id in ({listed})"
    )
    with warehouse.transaction():
        merge(warehouse, contract(entity), new)
