"""Which order a raw record names: names of persons in its texts are known by the marks of that order."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pipelines.sql_text import identifiers

if TYPE_CHECKING:
    from pipelines.mapping import BoundMapping
    from pipelines.sources import Source

_HEADERS = ("order_id", "order id", "order_number")


def order_of(source: Source, header: str | None, mapping: str | None, file_name: str) -> str:
    """SQL of the order in a raw row of a loaded file; empty where it names none.

    Args:
        source: what the file is.
        header: its header, as ``raw.files`` has it.
        mapping: its mapping, as ``raw.files`` has it.
        file_name: its name.
    """
    if source.order_columns:
        return f"coalesce({', '.join(identifiers([name]) for name in source.order_columns)})"
    if source.name != "generic" or not mapping:
        return ""
    from pipelines.mapping.staging import mapping_from_json

    return order_field(mapping_from_json(mapping, json.loads(header or "[]"), file_name))


def order_field(bound: BoundMapping) -> str:
    """SQL of the order in the fields of a generic file; empty where its header has none."""
    places = {name.lower(): number for number, name in enumerate(bound.header, 1)}
    return next((f"fields[{places[name]}]" for name in _HEADERS if name in places), "")
