"""Records of a document as rows of text, each by the shape that fits it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipelines.ingest.personal_values import told_of_persons
from pipelines.sources.document_shape import RecordProblem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipelines.ingest.document_kinds import Reading

MOST_ATTRIBUTES = 300
"""Unknown keys that become attributes of their own; what goes beyond stands together under one name."""

OTHER_KEYS = "other keys"


class DocumentRows:
    """Rows that grow record by record.

    Attributes:
        rows: text by header name, attributes beside the columns under their own names; None for a record that no shape
            fits.
        problems: by position (from 0), why a record could not be read.
        dropped: keys that look personal and are not kept.
    """

    def __init__(self, reading: Reading) -> None:
        self.rows: list[dict[str, str] | None] = []
        self.problems: dict[int, str] = {}
        self.dropped: set[str] = set()
        self._reading = reading
        self._names: dict[str, None] = {}

    def add(self, records: Iterable[tuple[str, Any]]) -> None:
        """Add records, each with the key under which it lies."""
        for member, record in records:
            shape = next((shape for shape in self._reading.shapes if not shape.missing(record)), None)
            try:
                if shape is None:
                    raise RecordProblem(_unfit(self._reading, record))
                row = shape.row(record, member)
            except RecordProblem as problem:
                self.problems[len(self.rows)] = str(problem)
                self.rows.append(None)
                continue
            self.rows.append(row.values | _bounded(row.attributes, self._names) | told_of_persons(row.told))
            self.dropped |= row.dropped


def _bounded(attributes: dict[str, str], names: dict[str, None]) -> dict[str, str]:
    kept, rest = {}, []
    for name, text in attributes.items():
        if name in names or len(names) < MOST_ATTRIBUTES:
            names[name] = None
            kept[name] = text
        else:
            rest.append(f"{name} = {text}")
    return kept | ({OTHER_KEYS: "; ".join(rest)} if rest else {})


def _unfit(reading: Reading, record: Any) -> str:
    if not isinstance(record, dict):
        return f"{_kind_of(record)} where an object should be"
    gaps = min((shape.missing(record) for shape in reading.shapes), key=len)
    return f"an object without {', '.join(gaps)}"


def _kind_of(value: Any) -> str:
    names = {list: "a list", str: "a text or number", bool: "true or false"}
    return names.get(type(value), "null")
