"""What an erasure empties in a published table: told by the contracts, and by the values of the person.

Tables that SQL makes of core carry the contracts' columns on under their names. Whatever their names, a pseudonym is
known by its value, and so is a reason that nobody else gave.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pipelines.contracts import all_contracts
from pipelines.contracts.base import ATTRIBUTES
from pipelines.mapping.privacy import POSTCODE, REASONS
from pipelines.sql_text import identifiers, literal, literals

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pipelines.erasure.plan import Plan

_POSTCODES = (POSTCODE, "origin_zone", "destination_zone")
_ORDERS = ("order_id",)
_PARCELS = ("shipment_id", "parcel_id", "awb", "awb_key", "rto_awb", "forward_awb")
_RETURNS = ("return_line_id", "return_id", "twin_return_line_id")
_RECORD = ("file_id", "record_number")
_FIELD = "field"
"""What a record's rejection shows of it."""


@cache
def words() -> frozenset[str]:
    """Columns that hold words of a person, or the beginning of their postcode."""
    free = {
        column.name
        for contract in all_contracts().values()
        for column in contract.columns
        if column.privacy == "free_text"
    }
    return frozenset({*free, *_POSTCODES, ATTRIBUTES.name})


def emptied_columns(columns: Sequence[Sequence[str]], plan: Plan) -> dict[str, str]:
    """What becomes of a published table's columns.

    Args:
        columns: name and type of each.
        plan: of the erasure.

    Returns:
        SQL of the new value by quoted name, of those columns alone that may change.
    """
    names = {name for name, _ in columns}
    is_of_person = _is_of_person(names, plan)
    found = {}
    for name, kind in columns:
        quoted = identifiers([name])
        if kind not in ("varchar", "json", "varchar[]"):
            continue
        conditions = []
        if name in words() and is_of_person:
            conditions.append(is_of_person)
        if name == _FIELD and names.issuperset(_RECORD):
            conditions.append(_is_emptied_record(plan))
        if kind == "varchar":
            conditions.append(f"{quoted} in ({literals(plan.pseudonyms)})")
            if name in REASONS and plan.texts:
                conditions.append(f"trim({quoted}) in ({literals(text.strip() for text in plan.texts)})")
        else:
            conditions += [f"contains(cast({quoted} as varchar), {literal(value)})" for value in plan.pseudonyms]
        if conditions:
            # Keys of failing rows are a list, if an empty one.
            nothing = "json('[]')" if name == "failing_keys" else "null"
            found[quoted] = f"case when coalesce({' or '.join(conditions)}, false) then {nothing} else {quoted} end"
    return found


def _is_of_person(names: Collection[str], plan: Plan) -> str:
    """SQL that is true for a row that names something of the person; empty where no column names anything."""
    conditions = [f"{name} in ({literals(plan.orders)})" for name in _ORDERS if name in names and plan.orders]
    conditions += [f"{name} in ({literals(plan.returns)})" for name in _RETURNS if name in names and plan.returns]
    conditions += [
        f"lower({name}) in ({literals(plan.parcels)})" for name in _PARCELS if name in names and plan.parcels
    ]
    if {"reference_number", "order_id"} <= set(names) and (plan.orders or plan.returns):
        conditions.append(
            f"(coalesce(order_id, '') = '' and reference_number in ({literals([*plan.orders, *plan.returns])}))"
        )
    return " or ".join(f"coalesce({condition}, false)" for condition in conditions)


def _is_emptied_record(plan: Plan) -> str:
    records = ", ".join(f"({literal(file_id)}, {int(number)})" for file_id, number in plan.records)
    return f"(file_id, record_number) in ({records})" if records else "false"
