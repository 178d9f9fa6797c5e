"""Applying a corrections file: the files that it corrects are staged anew with its cells; what that changed is noted.

The corrected file keeps its age, its place in the order of loads and its record numbers, so everything comes out as if
it had been right from the start. What left quarantine goes to ``quarantine.mended``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.contracts import all_contracts
from pipelines.erasure.tombstones import obey_tombstones
from pipelines.ingest import staging
from pipelines.quarantine.masked_cells import mask_by_corrected_orders
from pipelines.quarantine.mended_keys import key_of
from pipelines.quarantine.mended_records import CELLS, IN_FORCE
from pipelines.sources import source_named
from pipelines.sql_text import literal

if TYPE_CHECKING:
    from pipelines.contracts import Contract
    from pipelines.sources import Source
    from pipelines.warehouse import Warehouse

CORRECTIONS = "corrections"
_TOLD = 10
"""So many cells that are still wrong are named in a note; the rest is counted."""
_SHOWN = 100
"""So many characters of what was found are shown there; quarantine has more."""


def mend(warehouse: Warehouse, corrections_id: str) -> list[str]:
    """Stage the files that a corrections file corrects anew.

    Args:
        warehouse: holds the transaction in which the corrections file was kept.
        corrections_id: its id; its rows stand in raw and staging, and it in ``raw.files``.

    Returns:
        What a person should know: what was mended, what is still wrong and why.
    """
    warehouse.connection.execute("drop table if exists temp.correction_columns")
    corrected = warehouse.connection.execute(
        f"select distinct files.file_id, files.source, files.file_name from ({IN_FORCE}) as cells"
        " join raw.files as files on cells.of_file_id = files.file_id where cells.file_id = $1 order by all",
        [corrections_id],
    ).fetchall()
    warehouse.connection.execute(
        "create or replace temp table filled_cells as select record_number, of_file_id, corrected from"
        f" {CELLS} where file_id = {literal(corrections_id)} and is_filled"
    )
    notes = []
    for file_id, source_name, file_name in corrected:
        count = _mend_file(warehouse, source_named(source_name), file_id, corrections_id)
        notes.append(f"{file_name} was read anew: {count} of its rows in quarantine mended")
    _reject_erased(warehouse, corrections_id)
    warehouse.connection.execute("drop table filled_cells")
    return [*notes, *_still_wrong(warehouse, corrections_id)]


def _mend_file(warehouse: Warehouse, source: Source, file_id: str, corrections_id: str) -> int:
    connection = warehouse.connection
    staged = _entity_tables(warehouse, source)
    for place, (table, contract) in enumerate(staged):
        connection.execute(
            f"create or replace temp table staged_before_{place} as {_keyed(warehouse, table, contract, file_id)}"
        )
    count = staging.stage_anew(warehouse, source, [file_id], corrections_id)
    merchant_id = _merchant_of(warehouse, file_id)
    mask_by_corrected_orders(warehouse, merchant_id, file_id)
    obey_tombstones(warehouse, source, merchant_id, file_id)
    for place, (table, contract) in enumerate(staged):
        _note_keys(warehouse, f"staged_before_{place}", table, contract, file_id, corrections_id)
        connection.execute(f"drop table staged_before_{place}")
    return count


def _merchant_of(warehouse: Warehouse, file_id: str) -> str:
    row = warehouse.one("select merchant_id from raw.files where file_id = $1", [file_id])
    return row[0] if row else ""


def _reject_erased(warehouse: Warehouse, corrections_id: str) -> None:
    """Say of each correction that was emptied, because it is of an erased person, why it is not applied."""
    connection = warehouse.connection
    # Told twice, a cell is not applied; its texts are kept all the same.
    others = connection.execute(
        "select distinct files.file_id, files.source, files.merchant_id from filled_cells join raw.files as files"
        " on filled_cells.of_file_id = files.file_id where corrected is not null and files.file_id not in"
        f" (select of_file_id from ({IN_FORCE}) where file_id = $1) order by all",
        [corrections_id],
    ).fetchall()
    for file_id, source_name, merchant_id in others:
        obey_tombstones(warehouse, source_named(source_name), merchant_id, file_id)
    emptied = connection.execute(
        f"update {CELLS} set is_filled = true, problem = 'record_erased' where file_id = $1 and not is_filled"
        " and record_number in (select record_number from filled_cells) returning record_number",
        [corrections_id],
    ).fetchall()
    if emptied:
        staging.stage_anew(warehouse, source_named(CORRECTIONS), [corrections_id])


def _entity_tables(warehouse: Warehouse, source: Source) -> list[tuple[str, Contract]]:
    """The source's staging tables whose rows are merged into core."""
    found = [(table.full_name, table.name.partition("__")[2]) for table in source.staged_tables()]
    return [
        (name, all_contracts()[entity])
        for name, entity in found
        if entity in all_contracts() and warehouse.has_table(name)
    ]


