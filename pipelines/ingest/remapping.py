"""A file that was loaded already and comes again, to be read otherwise: it is forgotten and loaded anew.

A mapping is mostly completed by trying it, and an order of day and month that was inherited may prove wrong later, so
the same content must be loadable twice. What was merged from the file before goes too: core is merged anew as a whole
by the next build.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pipelines.builds import forget_builds
from pipelines.contracts import all_contracts
from pipelines.sources import source_named

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.warehouse import Warehouse


def has_other_mapping(warehouse: Warehouse, file_id: str, mapping: Path | None) -> bool:
    """Whether a loaded file was read through another mapping than the one given now, or through none."""
    if mapping is None:
        return False
    row = warehouse.one("select mapping from raw.files where file_id = $1", [file_id])
    if not row:
        return False
    try:
        text = mapping.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return True  # Loading it says what is wrong.
    return json.loads(row[0] or "{}").get("toml") != text


def has_other_date_format(warehouse: Warehouse, file_id: str, date_format: str | None) -> bool:
    """Whether a loaded file's dates were read in another order than the one stated for this call."""
    if date_format is None:
        return False
    row = warehouse.one("select date_format from raw.files where file_id = $1", [file_id])
    return bool(row) and row[0] is not None and row[0] != date_format


def forget_file(warehouse: Warehouse, file_id: str) -> None:
    """Remove everything that was loaded from a file; core follows with the next build."""
    row = warehouse.one("select source from raw.files where file_id = $1", [file_id])
    if not row:
        return
    source = source_named(row[0])
    tables = [f"raw.{source.raw_table}", *(table.full_name for table in source.staged_tables())]
    for table in (*tables, "quarantine.rows", "raw.files"):
        if warehouse.has_table(table):
            warehouse.connection.execute(f"delete from {table} where file_id = $1", [file_id])
    forget_builds(warehouse, [f"core.{entity}" for entity in all_contracts()])
