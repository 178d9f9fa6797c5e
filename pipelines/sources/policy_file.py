"""A merchant's return policy in versions, as a TOML file that people write; docs/cookbook/return-policy.md shows one.

* Each ``[[versions]]`` is a record: ``id`` and ``valid_from`` are required; ``valid_to`` (the last day in force),
  ``window_days``, ``window_clock``, ``payer``, ``exchange``, ``conditions`` and ``text`` may be left out. Other keys
  are refused, the nearest known one being named: a misspelled key would be a rule that silently does not count.
* ``payer`` says by class of reason who pays the way back; ``default`` stands for the classes that are not named.
* A version without ``valid_to`` is in force until the next one begins. Two versions in force on one day are refused;
  days on which none is in force are allowed, and the file's note names them.
* The newest file is the whole policy: versions that it does not name are gone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

from pipelines.errors import Refused, nearest
from pipelines.sources.base import FileFacts, RawColumn, Source

if TYPE_CHECKING:
    from pipelines.ingest.landing import LandedFile

CLOCKS = ("ordered", "shipped", "delivered")
PAYERS = ("customer", "merchant", "carrier", "supplier", "shared")
KEYS = (
    "id", "valid_from", "valid_to", "window_days", "window_clock", "payer", "exchange", "conditions", "text",
)  # fmt: skip
_LONGEST_WINDOW = 3650


@dataclass(frozen=True)
class PolicyVersion:
    """One version of a policy.

    Attributes:
        version_id: its id.
        valid_from: first day in force.
        valid_to: last day in force, or None while it is.
        values: the other keys as text.
    """

    version_id: str
    valid_from: date
    valid_to: date | None
    values: dict[str, str]


class PolicyFile(Source):
    """Versions of the return policy."""

    name: ClassVar[str] = "policy_file"
    title: ClassVar[str] = "Return policy in versions (TOML)"
    raw_table: ClassVar[str] = "policy_file__versions"
    columns: ClassVar[tuple[RawColumn, ...]] = tuple(
        RawColumn(key, "reason" if key in ("conditions", "exchange", "text") else "keep") for key in KEYS
    )
    toml_table: ClassVar[str] = "versions"
    staged: ClassVar[tuple[str, ...]] = ("policy_file__policies",)

    def toml_rows(self, document: dict[str, Any], file_name: str) -> list[dict[str, str]]:
        """The versions as text.

        Raises:
            Refused: a key, a value, or two versions on one day.
        """
        return [
            {
                "id": version.version_id,
                "valid_from": version.valid_from.isoformat(),
                **({"valid_to": version.valid_to.isoformat()} if version.valid_to else {}),
                **version.values,
            }
            for version in versions_of(document, file_name)
        ]

    def examine(self, landed: LandedFile) -> FileFacts:
        """Tell of days on which no version is in force."""
        rows = landed.connection.execute(
            "select id, valid_from::date, valid_to::date from landing order by valid_from::date"
        ).fetchall()
        return FileFacts(warnings=tuple(gaps([PolicyVersion(name, first, last, {}) for name, first, last in rows])))


def versions_of(document: dict[str, Any], file_name: str) -> list[PolicyVersion]:
    """The versions of a parsed policy file, each valid until the day before the next one where it names no end.

    Raises:
        Refused: an unknown key, a value that cannot be, an id that stands twice, or two versions on one day.
    """
    for key in document:
        if key != "versions":
            raise _refused(
                file_name, "", f"the key {key}{nearest(key, ['versions'])}", "only [[versions]]", "remove it"
            )
    tables = document.get("versions")
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise _refused(file_name, "versions", "no [[versions]]", "one [[versions]] for each version", "write one")
    versions = sorted(
        (_version(table, number, file_name) for number, table in enumerate(tables, 1)),
        key=lambda version: (version.valid_from, version.version_id),
    )
    names = [version.version_id for version in versions]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise _refused(file_name, "id", f"two versions {twice}", "an id of its own for each", "rename one of them")
    _require_apart(versions, file_name)
    ends = {
        version.version_id: version.valid_to or (following.valid_from - timedelta(days=1) if following else None)
        for version, following in zip(versions, [*versions[1:], None], strict=True)
    }
    order = {str(table["id"]): number for number, table in enumerate(tables)}
    closed = [PolicyVersion(v.version_id, v.valid_from, ends[v.version_id], v.values) for v in versions]
    return sorted(closed, key=lambda version: order[version.version_id])


def _require_apart(versions: list[PolicyVersion], file_name: str) -> None:
    """Refuse two versions on one day; a version without an end ends where the next begins."""
    for earlier, later in pairwise(versions):
        is_same_start = earlier.valid_from == later.valid_from
        if is_same_start or (earlier.valid_to and earlier.valid_to >= later.valid_from):
            raise _refused(
                file_name,
                "valid_to",
                f"{earlier.version_id} and {later.version_id}, both in force on {later.valid_from}",
                "one version a day",
                "give one of them another first day"
                if is_same_start
                else f"let {earlier.version_id} end before {later.valid_from}, or leave its valid_to out",
            )


def gaps(versions: list[PolicyVersion]) -> list[str]:
    """Days between two versions on which none is in force, in words."""
    ordered = sorted(versions, key=lambda version: version.valid_from)
    found = []
    for earlier, later in pairwise(ordered):
        if earlier.valid_to and earlier.valid_to + timedelta(days=1) < later.valid_from:
            first, last = earlier.valid_to + timedelta(days=1), later.valid_from - timedelta(days=1)
            days = str(first) if first == last else f"{first} to {last}"
            found.append(
                f"no version is in force on {days}, between {earlier.version_id} and {later.version_id}: orders of"
                " these days have no policy"
            )
    return found


def in_force(versions: list[PolicyVersion], day: date) -> PolicyVersion | None:
    """The version in force on a day."""
    return next((v for v in versions if v.valid_from <= day and (v.valid_to is None or day <= v.valid_to)), None)


def _version(table: dict[str, Any], number: int, file_name: str) -> PolicyVersion:
    for key in table:
        if key not in KEYS:
            raise _refused(
                file_name,
                key,
                f"a key that no policy has, in version {number}{nearest(key, list(KEYS))}",
                ", ".join(KEYS),
                "correct or remove it",
            )
    version_id = table.get("id")
    if not isinstance(version_id, str) or not version_id.strip():
        raise _refused(file_name, "id", f"version {number} without an id", 'id = "2026-01"', "give it one")
    first = _day(table, "valid_from", version_id, file_name)
    last = _day(table, "valid_to", version_id, file_name)
    if first is None:
        raise _refused(
            file_name, "valid_from", f"version {version_id} without it", "valid_from = 2026-01-01", "add the first day"
        )
    if last is not None and last < first:
        raise _refused(
            file_name, "valid_to", f"{last} in {version_id}, before {first}", "a day on or after valid_from", "mend it"
        )
    return PolicyVersion(version_id, first, last, _values(table, version_id, file_name))


def _values(table: dict[str, Any], version_id: str, file_name: str) -> dict[str, str]:
    values: dict[str, str] = {}
    days = table.get("window_days")
    if days is not None:
        if not isinstance(days, int) or isinstance(days, bool) or not 0 <= days <= _LONGEST_WINDOW:
            raise _refused(
                file_name,
                "window_days",
                f"{days!r} in {version_id}",
                f"a whole number, 0 to {_LONGEST_WINDOW}",
                "correct it",
            )
        values["window_days"] = str(days)
    clock = table.get("window_clock")
    if clock is not None:
        values["window_clock"] = _one_of(clock, CLOCKS, "window_clock", version_id, file_name)
    payer = table.get("payer")
    if payer is not None:
        values["payer"] = json.dumps(_payer(payer, version_id, file_name), sort_keys=True)
    for key in ("exchange", "conditions", "text"):
        text = table.get(key)
        if text is not None:
            if not isinstance(text, str):
                raise _refused(file_name, key, f"no text in {version_id}", f'{key} = "..."', "put it between quotes")
            if text.strip():
                values[key] = text.strip()
    return values


def _payer(payer: object, version_id: str, file_name: str) -> dict[str, str]:
    from pipelines.reference_tables import REFERENCE_TABLES

    if not isinstance(payer, dict):
        expected = 'payer = { changed_mind = "customer", default = "merchant" }'
        raise _refused(file_name, "payer", f"no table in {version_id}", expected, "write it like this")
    column = next(c for c in REFERENCE_TABLES["core.reason_codes"].columns if c.name == "reason_class")
    classes = ("default", *column.values)
    return {
        _one_of(name, classes, "payer", version_id, file_name): _one_of(
            who, PAYERS, f"payer.{name}", version_id, file_name
        )
        for name, who in payer.items()
    }


def _one_of(value: object, known: tuple[str, ...], key: str, version_id: str, file_name: str) -> str:
    if isinstance(value, str) and value in known:
        return value
    hint = nearest(str(value), list(known))
    raise _refused(file_name, key, f"{value!r} in {version_id}{hint}", f"one of {', '.join(known)}", "correct it")


def _day(table: dict[str, Any], key: str, version_id: str, file_name: str) -> date | None:
    value = table.get(key)
    if value is None:
        return None
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) else _no_day()
    except ValueError:
        raise _refused(
            file_name, key, f"{value} in {version_id}", f"{key} = 2026-01-01, a day without a time", "correct it"
        ) from None


def _no_day() -> date:
    raise ValueError


def _refused(file_name: str, column: str, found: str, expected: str, remedy: str) -> Refused:
    return Refused(file_name, column=column or None, found=found, expected=expected, remedy=remedy)
