"""The crosswalk of stated reasons: which code of which list means which class of the codebook.

A line of ``data/crosswalk.csv`` is added by hand when a list changes; this module is its only reader. Reading
customers' words belongs in a classifier, and matching return lines with codes in
``sql/core/return_reasons.sql``, which folds codes in the same way as :func:`code_key`.
"""

from __future__ import annotations

import csv
import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.return_reason.codebook import SUB_REASONS

if TYPE_CHECKING:
    import polars

CROSSWALK = Path(__file__).parent / "data" / "crosswalk.csv"

_APOSTROPHES = str.maketrans("\u2018\u2019\u02bc\u00a0\u3000", "'''  ")
_BLANKS = re.compile(r"[\t\n\f\r ]+")
_TRAILING = " .,;:!?\u2026\u3002\uff0c\uff1b\uff1a\uff01\uff1f"


class CrosswalkError(Exception):
    """The crosswalk contradicts itself or the codebook: line, what was found, what was expected."""


def code_key(code: str) -> str:
    """Fold a stated reason so that spellings of one code meet.

    Lower case, curly apostrophes made straight, runs of blanks made one, blanks at both ends and punctuation
    at the end dropped. ``sql/core/return_reasons.sql`` holds the same expression; a test compares the two.
    """
    folded = _BLANKS.sub(" ", code.translate(_APOSTROPHES).lower())
    return folded.rstrip(_TRAILING).lstrip(" ")


def reason_codes(path: Path = CROSSWALK) -> polars.DataFrame:
    """Read the crosswalk.

    Returns:
        One row per list, version and code, in the order of the file: ``reason_list``, ``list_version``
        (text), ``valid_from``, ``valid_to`` (dates, null where unknown), ``code`` (as the list writes it),
        ``code_key``, ``reason_class``, ``sub_reason`` (text, null where the code says no more than its class),
        ``confidence`` (0-1: how surely the code means the class), ``source_note`` (where it comes from).

    Raises:
        CrosswalkError: a class or sub-reason that the codebook does not have, a code that stands twice in one
            version of a list, a confidence outside 0-1, a blank where text must stand.
    """
    import polars as pl

    with path.open(encoding="utf-8", newline="") as file:
        rows = [_row(record, line) for line, record in enumerate(csv.DictReader(file), start=2)]
    _require_one_meaning(rows)
    text, day = pl.String(), pl.Date()
    schema = {
        "reason_list": text,
        "list_version": text,
        "valid_from": day,
        "valid_to": day,
        "code": text,
        "code_key": text,
        "reason_class": text,
        "sub_reason": text,
        "confidence": pl.Float64(),
        "source_note": text,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _row(record: dict[str, str], line: int) -> dict[str, Any]:
    for name in ("reason_list", "list_version", "code", "reason_class", "source_note"):
        if not (record.get(name) or "").strip():
            raise CrosswalkError(f"crosswalk line {line}: {name} is blank; every line needs one")
    reason_class, sub_reason = record["reason_class"], record["sub_reason"] or None
    if reason_class not in SUB_REASONS:
        raise CrosswalkError(
            f"crosswalk line {line}: found class {reason_class!r}, expected one of {', '.join(SUB_REASONS)}"
        )
    if sub_reason and sub_reason not in SUB_REASONS[reason_class]:
        known = ", ".join(SUB_REASONS[reason_class]) or "none"
        raise CrosswalkError(f"crosswalk line {line}: found sub-reason {sub_reason!r}, {reason_class} has {known}")
    return {
        "reason_list": record["reason_list"],
        "list_version": record["list_version"],
        "valid_from": _date(record["valid_from"], line),
        "valid_to": _date(record["valid_to"], line),
        "code": record["code"],
        "code_key": code_key(record["code"]),
        "reason_class": reason_class,
        "sub_reason": sub_reason,
        "confidence": _confidence(record["confidence"], line),
        "source_note": record["source_note"],
    }


def _date(text: str, line: int) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise CrosswalkError(f"crosswalk line {line}: found {text!r}, expected a date like 2026-01-31") from None


def _confidence(text: str, line: int) -> float:
    try:
        confidence = float(text)
    except ValueError:
        confidence = -1.0
    if not 0 <= confidence <= 1:
        raise CrosswalkError(f"crosswalk line {line}: found confidence {text!r}, expected a number from 0 to 1")
    return confidence


def _require_one_meaning(rows: list[dict[str, Any]]) -> None:
    lines: dict[tuple[str, str, str], int] = {}
    for line, row in enumerate(rows, start=2):
        key = (row["reason_list"], row["list_version"], row["code_key"])
        if key in lines:
            raise CrosswalkError(
                f"crosswalk line {line}: {row['code']!r} stands in line {lines[key]} of this version already"
            )
        lines[key] = line
