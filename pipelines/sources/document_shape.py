"""What a record of a JSON document looks like, and how it becomes a row of text under fixed columns.

A shape belongs to a source. It says where its records stand, which keys a record has, and from which keys each raw
column is taken. Keys that no column takes become attributes, those that look personal are not kept at all.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pipelines.sources.base import RawColumn

MEMBER = "@member"
"""Stands for the key under which a record lies, where records are members of an object."""

SHAPE = "@shape"
"""Stands for the shape's name."""

_NAMES_OF_THINGS = re.compile(
    r"^(product|item|sku|channel|courier|courier_partner|cp|carrier|warehouse|store|brand|service|event|status|"
    r"file|account|category|event_type|hub)_?names?$"
)
_PERSONAL = re.compile(
    r"(^|_)(names?|pin_?codes?|contacts?|signed_by|signature\w*|lat|lng|customer|consignee|recipient|gst\w*|otp)(_|$)"
)


_PLAIN = re.compile(r"[A-Za-z][\w\- /()#%&]{0,60}")
_NUMBER = re.compile(r"\d{6,}")


class RecordProblem(ValueError):  # noqa: N818 - reads as what it tells
    """A record that a shape cannot read; the text says why, without values."""


@dataclass(frozen=True)
class DocumentRow:
    """A record as text.

    Attributes:
        values: by raw header; what the record does not have is absent.
        attributes: by dotted key, what no column takes.
        dropped: dotted keys that look personal and are not kept.
        told: texts that lay under these keys, by dotted key: what the record's other texts are held against.
    """

    values: dict[str, str]
    attributes: dict[str, str]
    dropped: frozenset[str]
    told: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class DocumentShape:
    """One kind of record.

    Attributes:
        name: short, for messages and the raw table.
        title: what a person calls the document.
        paths: where records may stand (see ``pipelines.ingest.json_scan``).
        needs: keys, dotted where they lie deeper, all of which a record has.
        needs_any: keys of which a record has at least one; empty for no such demand.
        fields: raw header -> dotted keys that it is taken from; the first that holds something.
        derived: raw header -> a dotted key and what becomes of its text, where ``fields`` found nothing.
        envelope: keys beside the records at the top, by which even an empty answer is known; empty if there are none.
    """

    name: str
    title: str
    paths: tuple[tuple[str, ...], ...]
    needs: tuple[str, ...]
    fields: Mapping[str, tuple[str, ...]]
    needs_any: tuple[str, ...] = ()
    derived: Mapping[str, tuple[str, Callable[[str], str | None]]] = field(default_factory=dict)
    envelope: tuple[str, ...] = ()
    columns: tuple[RawColumn, ...] = field(default=(), repr=False)

    @cached_property
    def _known(self) -> frozenset[str]:
        named = {path for paths in self.fields.values() for path in paths}
        return frozenset(named | {path for path, _ in self.derived.values()})

    @cached_property
    def _containers(self) -> frozenset[str]:
        known = [path.split(".") for path in self._known]
        return frozenset(".".join(parts[:length]) for parts in known for length in range(1, len(parts)))

    @cached_property
    def _lists(self) -> dict[str, tuple[RawColumn, ...]]:
        return {column.header: column.items for column in self.columns if column.items}

    @cached_property
    def _plan(self) -> tuple[tuple[str, tuple[tuple[str, bool], ...], bool], ...]:
        """Raw header, its dotted keys with whether each is no key of the record, and whether it takes a list."""
        return tuple(
            (header, tuple((path, path in (MEMBER, SHAPE)) for path in paths), header in self._lists)
            for header, paths in self.fields.items()
        )

    def missing(self, record: Any) -> list[str]:
        """Keys that a record would need to be of this shape."""
        if not isinstance(record, dict):
            return [*self.needs, *self.needs_any[:1]]
        gaps = [path for path in self.needs if not _has(record, path)]
        if self.needs_any and not any(_has(record, path) for path in self.needs_any):
            gaps.append(" or ".join(self.needs_any))
        return gaps

    def row(self, record: dict[str, Any], member: str) -> DocumentRow:
        """A record as text; numbers are the text that they were written as.

        Raises:
            RecordProblem: a list of objects is something else.
        """
        leaves = _leaves(record, self._containers)
        values: dict[str, str] = {}
        rest: dict[str, Any] = {}
        used: dict[str, Any] = {}
        own = {MEMBER: member, SHAPE: self.name}
        for header, paths, is_list in self._plan:
            for path, is_own in paths:
                found = own[path] if is_own else leaves.get(path)
                if found is None or found == "":
                    continue
                used[path] = found
                # Nearly every value is text, which is kept as it is.
                is_text = type(found) is str and not is_list
                if header not in values:
                    values[header] = found if is_text else self._text(header, path, found, rest)
                elif (found if is_text else self._text(header, path, found, {})) != values[header]:
                    rest[path] = found
        for header, (path, part) in self.derived.items():
            found = leaves.get(path)
            if header not in values and isinstance(found, str) and (text := part(found)):
                values[header] = text
        known = self._known
        rest |= {path: value for path, value in leaves.items() if path not in known and path not in used}
        dropped = {path: [value] for path, value in rest.items() if _is_personal(path)}
        attributes = {
            path: text
            for path, value in rest.items()
            if path not in dropped and (text := _as_text(value, dropped, path))
        }
        if not dropped:
            return DocumentRow(values, attributes, frozenset())
        told: dict[str, list[str]] = {}
        for path, found in dropped.items():
            _add_texts(told, path, found)
        return DocumentRow(values, attributes, frozenset(map(shown_key, dropped)), told)

    def _text(self, header: str, path: str, value: Any, rest: dict[str, Any]) -> str:
        if header in self._lists:
            return json.dumps(_listed(self._lists[header], path, value, rest), ensure_ascii=False)
        return _as_text(value, {}, path) or ""


