"""What stands in a file, told without a line of the loader: unpacked, decoded, cut into records and fields by RFC 4180.

One regular expression reads field by field. Where the rule is broken (something stands behind a closing quote, a quote
never closes) the table is told to be broken: then only a refusal, or quarantine, is right.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
import zlib
from dataclasses import dataclass
from functools import cache

_BLANKS = " \t"
_SIGNS = (",", ";", "\t", "|")
_COMMENT = re.compile(r'#[^\n]*\n|"#(?:[^"]|"")*"[^\n]*\n|\r*\n')
"""A line above the header that begins with a number sign (a spreadsheet may put it in quotes), or an empty one."""


@dataclass(frozen=True)
class Record:
    """One record of a table.

    Attributes:
        line: physical line (from 1) on which it starts.
        start: its first character in the text.
        end: the character behind its line break.
        fields: as text, quotes taken off.
    """

    line: int
    start: int
    end: int
    fields: tuple[str, ...]

    @property
    def is_blank(self) -> bool:
        """Whether nothing but blanks stands in it."""
        return not any(field.strip(_BLANKS) for field in self.fields)


@dataclass(frozen=True)
class TableText:
    """A table as it was read here.

    Attributes:
        header: names in the first record that is no comment.
        records: what stands below, empty lines left out, blank records included.
        broken: what is against the rule and on which line, or empty.
    """

    header: tuple[str, ...]
    records: tuple[Record, ...]
    broken: str = ""

    @property
    def filled(self) -> list[Record]:
        """Records in which something stands."""
        return [record for record in self.records if not record.is_blank]


def text_of(data: bytes) -> str | None:
    """The text of a file, unpacked where it is packed; None where there is none in an encoding that is accepted.

    UTF-8, UTF-16 with a byte order mark, else Windows-1252; a mark at the beginning is no part of the text.
    """
    data = _unpacked(data)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        codecs = ("utf-16",)
    else:
        codecs = ("utf-8-sig",) if data.startswith(b"\xef\xbb\xbf") else ("utf-8", "cp1252")
    for codec in codecs:
        try:
            return data.decode(codec)
        except UnicodeDecodeError:
            continue
    return None


def unpacked(data: bytes) -> bytes | None:
    """What stands in a packed file, other bytes as they are; None where a packed one is damaged."""
    try:
        return _unpacked(data)
    except (
        OSError,
        EOFError,
        ValueError,
        StopIteration,
        zlib.error,
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
    ):
        return None


def _unpacked(data: bytes) -> bytes:
    if data[:2] == b"\x1f\x8b":
        return gzip.decompress(data)
    if data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return archive.read(next(name for name in archive.namelist() if not name.endswith("/")))
    return data


@cache
def _field(delimiter: str, has_quotes: bool) -> re.Pattern[str]:
    sign = re.escape(delimiter)
    plain = rf"(?P<plain>[^{sign}\n]*)(?P<sign>{sign}|\n|\Z)"
    quoted = rf'"(?P<quoted>(?:[^"]|"")*)"(?P<after>[^{sign}\r\n]*)(?P<close>{sign}|\r*\n|\r*\Z)|'
    return re.compile((quoted if has_quotes else "") + plain)


def read_table(text: str, has_quotes: bool = True) -> TableText:
    """Read a table.

    Args:
        text: without a byte order mark.
        has_quotes: False where a quote is an ordinary character.
    """
    position, line = 0, 1
    while found := _COMMENT.match(text, position):
        position, line = found.end(), line + found.group().count("\n")
    first = _record(text, position, line, _delimiter(text, position, has_quotes), has_quotes)
    delimiter = _delimiter(text, position, has_quotes)
    if isinstance(first, str):
        return TableText((), (), first)
    position, line = first.end, line + text.count("\n", first.start, first.end)
    records: list[Record] = []
    while position < len(text):
        found = _record(text, position, line, delimiter, has_quotes)
        if isinstance(found, str):
            return TableText(first.fields, tuple(records), found)
        if found.fields != ("",) or text[found.start] == '"':
            records.append(found)
        line += text.count("\n", found.start, found.end)
        position = found.end
    return TableText(first.fields, tuple(records))


def _delimiter(text: str, position: int, has_quotes: bool) -> str:
    """The sign that gives the header the most names; the first of the four on a tie."""
    counts = {}
    for sign in _SIGNS:
        found = _record(text, position, 1, sign, has_quotes)
        counts[sign] = 0 if isinstance(found, str) else len(found.fields)
    return max(_SIGNS, key=lambda sign: counts[sign])


def _record(text: str, position: int, line: int, delimiter: str, has_quotes: bool) -> Record | str:
    """The record that starts at a place, or what is broken there."""
    fields, start, match = [], position, _field(delimiter, has_quotes).match
    while True:
        found = match(text, position)
        if found is None:
            return f"unreadable at line {line}"
        position = found.end()
        if has_quotes and found["close"] is not None:
            if found["after"].strip("\r"):
                return f"text behind a closing quote in the record of line {line}"
            fields.append(found["quoted"].replace('""', '"'))
            sign = found["close"]
        else:
            if has_quotes and found["plain"].startswith('"'):
                return f"a quote that never closes in the record of line {line}"
            fields.append(found["plain"])
            sign = found["sign"]
        if sign != delimiter:
            if found["sign"] is not None:
                fields[-1] = fields[-1].rstrip("\r")
            return Record(line, start, position, tuple(fields))


def count_values(text: str) -> int | None:
    """Values at the top of a JSON text, one after the other; None where it is no JSON."""
    decoder, position, count = json.JSONDecoder(parse_int=str, parse_float=str), 0, 0
    text = text.strip(" \t\r\n")
    while position < len(text):
        try:
            _, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            return None
        while position < len(text) and text[position] in " \t\r\n":
            position += 1
        count += 1
    return count
