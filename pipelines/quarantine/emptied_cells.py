"""Corrected cells that hold a person's words, emptied with the record that they are for.

An emptied cell corrects nothing any more, but what else was corrected of the record stays: its date, its amounts. So
the record does not come back into quarantine, and what it counts stays counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.ingest import staging
from pipelines.quarantine.correctable import correctable_of
from pipelines.quarantine.mended_records import CELLS
from pipelines.sources import source_named
from pipelines.sql_text import identifiers, literal

if TYPE_CHECKING:
    from pipelines.quarantine.correctable import Correctable
    from pipelines.warehouse import Warehouse

_EMPTIED = ("identity", "free_text", "postcode")


def empty_cells(
    warehouse: Warehouse, records: str = "erased_records", *, is_expiry: bool = False
) -> dict[str, set[str]]:
    """Empty what was corrected of persons' words in some records; the corrections files are staged anew.

    A reason stays where another record of the merchant has the same one, as in the raw rows.

    Args:
        warehouse: holds a transaction; the corrected files are to be staged anew by the caller.
        records: table of the records, with ``file_id`` and ``record_number``.
        is_expiry: only words that expire; else all that an erasure takes away.

    Returns:
        Files that had been corrected so, by source: what stands in staging of them has the words still.
    """
    if not warehouse.has_table(CELLS):
        return {}
    connection = warehouse.connection
    of_records = f"(of_file_id, try_cast(of_record as bigint)) in (select (file_id, record_number) from {records})"
    told = connection.execute(
        f"select distinct merchant_id, of_file_id, of_column from {CELLS}"
        f" where corrected is not null and {of_records} order by all"
    ).fetchall()
    conditions = []
    for merchant_id, file_id, name in told:
        column = correctable_of(warehouse, file_id).get(name)
        condition = _emptied(column, merchant_id, records, is_expiry=is_expiry) if column else "true"
        conditions.append(f"(of_file_id = {literal(file_id)} and of_column = {literal(name)} and {condition})")
    if not conditions:
        return {}
    connection.execute(
        f"create or replace temp table emptied_cells as select file_id, record_number, of_file_id from {CELLS}"
        f" where corrected is not null and {of_records} and ({' or '.join(conditions)})"
    )
    concerned = [
        row[0] for row in connection.execute("select distinct file_id from emptied_cells order by 1").fetchall()
    ]
    connection.execute(
        f"update {CELLS} set corrected = null, is_filled = false"
        " where (file_id, record_number) in (select (file_id, record_number) from emptied_cells)"
    )
    corrected: dict[str, set[str]] = {}
    for source, file_id in connection.execute(
        "select source, file_id from raw.files where file_id in (select of_file_id from emptied_cells)"
    ).fetchall():
        corrected.setdefault(source.partition(":")[0], set()).add(file_id)
    connection.execute("drop table emptied_cells")
    if concerned:
        staging.stage_anew(warehouse, source_named("corrections"), concerned)
    return corrected


def _emptied(column: Correctable, merchant_id: str, records: str, *, is_expiry: bool) -> str:
    """SQL condition of the cells of a column that are emptied."""
    if is_expiry:
        return "true" if column.has_words else "false"
    if column.handling == "reason":
        return f"corrected not in ({_others(column, merchant_id, records)})"
    return "true" if column.handling in _EMPTIED else "false"


def _others(column: Correctable, merchant_id: str, records: str) -> str:
    """Query of the same reasons as others gave them: in the column's table, and in corrections of it."""
    whose = f"merchant_id = {literal(merchant_id)}"
    others = (
        f"select corrected from {CELLS} where {whose} and corrected is not null"
        f" and of_column = {literal(column.of_column)} and (of_file_id, try_cast(of_record as bigint))"
        f" not in (select (file_id, record_number) from {records})"
    )
    if column.source is None or column.declared is None:
        return others
    name = identifiers([column.declared.name])
    return (
        f"{others} union select {name} from raw.{column.source.raw_table} anti join {records}"
        f" using (file_id, record_number) where {whose} and {name} is not null"
    )
