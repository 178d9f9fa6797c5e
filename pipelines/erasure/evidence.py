"""What each loaded record says whom and what it is of: one relation over all tables, in which persons are found.

A record tells by its own columns in ``raw``, as corrections mended them, and by what staging made of it: ids that are
put together, columns that a mapping computes. A record that is rejected or waits tells by ``raw`` alone.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.contracts import all_contracts
from pipelines.erasure.raw_columns import RawColumns, columns_of, columns_of_generic, whose
from pipelines.quarantine.mended_records import mended_lists, mended_records
from pipelines.sources import source_named
from pipelines.sql_text import literal, literals

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipelines.mapping import BoundMapping
    from pipelines.sources import Source
    from pipelines.warehouse import Warehouse

IDENTITIES = ("email", "phone", "id")
"""Kinds of evidence that are pseudonyms of persons; the others are ``order``, ``parcel``, ``return``, ``reference``."""

_STAGED = {
    "order": ("order_id",),
    "parcel": ("awb", "rto_awb", "forward_awb", "shipment_id"),
    "return": ("return_line_id", "return_id"),
}
_REFERENCE = "reference_number"
"""Names the order or the return of a parcel, where the parcel does not name its order; which of them is not told."""


@dataclass(frozen=True)
class RawGroup:
    """Loaded files of a source that share their columns.

    Attributes:
        source: what they are.
        files: their ids.
        columns: where persons stand in them.
        records: relation of their rows as corrections mended them.
    """

    source: Source
    files: tuple[str, ...]
    columns: RawColumns
    records: str

    @property
    def table(self) -> str:
        """The raw table."""
        return f"raw.{self.source.raw_table}"

    @property
    def where(self) -> str:
        """SQL condition of the files' rows."""
        return f"file_id in ({literals(self.files)})"


def raw_groups(warehouse: Warehouse, merchant_id: str, file_ids: Sequence[str] | None = None) -> list[RawGroup]:
    """The merchant's loaded files, or some of them, in groups that share their columns."""
    chosen = "" if file_ids is None else f" and file_id in ({literals(file_ids)})"
    by_source: dict[str, list[str]] = defaultdict(list)
    for name, file_id in warehouse.connection.execute(
        f"select source, file_id from raw.files where {whose(merchant_id)}{chosen} order by file_sequence"
    ).fetchall():
        by_source[name.partition(":")[0]].append(file_id)
    groups: list[RawGroup] = []
    for name, files in by_source.items():
        source = source_named(name)
        if not warehouse.has_table(f"raw.{source.raw_table}"):
            continue
        if source.declared_raw_table() is None:
            relation = mended_records(warehouse.connection, source, files)
            groups.append(RawGroup(source, tuple(files), columns_of(source), relation))
        elif source.name == "generic":
            groups += _generic_groups(warehouse, source, files)
    return groups


def _generic_groups(warehouse: Warehouse, source: Source, file_ids: list[str]) -> list[RawGroup]:
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    bound: dict[tuple[str, ...], BoundMapping] = {}
    for file_id, mapping in bound_mappings(warehouse, file_ids).items():
        # A corrected file is read in its own way, and so stands alone.
        records = mended_lists(warehouse.connection, file_id, mapping.header)
        key = (records, mapping.mapping.as_json(), *mapping.header)
        alike[key].append(file_id)
        bound[key] = mapping
    return [RawGroup(source, tuple(files), columns_of_generic(bound[key]), key[0]) for key, files in alike.items()]


def bound_mappings(warehouse: Warehouse, file_ids: Iterable[str]) -> dict[str, BoundMapping]:
    """The mapping of each generic file, by file."""
    from pipelines.mapping.staging import mapping_from_json

    rows = warehouse.connection.execute(
        "select file_id, mapping, header, file_name from raw.files where mapping is not null"
        f" and file_id in ({literals(file_ids)}) order by file_sequence"
    ).fetchall()
    known: dict[tuple[str, str], BoundMapping] = {}
    found = {}
    for file_id, mapping, header, file_name in rows:
        if (mapping, header) not in known:
            known[mapping, header] = mapping_from_json(mapping, json.loads(header), file_name)
        found[file_id] = known[mapping, header]
    return found


def gather(warehouse: Warehouse, merchant_id: str, groups: Sequence[RawGroup]) -> None:
    """Let the temporary view ``evidence`` (file_id, record_number, kind, value) tell of some files.

    A view, because the records of years would be many times as large written out as what is looked for in them.
    """
    branches = [query for group in groups for query in _of_raw(group)]
    for source in {group.source.name: group.source for group in groups}.values():
        files = [file_id for group in groups if group.source is source for file_id in group.files]
        branches += _of_staging(warehouse, source, f"{whose(merchant_id)} and file_id in ({literals(files)})")
    nothing = "select null::varchar, null::bigint, null::varchar, null::varchar where false"
    warehouse.connection.execute(
        "create or replace temp view evidence as select file_id, record_number, kind, value from ("
        f"{' union all '.join(branches) or nothing}) as told (file_id, record_number, kind, value)"
        " where value is not null and value <> ''"
    )


def _of_raw(group: RawGroup) -> list[str]:
    values = [*group.columns.identities]
    values += [("order", value) for value in group.columns.orders]
    values += [("parcel", value) for value in group.columns.parcels]
    values += [("return", value) for value in group.columns.returns]
    return [_told(kind, value, group.records, group.where) for kind, value in values]


def _of_staging(warehouse: Warehouse, source: Source, where: str) -> list[str]:
    """What the staged rows of a source tell by the columns of their contract."""
    branches = []
    for table in source.staged_tables():
        contract = all_contracts().get(table.name.partition("__")[2])
        if contract is None or not warehouse.has_table(table.full_name):
            continue
        names = {column.name for column in table.columns}
        values = [(kind, name) for kind, wanted in _STAGED.items() for name in wanted if name in names]
        values += [
            (column.name.rpartition("_")[2], column.name)
            for column in contract.columns
            if column.privacy == "identity" and column.name in names
        ]
        if _REFERENCE in names:
            is_unnamed = "coalesce(trim(order_id), '') = ''" if "order_id" in names else "true"
            values.append(("reference", f"case when {is_unnamed} then {_REFERENCE} end"))
        branches += [_told(kind, value, table.full_name, where) for kind, value in values]
    return branches


def _told(kind: str, value: str, relation: str, where: str) -> str:
    normal = f"lower(trim({value}))" if kind == "parcel" else f"trim({value})"
    return f"select file_id, record_number, {literal(kind)}, {normal} from {relation} where {where}"
