"""``quarantine.conflicts``: what files of one age disagree about, told anew whenever a thing is merged.

The later load wins; both files are named. Which version of a thing counts is decided in ``pipelines.core_tables``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.contracts import Contract
    from pipelines.warehouse import Warehouse


def forget_conflicts(warehouse: Warehouse, contract: Contract) -> None:
    """Forget what was told of the things in the temporary table ``touched``, which are merged anew."""
    group = [name for name in contract.group if name != "merchant_id"]
    # A child's key begins with its parent's.
    parent = f"array_to_string(string_split(told.key, ' / ')[:-{1 + len(contract.key) - len(group)}], ' / ')"
    key = "told.key" if len(group) == len(contract.key) else parent
    is_touched = f" and {key} = {_joined('touched', group)}" if group else ""
    warehouse.connection.execute(
        "delete from quarantine.conflicts as told using touched"
        f" where told.entity = '{contract.entity}' and told.merchant_id = touched.merchant_id{is_touched}"
    )


def forget_all_conflicts(warehouse: Warehouse, contract: Contract) -> None:
    """Forget what was told of any thing of an entity, which is built anew."""
    warehouse.connection.execute(f"delete from quarantine.conflicts where entity = '{contract.entity}'")


def note_conflicts(warehouse: Warehouse, contract: Contract) -> None:
    """Tell which files disagree about the things whose versions stand in the temporary table ``chosen``."""
    same = " and ".join(f"lost.{name} = won.{name}" for name in ("merchant_id", *contract.key))
    warehouse.connection.execute(
        f"""
        insert into quarantine.conflicts by name
        select distinct
            lost.merchant_id, '{contract.entity}' as entity, {_joined("lost", contract.key)} as key, lost.as_of,
            won.file_id as kept_file_id, lost.file_id as dropped_file_id
        from chosen as lost
        join chosen as won on {same} and won.recency = 1
        where lost.recency > 1 and lost.moment = won.moment and lost.as_of = won.as_of and lost.file_id <> won.file_id
            and lost.content_hash <> won.content_hash
        """
    )


def _joined(table: str, names: Sequence[str]) -> str:
    """SQL of a key, or of a parent's, as a conflict tells it."""
    return " || ' / ' || ".join(f"coalesce(cast({table}.{name} as varchar), '')" for name in names)
