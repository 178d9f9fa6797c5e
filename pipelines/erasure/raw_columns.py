"""Where persons stand in a raw table: identities, orders, parcels, returns, words; told by the sources.

Both an erasure and the retention of words take their assignments from here: what the one empties the other finds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.sql_text import identifiers, literal

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pipelines.mapping import BoundMapping
    from pipelines.sources import Source
    from pipelines.sources.base import RawColumn

ORDER_NAMES = ("order_id", "amazon_order_id", "forward_order_id", "order_number")
PARCEL_NAMES = (
    "awb", "waybill", "tracking_code", "tracking_no", "tracking_id", "rto_awb", "forward_awb", "return_tracking_id",
    "shipment_id",
)  # fmt: skip
RETURN_NAMES = ("return_id", "return_line_id", "amazon_rma_id", "merchant_rma_id", "return_reference_number")
_EMPTIED = ("identity", "free_text", "postcode")


@dataclass(frozen=True)
class Cell:
    """A value of a raw row that tells of a person.

    Attributes:
        value: SQL of the value: a column, or a field of a list.
        erased: SQL of what an erasure leaves of it; None where it is a reason, which stays if others gave it, too.
        expired: SQL of what stays of it when words expire; None: all of it.
    """

    value: str
    erased: str | None = "null"
    expired: str | None = None


@dataclass(frozen=True)
class RawColumns:
    """SQL expressions over a raw table's columns, and what sets them empty.

    Attributes:
        identities: kind and value of each identity.
        orders: values that name an order.
        parcels: values that name a parcel.
        returns: values that name a return.
        cells: values that are emptied.
        width: number of fields where the table keeps a record as one list; 0 where it has a column for each.
    """

    identities: tuple[tuple[str, str], ...]
    orders: tuple[str, ...]
    parcels: tuple[str, ...]
    returns: tuple[str, ...]
    cells: tuple[Cell, ...]
    width: int = 0

    @property
    def reasons(self) -> tuple[str, ...]:
        """Values of reasons."""
        return tuple(cell.value for cell in self.cells if cell.erased is None)

    def expirations(self) -> dict[str, str]:
        """What becomes of each value that expires, by value."""
        return {cell.value: cell.expired for cell in self.cells if cell.expired is not None}

    def erasures(self, others: str) -> dict[str, str]:
        """What an erasure leaves of each value, by value.

        Args:
            others: query of the reasons that other persons gave.
        """
        kept = "case when {value} in ({others}) then {value} end"
        return {
            cell.value: kept.format(value=cell.value, others=others) if cell.erased is None else cell.erased
            for cell in self.cells
        }

    def assignments(self, new: Mapping[str, str]) -> str:
        """SQL of the assignments of an update that sets some values."""
        if not self.width:
            return ", ".join(f"{value} = {expression}" for value, expression in new.items())
        fields = (field(number) for number in range(1, self.width + 1))
        return f"fields = cast([{', '.join(new.get(value, value) for value in fields)}] as varchar[])"


def differs(new: Mapping[str, str]) -> str:
    """SQL condition of the rows in which an update would change something."""
    return " or ".join(f"{expression} is distinct from {value}" for value, expression in new.items()) or "false"


def columns_of(source: Source) -> RawColumns:
    """Of a source whose raw table has a column for each of its own."""
    named = {column.name: identifiers([column.name]) for column in source.columns}
    found = RawColumns(
        tuple((column.kind, named[column.name]) for column in source.columns if column.handling == "identity"),
        _named(named, (*ORDER_NAMES, *source.order_columns)),
        _named(named, PARCEL_NAMES),
        _named(named, RETURN_NAMES),
        tuple(cell for column in source.columns for cell in _cells(column)),
    )
    # What no column is known for may be words of anybody, where the record is of a person.
    is_of_persons = found.identities or found.orders or found.parcels or found.returns
    attributes = Cell("attributes", expired="null" if is_of_persons else None)
    return RawColumns(found.identities, found.orders, found.parcels, found.returns, (*found.cells, attributes))


def _named(values: Mapping[str, str], wanted: Collection[str]) -> tuple[str, ...]:
    return tuple(value for name, value in values.items() if name in wanted)


def _cells(column: RawColumn) -> list[Cell]:
    value = identifiers([column.name])
    if column.items:
        erased = _items(column, [item.name for item in column.items if item.handling == "keep"])
        expired = _items(column, [item.name for item in column.items if item.handling != "free_text"])
        has_words = any(item.handling == "free_text" for item in column.items)
        return [Cell(value, erased, expired if has_words else None)]
    if column.handling in _EMPTIED:
        return [Cell(value, expired="null" if column.handling == "free_text" else None)]
    return [Cell(value, erased=None)] if column.handling == "reason" else []


def _items(column: RawColumn, kept: Collection[str]) -> str:
    """SQL of a list of objects of which some keys stay; the others are there and empty, as where nothing was told."""
    value = identifiers([column.name])
    kinds = ", ".join(f'"{item.name}": "VARCHAR"' for item in column.items)
    packed = ", ".join(
        f"{item.name} := {f'item.{item.name}' if item.name in kept else 'null::varchar'}" for item in column.items
    )
    return (
        f"cast(to_json(list_transform(from_json({value}, '[{{{kinds}}}]'),"
        f" lambda item: struct_pack({packed}))) as varchar)"
    )


def columns_of_generic(bound: BoundMapping) -> RawColumns:
    """Of a generic file, whose fields are one list in the order of its header."""
    places = {name.lower(): field(number) for number, name in enumerate(bound.header, 1)}
    by_column: dict[str, list[str]] = {}
    for entity in bound.mapping.entities:
        for column in entity.columns:
            found = [places[name.lower()] for name in column.columns if name.lower() in places]
            by_column.setdefault(column.name, []).extend(found)
    is_of_persons = not by_column.keys().isdisjoint((*ORDER_NAMES, *PARCEL_NAMES, *RETURN_NAMES))
    cells, identities = [], []
    for number, keeping in enumerate(bound.keepings, 1):
        if keeping.handling == "identity":
            identities.append((keeping.kind, field(number)))
        if keeping.handling in _EMPTIED:
            # A column that no table reads may hold words of anybody, where the record is of a person.
            is_expired = keeping.is_words or (keeping.handling == "free_text" and is_of_persons)
            cells.append(Cell(field(number), expired="null" if is_expired else None))
        elif keeping.handling == "reason":
            cells.append(Cell(field(number), erased=None))
    return RawColumns(
        tuple(identities),
        _mapped(by_column, ORDER_NAMES),
        _mapped(by_column, PARCEL_NAMES),
        _mapped(by_column, RETURN_NAMES),
        tuple(cells),
        len(bound.header),
    )


def _mapped(by_column: Mapping[str, list[str]], wanted: Collection[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for name in wanted for value in by_column.get(name, ())))


def field(number: int) -> str:
    """SQL of a field of a generic record, the first being 1."""
    return f"fields[{number}]"


def whose(merchant_id: str) -> str:
    """SQL condition of a merchant's rows."""
    return f"merchant_id = {literal(merchant_id)}"
