"""Which source a JSON document is of: the records at each path that sources name are held against their shapes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipelines.errors import Refused
from pipelines.sources.document_shape import shown_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipelines.ingest.json_scan import RecordPath
    from pipelines.sources import Source
    from pipelines.sources.document_shape import DocumentShape

_SHOWN_KEYS = 8
LOOKED_AT = 1000
"""Records that decide what a document is."""
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z_ -]{0,40}")


@dataclass(frozen=True)
class Reading:
    """A way to read a document: whose it is, where its records are, which shapes they may have."""

    source: Source
    path: RecordPath
    shapes: tuple[DocumentShape, ...]


@dataclass
class Walked:
    """Records at a path.

    Attributes:
        records: each with the key under which it lies (empty in a list), in the order of the file.
        is_there: the path leads somewhere, be it to nothing.
        warnings: answers that say themselves that they failed.
    """

    records: list[tuple[str, Any]] = field(default_factory=list)
    is_there: bool = False
    warnings: list[str] = field(default_factory=list)


def walk(values: Sequence[Any], path: RecordPath) -> Walked:
    """The records at a path of some parsed values."""
    found = Walked()
    failed: dict[str, int] = {}
    for value in values:
        level: list[tuple[str, Any]] = [("", value)]
        for step in path:
            level = [child for _, parent in level for child in _children(parent, step)]
        found.records += level
        found.is_there |= bool(level) or _leads_on(value, path)
        if (status := failure_of(value)) is not None:
            failed[status] = failed.get(status, 0) + 1
    found.warnings += failure_warnings(failed)
    return found


def failure_warnings(failed: Mapping[str, int]) -> list[str]:
    """What is told of answers that failed, by their status."""
    return [f"{count} of the answers in it failed (meta.status {status})" for status, count in failed.items()]


def _children(parent: Any, step: str) -> list[tuple[str, Any]]:
    if step == "*":
        if isinstance(parent, dict):
            return list(parent.items())
        return [("", child) for child in parent] if isinstance(parent, list) else []
    return [(step, parent[step])] if isinstance(parent, dict) and step in parent else []


def _leads_on(value: Any, path: RecordPath) -> bool:
    """Whether everything before a last ``*`` exists and is a list or an object."""
    if not path or path[-1] != "*":
        return False
    for step in path[:-1]:
        value = value.get(step) if isinstance(value, dict) and step != "*" else None
    return isinstance(value, list) or (isinstance(value, dict) and len(path) > 1)


def failure_of(value: Any) -> str | None:
    """The status of an answer that says itself that it failed, where it is a number."""
    meta = value.get("meta") if isinstance(value, dict) else None
    if not isinstance(meta, dict) or value.get("result"):
        return None
    status = meta.get("status")
    is_failure = meta.get("success") is False or (isinstance(status, str) and status not in ("200", "303"))
    return (status if isinstance(status, str) and status.isdecimal() else "unknown") if is_failure else None


def most_fitting(values: Sequence[Any], sources: Sequence[Source], file_name: str) -> Reading:
    """The source and path whose shapes fit the most of the first records.

    An empty answer is known by what surrounds it.

    Raises:
        Refused: none fits, or every answer in the file says that it failed.
    """
    failures = [failure_of(value) for value in values]
    if failures and all(failure is not None for failure in failures):
        raise Refused(
            file_name,
            found=f"an answer that says that it failed (meta.status {failures[0]})",
            expected="an answer with a result",
            remedy="ask again; the vendor's list of codes says why it failed",
        )
    readings = [
        Reading(source, path, tuple(shape for shape in source.shapes if path in shape.paths))
        for source in sources
        for path in dict.fromkeys(path for shape in source.shapes for path in shape.paths)
    ]
    best, most = None, 0
    for reading in readings:
        records = walk(values, reading.path).records[:LOOKED_AT]
        count = sum(any(not shape.missing(record) for shape in reading.shapes) for _, record in records)
        if count > most:
            best, most = reading, count
    best = best or next((reading for reading in readings if _is_empty_answer(values, reading, len(sources))), None)
    if best is None:
        raise _unknown(values, readings, file_name)
    return best


def _is_empty_answer(values: Sequence[Any], reading: Reading, source_count: int) -> bool:
    walked = walk(values, reading.path)
    if walked.records or not walked.is_there:
        return False
    envelopes = [shape.envelope for shape in reading.shapes if shape.envelope]
    is_stated = source_count == 1
    return is_stated or any(
        isinstance(value, dict) and all(key in value for key in envelope) for value in values for envelope in envelopes
    )


def _unknown(values: Sequence[Any], readings: Sequence[Reading], file_name: str) -> Refused:
    nearest = []
    for reading in readings:
        for _, record in walk(values, reading.path).records[:1]:
            if isinstance(record, dict):
                nearest += [(len(gaps := shape.missing(record)), reading, shape, gaps) for shape in reading.shapes]
    near = ""
    if nearest:
        _, reading, shape, gaps = min(nearest, key=lambda found: found[0])
        near = f"; {reading.source.name} ({shape.title}) comes nearest and would need {', '.join(gaps)}"
    shapes = {f"{shape.title} ({reading.source.name})" for reading in readings for shape in reading.shapes}
    return Refused(
        file_name,
        line=1,
        found=f"{_top(values)}, which no source knows{near}",
        expected="one of: " + ", ".join(sorted(shapes)),
        remedy="look at the file; an empty list is loaded with --source, another shape as CSV with a mapping",
    )


def _top(values: Sequence[Any]) -> str:
    """What stands at the top, in words; keys that may be numbers of something are not repeated."""
    first = values[0]
    many = f"{len(values)} values one after the other, the first of them " if len(values) > 1 else ""
    if isinstance(first, dict):
        keys = [key if _PLAIN_KEY.fullmatch(key) else "..." for key in map(shown_key, first)][:_SHOWN_KEYS]
        return many + (f"an object with the keys {', '.join(keys)}" if keys else "an empty object")
    if isinstance(first, list):
        return many + (f"a list of {len(first)}" if first else "an empty list")
    return many + "a single text, number or truth value"
