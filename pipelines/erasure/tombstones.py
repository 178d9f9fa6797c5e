"""Tombstones: keyed hashes of erased pseudonyms, orders and parcels, which every load obeys.

A tombstone is an HMAC of the pseudonym under a label of its own: whoever has the table cannot find the pseudonym again,
but a pseudonym that comes can be held against it. Rows that match lose the identity, people's words, attributes and the
postcode; what they count stays.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from pipelines.erasure.raw_columns import RawColumns, columns_of, columns_of_generic, whose
from pipelines.ledger import ORDER_NAMES, TOMBSTONES
from pipelines.privacy import merchant_key, pseudonym, pseudonym_of
from pipelines.sources import all_sources, source_named
from pipelines.sql_text import literal, literals

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipelines.sources import Source
    from pipelines.warehouse import Warehouse

_LABELS = {"identity": "erased identity", "order": "erased order", "parcel": "erased parcel"}


def tombstone_of(value: str, kind: str, key: bytes) -> str:
    """The tombstone of a pseudonym (kind ``identity``), an order or a parcel."""
    return pseudonym_of(value, _LABELS[kind], key) or ""


def write_tombstones(warehouse: Warehouse, merchant_id: str, erasure_id: str, values: dict[str, Iterable[str]]) -> None:
    """Write the tombstones of an erasure, by kind; those that are there stay."""
    key = merchant_key(warehouse.settings.key, merchant_id)
    rows = [
        [merchant_id, kind, tombstone_of(value, kind, key), erasure_id]
        for kind, found in values.items()
        for value in sorted(set(found))
    ]
    if rows:
        import pyarrow

        names = ("merchant_id", "kind", "tombstone", "erasure_id")
        table = pyarrow.table({name: [row[place] for row in rows] for place, name in enumerate(names)})
        warehouse.connection.register("new_tombstones", table)
        warehouse.connection.execute(
            f"insert into {TOMBSTONES.full_name} by name select distinct * from new_tombstones anti join"
            f" {TOMBSTONES.full_name} using (merchant_id, tombstone)"
        )
        warehouse.connection.unregister("new_tombstones")


def obey_tombstones(warehouse: Warehouse, source: Source, merchant_id: str, file_id: str) -> int:
    """Take erased persons out of the raw rows of a file that was just loaded.

    Orders of an erased person that are new get tombstones of their own, so that files that name the order only are
    obeyed too.

    Returns:
        Rows that were changed.
    """
    connection = warehouse.connection
    row = warehouse.one(f"select count(*) from {TOMBSTONES.full_name} where {whose(merchant_id)}")
    if not row or not row[0]:
        return 0
    key = merchant_key(warehouse.settings.key, merchant_id)
    count = 0
    for columns in _raw_columns(warehouse, source, merchant_id, [file_id]).values():
        conditions = [_is_erased(value, "identity", key, merchant_id) for _, value in columns.identities]
        conditions += [_is_erased(value, "order", key, merchant_id) for value in columns.orders]
        conditions += [_is_erased(value, "parcel", key, merchant_id) for value in columns.parcels]
        if not conditions:
            continue
        connection.execute(
            "create or replace temp table erased_records as select file_id, record_number"
            f" from raw.{source.raw_table} where file_id = {literal(file_id)} and ({' or '.join(conditions)})"
        )
        for kind, values in (("order", columns.orders), ("parcel", columns.parcels)):
            known = {value for name in values for value in _values_of_erased(warehouse, source, name)}
            write_tombstones(warehouse, merchant_id, "", {kind: known})
            if kind == "order" and known:
                forget_marks(warehouse, merchant_id, known)
        count += empty_records(warehouse, source, columns, merchant_id)
    return count


def _is_erased(value: str, kind: str, key: bytes, merchant_id: str) -> str:
    made = pseudonym(f"cast({value} as varchar)", _LABELS[kind], key)
    return (
        f"({value} is not null and {made} in (select tombstone from {TOMBSTONES.full_name}"
        f" where {whose(merchant_id)} and kind = {literal(kind)}))"
    )


def _values_of_erased(warehouse: Warehouse, source: Source, name: str) -> list[str]:
    rows = warehouse.connection.execute(
        f"select distinct trim({name}) from raw.{source.raw_table} semi join erased_records using (file_id,"
        f" record_number) where trim({name}) <> ''"
    ).fetchall()
    return [row[0] for row in rows]


def empty_records(warehouse: Warehouse, source: Source, columns: RawColumns, merchant_id: str) -> int:
    """Take the person out of the rows in ``erased_records``.

    Returns:
        How many they are.
    """
    table = f"raw.{source.raw_table}"
    ((count,),) = warehouse.connection.execute("select count(*) from erased_records").fetchall()
    if not count:
        return 0
    assignments = list(columns.assignments)
    for name in columns.reasons:
        others = (
            f"select {name} from {table} anti join erased_records using (file_id, record_number)"
            f" where {whose(merchant_id)} and {name} is not null"
        )
        assignments.append(f"{name} = case when {name} in ({others}) then {name} end")
    warehouse.connection.execute(
        f"update {table} set {', '.join(assignments)}"
        " where (file_id, record_number) in (select (file_id, record_number) from erased_records)"
    )
    return count


def forget_marks(warehouse: Warehouse, merchant_id: str, orders: Iterable[str]) -> None:
    """Remove the marks of names of some orders."""
    warehouse.connection.execute(
        f"delete from {ORDER_NAMES.full_name} where {whose(merchant_id)} and order_id in ({literals(sorted(orders))})"
    )


def every_raw_table(warehouse: Warehouse, merchant_id: str) -> Iterator[tuple[Source, list[str], RawColumns]]:
    """Each source of which the merchant has files, with files that share their columns."""
    by_source: dict[str, list[str]] = defaultdict(list)
    for name, file_id in warehouse.connection.execute(
        f"select source, file_id from raw.files where {whose(merchant_id)} order by file_sequence"
    ).fetchall():
        by_source[name.partition(":")[0]].append(file_id)
    for name, file_ids in by_source.items():
        source = source_named(name)
        for files, columns in _raw_columns(warehouse, source, merchant_id, file_ids).items():
            yield source, list(files), columns


def _raw_columns(
    warehouse: Warehouse, source: Source, merchant_id: str, file_ids: list[str]
) -> dict[tuple[str, ...], RawColumns]:
    if source.declared_raw_table() is None:
        return {tuple(file_ids): columns_of(source)}
    if source.name != "generic":
        return {}
    import json

    from pipelines.mapping.staging import mapping_from_json

    found = {}
    for file_id in file_ids:
        row = warehouse.one(
            f"select mapping, header, file_name from raw.files where {whose(merchant_id)} and file_id = $1", [file_id]
        )
        if row:
            found[(file_id,)] = columns_of_generic(mapping_from_json(row[0], json.loads(row[1]), row[2]))
    return found


def restage_erased(warehouse: Warehouse, files: dict[str, set[str]]) -> None:
    """Stage files anew whose raw rows were emptied; what stood in quarantine of them is told anew as well."""
    from pipelines.ingest import staging

    for name, source in all_sources().items():
        found = sorted(files.get(name, ()))
        if not found:
            continue
        staging.stage_anew(warehouse, source, found)
