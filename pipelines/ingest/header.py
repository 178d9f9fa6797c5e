"""The header of a CSV file: the delimiter that it tells, its names, and what is refused about it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.errors import Refused
from pipelines.ingest.broken_lines import stray_return
from pipelines.sources.unread_exports import refusal_of_unread

if TYPE_CHECKING:
    from pipelines.sources.base import TextForm

_DELIMITERS = (",", ";", "\t", "|")
_BOM = b"\xef\xbb\xbf"
_SHOWN_PLACES = 5


@dataclass(frozen=True)
class Head:
    """The header record of a file.

    Attributes:
        names: as they stand in it.
        delimiter: the character between fields.
        is_quoted: any of the names stands in quotes.
    """

    names: tuple[str, ...]
    delimiter: str
    is_quoted: bool = False

    def has_quotes(self, form: TextForm) -> bool:
        """Whether quotes enclose fields in a file of that form with this header."""
        return form.has_quotes or self.is_quoted or self.delimiter != "\t"


LONGEST_NAME = 2_000
"""Characters of a name in a header; a form's column may be called by its whole question."""

LONGEST_FIELD = 1 << 30
"""Characters of a field for the standard library's reader, whose own limit is 131,072."""


def read_header(line: bytes, file_name: str) -> Head:
    """Read the names of a header.

    Args:
        line: the header record with its line break, in UTF-8, with a byte order mark or without.
        file_name: for messages.

    Raises:
        Refused: no names can be told apart, there is one only, or one stands twice.
    """
    text = line.removeprefix(_BOM).decode("utf-8").rstrip("\r\n")
    parsed = {delimiter: _names(text, delimiter) for delimiter in _DELIMITERS}
    if not any(parsed.values()):
        raise _refuse_header(file_name, text)
    delimiter = max(parsed, key=lambda character: len(parsed[character]))
    header = tuple(name.strip() for name in parsed[delimiter])
    if len(header) == 1:
        raise Refused(
            file_name,
            line=1,
            found="one column in the header",
            expected="names between commas, semicolons, tabs or bars",
            remedy="is this a CSV export? Open it in a text editor and look at its first line",
        )
    too_long = next((place for place, name in enumerate(header, 1) if len(name) > LONGEST_NAME), 0)
    if too_long:
        raise Refused(
            file_name,
            line=1,
            found=f"a name of {len(header[too_long - 1]):,} characters in the header (column {too_long})",
            expected=f"names of at most {LONGEST_NAME:,} characters",
            remedy="look at the first line: a quote that closes later makes all between one name",
        )
    refuse_repeated(header, file_name)
    return Head(header, delimiter, '"' in text)


def refuse_repeated(header: tuple[str, ...], file_name: str) -> None:
    """Refuse a header in which a name stands more than once, without regard to case.

    Places are told, and only names that a source has: where a file has no header the others are values of a record.
    """
    places: dict[str, list[int]] = {}
    for place, name in enumerate(header, 1):
        if name.strip():
            places.setdefault(name.strip().lower(), []).append(place)
    twice = [own for own in places.values() if len(own) > 1]
    if not twice:
        return
    if unread := refusal_of_unread(header, file_name):
        raise unread
    told = "; ".join(
        ", ".join(map(str, own[:_SHOWN_PLACES])) + _known(header[own[0] - 1]) for own in twice[:_SHOWN_PLACES]
    )
    raise Refused(
        file_name,
        line=1,
        found=f"a name that stands more than once in the header (columns {told})",
        expected="each column once",
        remedy="remove or rename the repeated column, or put the header above the records if it is missing",
    )


def _known(name: str) -> str:
    from pipelines.sources import all_sources
    from pipelines.sources.base import snake_case

    is_known = any(column.name == snake_case(name) for source in all_sources().values() for column in source.columns)
    return f": {name.strip()}" if is_known else ""


def _names(text: str, delimiter: str) -> list[str]:
    """The names of a header between delimiters; none where quotes or line ends in it are against the rule."""
    csv.field_size_limit(LONGEST_FIELD)
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return []


def _refuse_header(file_name: str, text: str) -> Refused:
    if "\r" in text:
        return stray_return(file_name, 1 + text[: text.index("\r")].count("\n"))
    return Refused(
        file_name,
        line=1,
        found="a header whose quotes do not enclose whole names" if text else "a first line without any name",
        expected='names between commas, semicolons, tabs or bars; in quotes as a whole, quotes inside doubled ("")',
        remedy="look at the first line in a text editor, mend it, or export the file again",
    )
