"""Reading a file of one JSON object after the other piece by piece, so that no file is ever held whole as objects.

Only the usual kind is read here: every value at the top is a record. Whatever else a file may be, ``documents`` reads
it as a whole and says what is wrong with it. Both ways find the same records.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from pipelines.errors import Refused
from pipelines.ingest.document_kinds import LOOKED_AT, failure_of, failure_warnings, most_fitting, walk
from pipelines.ingest.document_rows import DocumentRows
from pipelines.ingest.json_outline import Outline, outline
from pipelines.ingest.json_parse import parse_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipelines.ingest.document_kinds import Reading
    from pipelines.ingest.json_scan import RecordPath
    from pipelines.sources import Source

_PIECE = 4 << 20


@dataclass
class Lines:
    """A file that was read so.

    Attributes:
        reading: whose records they are.
        outline: where they are.
        rows: what they are.
        warnings: answers that say themselves that they failed.
    """

    reading: Reading
    outline: Outline
    rows: DocumentRows
    warnings: list[str] = field(default_factory=list)


class _Otherwise(Exception):  # noqa: N818 - no error: the file is read as a whole
    pass


def read_lines(data: bytes, file_name: str, sources: Sequence[Source]) -> Lines | None:
    """Read the file; None where it is to be read as a whole."""
    found = outline(data)
    if found is None:
        return None
    try:
        return _read(data, found, file_name, sources)
    except (_Otherwise, Refused):
        # What is refused here has the same fault when it is read as a whole, and there its place is told.
        return None


def _read(data: bytes, found: Outline, file_name: str, sources: Sequence[Source]) -> Lines | None:
    lines: Lines | None = None
    guarded: list[RecordPath] = []
    failed: dict[str, int] = {}
    for values in _values(data, found, file_name):
        if lines is None:
            reading = most_fitting(values, sources, file_name)
            if reading.path:
                raise _Otherwise
            lines = Lines(reading, found, DocumentRows(reading))
            guarded = [path for path in _other_paths(sources) if len(walk(values, path).records) < LOOKED_AT]
        if any(_leads(value, path) for value in values for path in guarded):
            raise _Otherwise
        for status in filter(None, map(failure_of, values)):
            failed[status] = failed.get(status, 0) + 1
        lines.rows.add(("", value) for value in values)
    if lines:
        lines.warnings += failure_warnings(failed)
    return lines


def _values(data: bytes, found: Outline, file_name: str) -> Iterator[list[Any]]:
    """The values of each piece, as many as were counted in it."""
    for start, end in _pieces(found):
        values = parse_json(data[found.starts[start] : found.ends[end - 1]].decode("utf-8"), file_name)
        if len(values) != end - start:
            raise _Otherwise
        yield values


def _pieces(found: Outline) -> Iterator[tuple[int, int]]:
    """From which value to which; the first piece has all values that decide what the file is."""
    start = 0
    while start < len(found.starts):
        end = int(np.searchsorted(found.ends, found.starts[start] + _PIECE, side="right"))
        end = min(max(end, start + (LOOKED_AT if start == 0 else 1)), len(found.starts))
        yield start, end
        start = end


def _other_paths(sources: Sequence[Source]) -> list[RecordPath]:
    paths = (path for source in sources for shape in source.shapes for path in shape.paths)
    return [path for path in dict.fromkeys(paths) if path]


def _leads(value: Any, path: RecordPath) -> bool:
    """Whether records might stand at a path of a value: then the first piece need not have told what the file is."""
    if path[0] != "*":
        return path[0] in value
    return len(path) == 1 or any(
        type(child) is not str
        and type(child) is not bool
        and child is not None
        and (type(child) is list or path[1] in child)
        for child in value.values()
    )
