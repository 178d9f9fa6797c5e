"""Tombstones: keyed hashes of erased pseudonyms, orders, parcels and returns, which every load obeys.

A tombstone is an HMAC of the pseudonym under a label of its own: whoever has the table cannot find the pseudonym again,
but a pseudonym that comes can be held against it. Rows that match lose the identity, people's words, attributes and the
postcode; what they count stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.builds import forget_builds
from pipelines.contracts import all_contracts
from pipelines.erasure.belongings import Belongings, follow
from pipelines.erasure.emptying import empty_records, restage_erased
from pipelines.erasure.evidence import IDENTITIES, gather, raw_groups
from pipelines.erasure.raw_columns import whose
from pipelines.ledger import ORDER_NAMES, TOMBSTONES
from pipelines.privacy import merchant_key, pseudonym, pseudonym_of
from pipelines.renewal import want_renewal
from pipelines.sql_text import literal, literals

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pipelines.sources import Source
    from pipelines.warehouse import Warehouse

_LABELS = {
    "identity": "erased identity",
    "order": "erased order",
    "parcel": "erased parcel",
    "return": "erased return",
}
_TOMBSTONES_OF = {
    **dict.fromkeys(IDENTITIES, ("identity",)),
    "order": ("order",),
    "parcel": ("parcel",),
    "return": ("return",),
    "reference": ("order", "return"),
}
"""Which tombstones a kind of evidence is held against."""


def tombstone_of(value: str, kind: str, key: bytes) -> str:
    """The tombstone of a pseudonym (kind ``identity``), an order, a parcel or a return."""
    return pseudonym_of(value, _LABELS[kind], key) or ""


def write_tombstones(
    warehouse: Warehouse, merchant_id: str, erasure_id: str, values: Mapping[str, Iterable[str]]
) -> None:
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
    """Take erased persons out of a file that was just staged, and out of files that it now ties to them.

    What belongs to an erased person and is new gets tombstones of its own, so that files that name nothing else are
    obeyed too. Where it ties records of other files to the person (it names the order of a return that came before),
    these are emptied as well: so neither the order of files nor that of rows matters.

    Args:
        warehouse: holds the transaction in which the file was staged.
        source: what the file is.
        merchant_id: whose it is.
        file_id: the file.

    Returns:
        Rows that were changed.
    """
    row = warehouse.one(f"select count(*) from {TOMBSTONES.full_name} where {whose(merchant_id)}")
    if not row or not row[0]:
        return 0
    gather(warehouse, merchant_id, raw_groups(warehouse, merchant_id, [file_id]))
    known = _known(warehouse, merchant_id)
    if known.is_nothing:
        return 0
    new = follow(warehouse, known).without(known)
    groups = raw_groups(warehouse, merchant_id)
    if not new.is_nothing:
        gather(warehouse, merchant_id, groups)
        # All that is tied to it, in all files: what this file brought may be the missing link of many.
        known = follow(warehouse, known)
        write_tombstones(warehouse, merchant_id, "", known.by_kind())
    forget_marks(warehouse, merchant_id, known.orders)
    emptied = empty_records(warehouse, merchant_id, groups)
    restage_erased(warehouse, emptied.files)
    if any(files - {file_id} for files in emptied.files.values()):
        want_renewal(warehouse)
        remerge(warehouse)
    return emptied.rows


def _known(warehouse: Warehouse, merchant_id: str) -> Belongings:
    """What the view ``evidence`` tells that there are tombstones of."""
    key = merchant_key(warehouse.settings.key, merchant_id)
    found = Belongings()
    for tombstone_kind, values in found.by_kind().items():
        kinds = [kind for kind, held_against in _TOMBSTONES_OF.items() if tombstone_kind in held_against]
        made = pseudonym("value", _LABELS[tombstone_kind], key)
        rows = warehouse.connection.execute(
            f"select value from (select distinct value from evidence where kind in ({literals(kinds)}))"
            f" where {made} in (select tombstone from {TOMBSTONES.full_name}"
            f" where {whose(merchant_id)} and kind = {literal(tombstone_kind)})"
        ).fetchall()
        values.update(row[0] for row in rows)
    return found


def forget_marks(warehouse: Warehouse, merchant_id: str, orders: Iterable[str]) -> None:
    """Remove the marks of names of some orders."""
    warehouse.connection.execute(
        f"delete from {ORDER_NAMES.full_name} where {whose(merchant_id)} and order_id in ({literals(sorted(orders))})"
    )


def remerge(warehouse: Warehouse) -> None:
    """Let core be merged anew as a whole: rows of files that are merged already changed in staging."""
    forget_builds(warehouse, [f"core.{entity}" for entity in all_contracts()])
