"""Emptying records of an erased person in ``raw``, and staging anew what held them.

Identities, people's words, attributes and postcodes go; what a record counts stays. A reason stays where somebody else
gave the same one: then it is the shop's list, not this person's words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelines.erasure.raw_columns import differs, whose
from pipelines.ledger import MENDED, QUARANTINE_ROWS
from pipelines.quarantine.emptied_cells import empty_cells
from pipelines.sources import all_sources
from pipelines.staleness import mark_ledgers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipelines.erasure.evidence import RawGroup
    from pipelines.warehouse import Warehouse

_OTHERS = "select text from reasons_of_others"


@dataclass
class Emptied:
    """What was emptied.

    Attributes:
        rows: rows of ``raw`` in which something changed.
        files: files that hold them, by source.
        texts: reasons in them that nobody else gave.
    """

    rows: int = 0
    files: dict[str, set[str]] = field(default_factory=dict)
    texts: set[str] = field(default_factory=set)


def empty_records(warehouse: Warehouse, merchant_id: str, groups: Sequence[RawGroup]) -> Emptied:
    """Take the person out of the records in ``erased_records``; the caller holds a transaction.

    Args:
        warehouse: the open warehouse.
        merchant_id: whose files these are.
        groups: all of the merchant's files: what others gave as a reason stands in any of them.
    """
    connection = warehouse.connection
    emptied = Emptied()
    emptied.texts = _own_reasons(warehouse, merchant_id, groups)
    for group in groups:
        new = group.columns.erasures(_OTHERS)
        connection.execute(
            f"create or replace temp table emptied_records as select file_id, record_number from {group.table}"
            f" semi join erased_records using (file_id, record_number) where {group.where} and ({differs(new)})"
        )
        by_file = dict(connection.execute("select file_id, count(*) from emptied_records group by all").fetchall())
        if by_file:
            connection.execute(
                f"update {group.table} set {group.columns.assignments(new)}"
                " where (file_id, record_number) in (select (file_id, record_number) from emptied_records)"
            )
            emptied.rows += sum(by_file.values())
            emptied.files.setdefault(group.source.name, set()).update(by_file)
    for name, files in empty_cells(warehouse).items():
        emptied.files.setdefault(name, set()).update(files)
    _empty_shown(warehouse)
    return emptied


def _empty_shown(warehouse: Warehouse) -> None:
    """Take out of quarantine what it shows of the records; staging anew shows what is left of them."""
    for table in (QUARANTINE_ROWS, MENDED):
        shown = warehouse.connection.execute(
            f"update {table.full_name} set field = null where field is not null"
            " and (file_id, record_number) in (select (file_id, record_number) from erased_records) returning 1"
        ).fetchall()
        if shown:
            mark_ledgers(warehouse)


def _own_reasons(warehouse: Warehouse, merchant_id: str, groups: Sequence[RawGroup]) -> set[str]:
    """Reasons of the records that nobody else gave; those of others stand in ``reasons_of_others``."""
    connection = warehouse.connection

    def given(side: str) -> str:
        told = [
            f"select {value} as text from {group.records} {side} erased_records using (file_id, record_number)"
            f" where {whose(merchant_id)} and {group.where} and {value} is not null"
            for group in groups
            for value in group.columns.reasons
        ]
        return " union ".join(told) or "select null::varchar as text where false"

    connection.execute(f"create or replace temp table reasons_of_person as {given('semi join')}")
    connection.execute(
        f"create or replace temp table reasons_of_others as select text from ({given('anti join')})"
        " semi join reasons_of_person using (text)"
    )
    rows = connection.execute(f"select text from reasons_of_person where text not in ({_OTHERS})").fetchall()
    return {row[0] for row in rows}


def restage_erased(warehouse: Warehouse, files: Mapping[str, set[str]]) -> None:
    """Stage files anew whose raw rows were emptied; what stood in quarantine of them is told anew as well."""
    from pipelines.ingest import staging

    for name, source in all_sources().items():
        if found := sorted(files.get(name, ())):
            staging.stage_anew(warehouse, source, found)


def erased_records(warehouse: Warehouse) -> list[tuple[str, int]]:
    """File and number of each record that is of the person."""
    rows = warehouse.connection.execute("select file_id, record_number from erased_records order by all").fetchall()
    return [(file_id, number) for file_id, number in rows]
