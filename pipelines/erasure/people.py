"""Finding a person: from one identity to all that stand with it, to the orders, parcels and texts.

An identity that very many others share (a shop's own e-mail, a telephone that somebody typed as 0000000) leads nowhere:
otherwise erasing one person would erase everybody.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelines.erasure.raw_columns import whose
from pipelines.erasure.tombstones import every_raw_table, tombstone_of
from pipelines.ledger import TOMBSTONES
from pipelines.privacy import merchant_key
from pipelines.sql_text import literals

if TYPE_CHECKING:
    from pipelines.warehouse import Warehouse

MOST_SHARED = 5
"""Other identities of one kind that may stand with an identity which is followed further."""


@dataclass
class Person:
    """What stands for a person in one merchant's tables.

    Attributes:
        identities: pseudonyms, by kind.
        orders: order numbers.
        parcels: waybills.
        shared: identities that were not followed, because too many others stand with them.
    """

    identities: dict[str, set[str]] = field(default_factory=dict)
    orders: set[str] = field(default_factory=set)
    parcels: set[str] = field(default_factory=set)
    shared: set[str] = field(default_factory=set)

    @property
    def pseudonyms(self) -> set[str]:
        """Every pseudonym that is erased."""
        return {value for values in self.identities.values() for value in values}

    @property
    def is_nobody(self) -> bool:
        """Whether nothing in the tables is of this person."""
        return not self.orders and not self.identities


def find_person(warehouse: Warehouse, merchant_id: str, kind: str, pseudonym: str) -> Person:
    """Find a person from one identity.

    Args:
        warehouse: the open warehouse.
        merchant_id: whose customer.
        kind: ``email``, ``phone`` or ``id``.
        pseudonym: of the value that was given.
    """
    _collect(warehouse, merchant_id)
    person = Person()
    connection = warehouse.connection
    waiting, followed = {(kind, pseudonym)}, set()
    while waiting:
        found_kind, value = waiting.pop()
        followed.add((found_kind, value))
        beside = connection.execute(
            "select distinct other.kind, other.value from erasure_identities as own join erasure_identities as other"
            " using (table_name, file_id, record_number) where own.kind = $1 and own.value = $2",
            [found_kind, value],
        ).fetchall()
        if not beside:
            continue
        of_kind: dict[str, set[str]] = {}
        for other_kind, other in beside:
            of_kind.setdefault(other_kind, set()).add(other)
        is_first = (found_kind, value) == (kind, pseudonym)
        if not is_first and any(len(others) > MOST_SHARED for others in of_kind.values()):
            person.shared.add(value)
            continue
        person.identities.setdefault(found_kind, set()).add(value)
        waiting |= {pair for pair in beside if pair not in followed}
    pseudonyms = person.pseudonyms
    if pseudonyms:
        person.orders = {
            row[0]
            for row in connection.execute(
                "select distinct orders.value from erasure_orders as orders semi join (select * from"
                f" erasure_identities where value in ({literals(sorted(pseudonyms))})) using (table_name, file_id,"
                " record_number)"
            ).fetchall()
        }
        person.parcels = _parcels(warehouse, merchant_id, person.orders)
    return person


def was_erased(warehouse: Warehouse, merchant_id: str, pseudonym: str) -> bool:
    """Whether there is a tombstone of an identity."""
    key = merchant_key(warehouse.settings.key, merchant_id)
    row = warehouse.one(
        f"select count(*) from {TOMBSTONES.full_name} where {whose(merchant_id)} and tombstone = $1",
        [tombstone_of(pseudonym, "identity", key)],
    )
    return bool(row and row[0])


def _collect(warehouse: Warehouse, merchant_id: str) -> None:
    """Put every identity and every order of a row that has an identity into temporary tables."""
    connection = warehouse.connection
    shape = "(table_name varchar, file_id varchar, record_number bigint, kind varchar, value varchar)"
    connection.execute(f"create or replace temp table erasure_identities {shape}")
    connection.execute(f"create or replace temp table erasure_orders {shape}")
    for source, files, columns in every_raw_table(warehouse, merchant_id):
        if not columns.identities or not warehouse.has_table(f"raw.{source.raw_table}"):
            continue
        where = f"where {whose(merchant_id)} and file_id in ({literals(files)})"
        for kind, value in columns.identities:
            connection.execute(
                f"insert into erasure_identities select '{source.raw_table}', file_id, record_number, '{kind}', {value}"
                f" from raw.{source.raw_table} {where} and {value} is not null"
            )
        for value in columns.orders:
            connection.execute(
                f"insert into erasure_orders select '{source.raw_table}', file_id, record_number, 'order',"
                f" trim({value}) from raw.{source.raw_table} {where} and trim({value}) <> ''"
            )


def _parcels(warehouse: Warehouse, merchant_id: str, orders: set[str]) -> set[str]:
    if not orders or not warehouse.has_table("core.shipments"):
        return set()
    rows = warehouse.connection.execute(
        f"select distinct awb from core.shipments where {whose(merchant_id)} and awb is not null"
        f" and order_id in ({literals(sorted(orders))})"
    ).fetchall()
    return {row[0] for row in rows}
