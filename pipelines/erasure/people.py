"""Finding a person: from one identity to all that stand with it, and to all that belongs to them.

An identity that very many others share (a shop's own e-mail, a telephone that somebody typed as 0000000) leads nowhere:
otherwise erasing one person would erase everybody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.erasure.belongings import MOST_SHARED, Belongings, follow
from pipelines.erasure.evidence import IDENTITIES, gather, raw_groups
from pipelines.erasure.raw_columns import whose
from pipelines.erasure.tombstones import tombstone_of
from pipelines.ledger import TOMBSTONES
from pipelines.privacy import merchant_key
from pipelines.sql_text import literals

if TYPE_CHECKING:
    from pipelines.warehouse import Warehouse


def find_person(warehouse: Warehouse, merchant_id: str, kind: str, pseudonym: str) -> Belongings:
    """Find a person from one identity.

    Args:
        warehouse: the open warehouse.
        merchant_id: whose customer.
        kind: ``email``, ``phone`` or ``id``.
        pseudonym: of the value that was given.

    Returns:
        What belongs to them; nothing where nobody is known by it.
    """
    gather(warehouse, merchant_id, raw_groups(warehouse, merchant_id))
    person = Belongings()
    waiting, followed = {(kind, pseudonym)}, set()
    while waiting:
        found_kind, value = waiting.pop()
        followed.add((found_kind, value))
        beside = warehouse.connection.execute(
            "select distinct kind, value from evidence semi join (select file_id, record_number from evidence"
            " where kind = $1 and value = $2) using (file_id, record_number)"
            f" where kind in ({literals(IDENTITIES)})",
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
        person.identities.add(value)
        waiting |= {pair for pair in beside if pair not in followed}
    return follow(warehouse, person) if person.identities else person


def was_erased(warehouse: Warehouse, merchant_id: str, pseudonym: str) -> bool:
    """Whether there is a tombstone of an identity."""
    key = merchant_key(warehouse.settings.key, merchant_id)
    row = warehouse.one(
        f"select count(*) from {TOMBSTONES.full_name} where {whose(merchant_id)} and tombstone = $1",
        [tombstone_of(pseudonym, "identity", key)],
    )
    return bool(row and row[0])
