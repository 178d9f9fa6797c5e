"""Things of merged files that a corrections file changed in staging: noted once, so that a merge touches these alone.

A merge takes its keys from the rows of the files that wait. A corrections file has no rows of its own: it changes those
of another file, which may be merged and large. The keys of the rows that changed, before and after, stand in
``meta.mended_keys`` until the corrections file is merged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.sql_text import literal, literals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.contracts import Contract
    from pipelines.warehouse import Warehouse


def add_mended_keys(warehouse: Warehouse, contract: Contract, file_ids: Sequence[str]) -> None:
    """Add what these files mended to the temporary table ``touched``, which holds the keys of a merge."""
    warehouse.connection.execute(
        f"insert into touched by name {mended_groups(contract, file_ids)} except select * from touched"
    )


def mended_groups(contract: Contract, file_ids: Sequence[str]) -> str:
    """SQL of what these files mended, as a merge names what it touches."""
    columns = ", ".join(_column(contract, name) for name in contract.group)
    return (
        f"select {columns} from meta.mended_keys"
        f" where entity = {literal(contract.entity)} and file_id in ({literals(file_ids)})"
    )


def _column(contract: Contract, name: str) -> str:
    if name == "merchant_id":
        return name
    return f"cast(json_extract_string(key, {literal('$.' + name)}) as {contract.column(name).type}) as {name}"


def key_of(contract: Contract) -> str:
    """SQL of the JSON under which a staged row's key is noted."""
    names = [name for name in contract.group if name != "merchant_id"]
    return f"to_json(struct_pack({', '.join(f'{name} := {name}' for name in names)}))" if names else "json('{}')"


def forget_mended_keys(warehouse: Warehouse, file_ids: Sequence[str]) -> None:
    """The corrections files are merged."""
    warehouse.connection.execute(f"delete from meta.mended_keys where file_id in ({literals(file_ids)})")
