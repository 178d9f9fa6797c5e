"""What belongs to a person: orders, the parcels and returns of these, and all records that tell of any of them.

From an identity one comes to orders; from orders to parcels and returns, and from these to others that stand in one
record with them (a waybill and the one under which it travels back). A record that names another's order is followed no
further, and neither is a number that very many orders share: a placeholder, a waybill that a carrier used again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelines.erasure.evidence import IDENTITIES
from pipelines.sql_text import literal, literals

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipelines.warehouse import Warehouse

MOST_SHARED = 5
"""Others of one kind (identities of an order, orders of a parcel) that may stand with what is followed further."""


@dataclass
class Belongings:
    """What is known of a person in one merchant's tables.

    Attributes:
        identities: pseudonyms.
        orders: order numbers.
        parcels: waybills and parcel numbers, in lower case.
        returns: ids of requests and of their lines.
        shared: what was not followed, because too many others stand with it.
    """

    identities: set[str] = field(default_factory=set)
    orders: set[str] = field(default_factory=set)
    parcels: set[str] = field(default_factory=set)
    returns: set[str] = field(default_factory=set)
    shared: set[str] = field(default_factory=set)

    def by_kind(self) -> dict[str, set[str]]:
        """All of it, by the kinds of tombstones."""
        return {"identity": self.identities, "order": self.orders, "parcel": self.parcels, "return": self.returns}

    def without(self, other: Belongings) -> Belongings:
        """What the other does not have."""
        return Belongings(
            self.identities - other.identities,
            self.orders - other.orders,
            self.parcels - other.parcels,
            self.returns - other.returns,
        )

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing at all."""
        return not any(self.by_kind().values())


def follow(warehouse: Warehouse, known: Belongings) -> Belongings:
    """All that belongs to whom something is known of, by the view ``evidence``.

    The records that tell of any of it stand in the temporary table ``erased_records`` afterwards.
    """
    connection = warehouse.connection
    found = Belongings(*(set(values) for values in known.by_kind().values()), set(known.shared))
    _take_records(warehouse, found, is_first=True)
    found.orders |= _told(warehouse, ("order",), "erased_records", found)
    while True:
        _take_records(warehouse, found)
        # A record that names orders, but none of this person, is somebody else's: it shares a parcel's number.
        connection.execute(
            "create or replace temp table followed_records as select * from erased_records anti join ("
            "select file_id, record_number from evidence semi join erased_records using (file_id, record_number)"
            f" where kind = 'order' group by all having not bool_or(value in ({literals(sorted(found.orders))})))"
            " using (file_id, record_number)"
        )
        parcels = _told(warehouse, ("parcel",), "followed_records", found) - found.parcels
        returns = _told(warehouse, ("return",), "followed_records", found) - found.returns
        if not parcels and not returns:
            return found
        found.parcels |= parcels
        found.returns |= returns


def _take_records(warehouse: Warehouse, found: Belongings, *, is_first: bool = False) -> None:
    """Put the records that tell of what is known into ``erased_records``."""
    kinds = dict.fromkeys(IDENTITIES, found.identities)
    if not is_first:
        kinds |= {"order": found.orders, "parcel": found.parcels, "return": found.returns}
        kinds["reference"] = found.orders | found.returns
    conditions = [
        f"(kind = {literal(kind)} and value in ({literals(sorted(values))}))"
        for kind, values in kinds.items()
        if values
    ]
    warehouse.connection.execute(
        "create or replace temp table erased_records as select distinct file_id, record_number from evidence"
        f" where {' or '.join(conditions) or 'false'}"
    )


def _told(warehouse: Warehouse, kinds: Iterable[str], records: str, found: Belongings) -> set[str]:
    """Values of some kinds that these records tell, without those that too many others stand with."""
    told = (
        "select distinct kind, value from evidence semi join"
        f" {records} using (file_id, record_number) where kind in ({literals(kinds)})"
    )
    values = {row[0] for row in warehouse.connection.execute(f"select value from ({told})").fetchall()}
    shared = warehouse.connection.execute(
        f"with told as ({told}), beside as (select told.value, other.kind, other.value as other from told"
        " join evidence as own on own.kind = told.kind and own.value = told.value"
        " join evidence as other on other.file_id = own.file_id and other.record_number = own.record_number"
        f" where other.kind in ({literals(IDENTITIES)}) and told.kind = 'order'"
        " or other.kind = 'order' and told.kind <> 'order')"
        f" select value from beside group by value, kind having count(distinct other) > {MOST_SHARED}"
    ).fetchall()
    too_many = {row[0] for row in shared}
    found.shared |= too_many
    return values - too_many
