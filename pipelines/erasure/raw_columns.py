"""Where persons stand in a raw table: identities, orders, parcels, words; told by the sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.sql_text import identifiers, literal

if TYPE_CHECKING:
    from pipelines.mapping import BoundMapping
    from pipelines.sources import Source

_ORDERS = ("order_id", "amazon_order_id", "forward_order_id", "order_number")
_PARCELS = (
    "awb", "waybill", "tracking_code", "tracking_no", "tracking_id", "rto_awb", "forward_awb", "return_tracking_id",
)  # fmt: skip


@dataclass(frozen=True)
class RawColumns:
    """SQL expressions over a raw table's columns, and what sets them empty.

    Attributes:
        identities: kind and value of each identity.
        orders: values that name an order.
        parcels: values that name a parcel.
        assignments: SQL of the assignments that take a person out of a row.
        reasons: columns of reasons: emptied where nobody else gave the same one.
    """

    identities: tuple[tuple[str, str], ...]
    orders: tuple[str, ...]
    parcels: tuple[str, ...]
    assignments: tuple[str, ...]
    reasons: tuple[str, ...] = ()


def columns_of(source: Source) -> RawColumns:
    """Of a source whose raw table has a column for each of its own."""
    identities, orders, parcels, assignments, reasons = [], [], [], [], []
    for column in source.columns:
        name = identifiers([column.name])
        if column.handling == "identity":
            identities.append((column.kind, name))
        if column.name in (*_ORDERS, *source.order_columns):
            orders.append(name)
        if column.name in _PARCELS:
            parcels.append(name)
        if column.handling in ("identity", "free_text", "postcode"):
            assignments.append(f"{name} = null")
        elif column.handling == "reason":
            reasons.append(name)
        elif column.items:
            kept = [item for item in column.items if item.handling == "keep"]
            kinds = ", ".join(f'"{item.name}": "VARCHAR"' for item in kept)
            packed = ", ".join(f"{item.name} := item.{item.name}" for item in kept)
            assignments.append(
                f"{name} = cast(to_json(list_transform(from_json({name}, '[{{{kinds}}}]'),"
                f" lambda item: struct_pack({packed}))) as varchar)"
            )
    assignments.append("attributes = null")
    return RawColumns(tuple(identities), tuple(orders), tuple(parcels), tuple(assignments), tuple(reasons))


def columns_of_generic(bound: BoundMapping) -> RawColumns:
    """Of a generic file, whose fields are one list in the order of its header."""
    places = {name.lower(): f"fields[{number}]" for number, name in enumerate(bound.header, 1)}
    identities, orders, parcels = [], [], []
    for name, keeping in zip(bound.header, bound.keepings, strict=True):
        if keeping.handling == "identity":
            identities.append((keeping.kind, places[name.lower()]))
    for entity in bound.mapping.entities:
        for column in entity.columns:
            found = [places[name.lower()] for name in column.columns if name.lower() in places]
            if column.name == "order_id":
                orders += found
            elif column.name in ("awb", "forward_awb"):
                parcels += found
    emptied = ("identity", "free_text", "postcode")
    fields = ", ".join(
        "null" if keeping.handling in emptied else f"fields[{number}]"
        for number, keeping in enumerate(bound.keepings, 1)
    )
    return RawColumns(
        tuple(identities),
        tuple(dict.fromkeys(orders)),
        tuple(dict.fromkeys(parcels)),
        (f"fields = cast([{fields}] as varchar[])",),
    )


def whose(merchant_id: str) -> str:
    """SQL condition of a merchant's rows."""
    return f"merchant_id = {literal(merchant_id)}"