def _has(record: dict[str, Any], path: str) -> bool:
    value: Any = record
    for part in path.split("."):
        if not isinstance(value, dict) or part not in value:
            return False
        value = value[part]
    return True


def _leaves(record: dict[str, Any], containers: frozenset[str], prefix: str = "") -> dict[str, Any]:
    """What a record holds by dotted key; only objects on the way to a known key are opened."""
    found: dict[str, Any] = {}
    for key, value in record.items():
        path = f"{prefix}.{key}" if prefix else key
        if path in containers and isinstance(value, dict):
            found |= _leaves(value, containers, path)
        elif not _is_empty(value):
            found[path] = value
    return found


def _listed(items: tuple[RawColumn, ...], path: str, value: Any, rest: dict[str, Any]) -> list[dict[str, str]]:
    """A list of objects with its known keys, as text; other keys go to the rest, value beside value."""
    rows = [value] if isinstance(value, dict) else value
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise RecordProblem(f"{path} is no list of objects")
    headers = [item.header for item in items]
    containers = frozenset(".".join(h.split(".")[:n]) for h in headers for n in range(1, h.count(".") + 1))
    listed = []
    for row in rows:
        leaves = _leaves(row, containers)
        listed.append(
            {item.name: text for item in items if (text := _as_text(leaves.get(item.header), {}, item.header))}
        )
        for key, other in leaves.items():
            if key not in headers:
                rest.setdefault(f"{path}.{key}", []).append(other)
    return listed


def _is_empty(value: Any) -> bool:
    # Numbers are text by now, so that nothing but an empty text, list or object is false besides False itself.
    return not value and value is not False


def _as_text(value: Any, dropped: dict[str, list[Any]], path: str) -> str | None:
    if _is_empty(value):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    cleaned = _cleaned(value, dropped, path)
    return None if _is_empty(cleaned) else json.dumps(cleaned, ensure_ascii=False)


def _cleaned(value: Any, dropped: dict[str, list[Any]], path: str) -> Any:
    """A list or an object without keys that look personal; what lay under these is added to ``dropped``."""
    if isinstance(value, list):
        return [_cleaned(child, dropped, path) for child in value]
    if not isinstance(value, dict):
        return value
    cleaned = {}
    for key, child in value.items():
        if _is_personal(key):
            dropped.setdefault(f"{path}.{key}", []).append(child)
        else:
            cleaned[key] = _cleaned(child, dropped, f"{path}.{key}")
    return cleaned


def _add_texts(told: dict[str, list[str]], path: str, value: Any) -> None:
    """Add every text below a key, under its own dotted key."""
    if isinstance(value, str):
        told.setdefault(path, []).append(value)
    elif isinstance(value, dict):
        for key, child in value.items():
            _add_texts(told, f"{path}.{key}", child)
    elif isinstance(value, list):
        for child in value:
            _add_texts(told, path, child)


@lru_cache(maxsize=4096)
def shown_key(path: str) -> str:
    """A dotted key for people; what stands where a key should, and tells of a person itself, is left out."""
    if "@" in path or "＠" in path:
        return "..."
    return ".".join(part if _PLAIN.fullmatch(part) and not _is_told(part) else "..." for part in path.split("."))


@cache
def _is_told(key: str) -> bool:
    """Whether a key is no name of a column but a person's name, mail or number."""
    from pipelines.masking.text import masked_text

    words = key.replace("_", " ")
    return bool(_NUMBER.search(key)) if key.islower() else masked_text(words) != words


@cache
def _is_personal(path: str) -> bool:
    """Whether a dotted key says anywhere that it holds a name, an address, a number or mail of a person."""
    from pipelines.mapping.privacy import looks_personal
    from pipelines.sources.base import snake_case

    if "@" in path or not path.isascii() or _NUMBER.search(path):
        return True
    for key in path.split("."):
        if not _PLAIN.fullmatch(key):
            return True
        name = snake_case(key)
        if not _NAMES_OF_THINGS.match(name) and (looks_personal(key) or _PERSONAL.search(name)):
            return True
    return False