def _keyed(warehouse: Warehouse, table: str, contract: Contract, file_id: str) -> str:
    """The key of each staged row as the merge knows it, and a hash of all of it."""
    names = [name for name, _ in warehouse.columns_of(table)]
    return f"select merchant_id, {key_of(contract)} as key, hash({', '.join(names)}) as content from {table}" + (
        f" where file_id = {literal(file_id)}"
    )


def _note_keys(
    warehouse: Warehouse, before: str, table: str, contract: Contract, file_id: str, corrections_id: str
) -> None:
    after = _keyed(warehouse, table, contract, file_id)
    warehouse.connection.execute(
        "insert into meta.mended_keys by name"
        " select distinct $1 as file_id, $2 as mended_file_id, $3 as entity, merchant_id, key from ("
        f"(select * from {before} except {after}) union all ({after} except select * from {before}))",
        [corrections_id, file_id, contract.entity],
    )


def _still_wrong(warehouse: Warehouse, corrections_id: str) -> list[str]:
    """The records of this file's corrections that are rejected all the same, each with its line in this file."""
    rows = warehouse.connection.execute(
        """
        with corrected as (
            select of_file_id as file_id, cast(of_record as bigint) as record_number, min(line_number) as line
            from raw.corrections__cells where file_id = $1 and is_filled and problem is null
            group by all
        )
        select corrected.line, rows.file_name, rows.line_number, rows.column_name, rows.rule, rows.field, rows.expected
        from corrected join quarantine.rows as rows using (file_id, record_number)
        order by all
        """,
        [corrections_id],
    ).fetchall()
    notes = [
        f"line {line}: line {there} of {file_name} is still rejected by {rule}"
        f"\n  found:    {_found(field)} in {column}"
        f"\n  expected: {expected}"
        "\n  to do:    correct it once more in a new corrections file; the later one counts"
        for line, file_name, there, column, rule, field, expected in rows[:_TOLD]
    ]
    more = len(rows) - len(notes)
    return notes + ([f"and {more} more, in keeprate quarantine"] if more else [])


def _found(field: str | None) -> str:
    if field is None:
        return "nothing"
    return field if len(field) <= _SHOWN else f"{field[:_SHOWN]}..."


def forget_mended(warehouse: Warehouse, file_id: str) -> None:
    """A file is forgotten so that it can be read otherwise: what had been mended of it stands in quarantine again."""
    warehouse.connection.execute("delete from quarantine.mended where file_id = $1", [file_id])


def renew_corrections(warehouse: Warehouse, file_id: str) -> None:
    """A file was read anew: corrections of how it was read before are rejected, and say so."""
    if not warehouse.has_table(CELLS):
        return
    rows = warehouse.connection.execute(
        f"select distinct file_id from {CELLS} where of_file_id = $1 order by all", [file_id]
    ).fetchall()
    concerned = [row[0] for row in rows]
    if concerned:
        source = source_named(CORRECTIONS)
        staging.stage_anew(warehouse, source, concerned)


def has_rejected_corrections(warehouse: Warehouse, file_id: str) -> bool:
    """Whether a loaded corrections file had corrections that could not be applied: by now it may be otherwise."""
    row = warehouse.one(
        "select 1 from raw.files where file_id = $1 and source = $2 and quarantined_count > 0", [file_id, CORRECTIONS]
    )
    return row is not None


def forget_corrections(warehouse: Warehouse, corrections_id: str) -> None:
    """Remove a corrections file that is loaded again; what it mended stays staged until it is applied anew."""
    for table in (CELLS, f"staging.{source_named(CORRECTIONS).staged[0]}", "quarantine.rows", "raw.files"):
        warehouse.connection.execute(f"delete from {table} where file_id = $1", [corrections_id])
