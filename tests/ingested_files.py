"""Files through the real ingest in a small home, for tests of what becomes of their rows."""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.ingest.run import FileResult, IngestOptions, ingest_files
from pipelines.settings import load_settings, new_merchant, write_home
from pipelines.warehouse import Warehouse, open_warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SAMPLES = Path(__file__).parent / "data"
WEBHOOK = {
    "waybill": "W1",
    "cp_id": 9,
    "clickpost_status_code": 6,
    "status": "OFD",
    "timestamp": "2026-03-21 10:04:20",
    "additional": {"is_rvp": False},
}
"""A message of ClickPost about one parcel, the least that is read."""


@contextmanager
def empty_warehouse(folder: Path, timezone: str = "America/New_York") -> Iterator[Warehouse]:
    """The warehouse of a new home with the merchant ``demo``."""
    home = folder / "home"
    write_home(home, new_merchant(home, "demo", timezone=timezone))
    with open_warehouse(load_settings(home), "test") as opened:
        yield opened


def load(warehouse: Warehouse, *paths: Path | str, **options: Any) -> list[FileResult]:
    """Ingest files, samples by their path below ``tests/data``; all records and bytes must be accounted for."""
    merchant = warehouse.settings.merchants["demo"]
    files = [SAMPLES / path if isinstance(path, str) else path for path in paths]
    results = list(ingest_files(warehouse, merchant, files, IngestOptions(**options)))
    for result in results:
        assert result.records_in == result.records_loaded + result.records_quarantined, result.message
    counted = ask(warehouse, "select count(*) from raw.files where text_byte_count <> accounted_byte_count")
    assert counted == [(0,)]
    return results


def ask(warehouse: Warehouse, query: str) -> list[tuple]:
    """Rows of a query."""
    return warehouse.connection.execute(query).fetchall()


def words(warehouse: Warehouse, *tables: str) -> str:
    """All that is kept of files, as one text: without digests and moments of loading, which may hold any digits."""
    cells = (cell for table in tables for found in ask(warehouse, f"select * from {table}") for cell in found)
    texts = (str(cell) for cell in cells if not isinstance(cell, datetime))
    return "\n".join(re.sub(r"\b[0-9a-f]{16,}\b", "", text) for text in texts)


def row(warehouse: Warehouse, table: str, columns: Sequence[str], where: str = "true") -> tuple:
    """The one row of a staging table that fits."""
    (found,) = ask(warehouse, f"select {', '.join(columns)} from staging.{table} where {where}")
    return found


def changed_copy(folder: Path, sample: str, old: str, new: str) -> Path:
    """A sample in which one text was replaced by another."""
    text = (SAMPLES / sample).read_bytes().decode("utf-8")
    assert old in text
    path = folder / "copy.txt"
    path.write_bytes(text.replace(old, new).encode())
    return path
