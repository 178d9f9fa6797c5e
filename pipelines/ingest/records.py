"""An independent count of a CSV file's records: where each starts, without the loader that reads them.

The loader is DuckDB; this counts with NumPy over the bytes, by the rule that a line break ends a record when
the quotes before it are balanced (RFC 4180). If the two disagree, the file is not loaded as it seems.
The header is read by itself before that, because it tells the format, and some formats know no quotes.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipelines.errors import Refused
from pipelines.sources.unread_exports import refusal_of_unread

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from pipelines.sources.base import TextForm

_CHUNK = 16 << 20
_HEAD = 64 << 10
_QUOTE, _LINE_FEED, _RETURN, _COMMENT = 0x22, 0x0A, 0x0D, 0x23
_BOM = b"\xef\xbb\xbf"


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


@dataclass(frozen=True)
class RecordScan:
    """Where the records of a CSV file are.

    Attributes:
        header: names in the header record, as they stand there.
        delimiter: the character between fields.
        line_numbers: physical line on which each data record starts (1-based), blank lines left out.
        offsets: byte on which each data record starts, and one more: the end of the last.
        is_blank: which of these records hold nothing but delimiters.
        byte_count: bytes of the text; equals the file's size.
        accounted_byte_count: bytes that comments, header, records and empty lines cover together.
        skipped_lines: physical lines above the header: comments that begin with ``#``, and empty ones.
        has_quotes: a quote encloses fields; otherwise it is an ordinary character.
        field_counts: fewest and most fields of a record; the loader does not mind empty ones beyond the header.
        has_stray_returns: a carriage return stands elsewhere than before a line feed; told where there are no quotes.
        ends: in a document, where something stands between records, the byte behind each.
    """

    header: tuple[str, ...]
    delimiter: str
    line_numbers: NDArray[np.int64]
    offsets: NDArray[np.int64]
    is_blank: NDArray[np.bool_]
    byte_count: int
    accounted_byte_count: int
    skipped_lines: int = 0
    has_quotes: bool = True
    field_counts: tuple[int, int] | None = None
    has_stray_returns: bool = False
    ends: NDArray[np.int64] | None = None

    @property
    def record_ends(self) -> NDArray[np.int64]:
        """The byte behind each data record."""
        return self.offsets[1:] if self.ends is None else self.ends

    @property
    def record_count(self) -> int:
        """Data records that hold something: what must be loaded or quarantined."""
        return int((~self.is_blank).sum())

    @property
    def blank_count(self) -> int:
        """Records of delimiters only, such as separators between orders."""
        return int(self.is_blank.sum())


def read_head(path: Path, file_name: str) -> Head:
    """Read the header of a UTF-8 CSV file, and no more of the file than that takes.

    Raises:
        Refused: no header, a quote in it that never closes, or a name twice.
    """
    data = np.memmap(path, dtype=np.uint8, mode="r")
    length = _HEAD
    while True:
        part = data[:length]
        breaks, _, quote_count = _record_breaks(part)
        if length >= len(data) and not quote_count % 2 and (not len(breaks) or breaks[-1] != len(part) - 1):
            breaks = np.append(breaks, len(part) - 1)
        starts = np.concatenate(([0], breaks[:-1] + 1)) if len(breaks) else np.empty(0, dtype=np.int64)
        is_header = ~_is_empty_line(part, starts, breaks + 1 - starts) & (part[starts] != _COMMENT)
        if is_header.any():
            return _read_header(part, starts, breaks, int(np.argmax(is_header)), file_name)
        if length >= len(data):
            raise (
                unclosed_quote(path, file_name)
                if quote_count % 2
                else _refuse_shape(file_name, "nothing but line breaks")
            )
        length *= 16


def scan_records(path: Path, file_name: str, has_quotes: bool = True) -> RecordScan:
    """Find the records of a UTF-8 CSV file.

    Args:
        path: the file.
        file_name: its name, for messages.
        has_quotes: False where a quote is an ordinary character, so that every line break ends a record.

    Raises:
        Refused: no header, no record, a quote that never closes, or a name twice in the header.
    """
    data = np.memmap(path, dtype=np.uint8, mode="r")
    breaks, lines_before, quote_count = _record_breaks(data, has_quotes)
    if quote_count % 2:
        raise unclosed_quote(path, file_name)
    if len(data) and (not len(breaks) or breaks[-1] != len(data) - 1):
        breaks = np.append(breaks, len(data) - 1)
        lines_before = np.append(lines_before, lines_before[-1] if len(lines_before) else 0)
    starts = np.concatenate(([0], breaks[:-1] + 1))
    first_lines = np.concatenate(([1], lines_before[:-1] + 1))
    lengths = breaks + 1 - starts
    has_text = ~_is_empty_line(data, starts, lengths)
    if not has_text.any():
        raise _refuse_shape(file_name, "nothing but line breaks")
    header_index = int(np.argmax(has_text & (data[starts] != _COMMENT)))
    head = _read_header(data, starts, breaks, header_index, file_name)
    has_text[: header_index + 1] = False
    chosen = np.flatnonzero(has_text)
    if not len(chosen):
        raise _refuse_shape(file_name, "a header and no record")
    offsets = np.append(starts[chosen], breaks[chosen[-1]] + 1).astype(np.int64)
    fillers = f"{head.delimiter} \r\n\t" + ('"' if has_quotes else "")
    blank = _blank(data, starts[chosen], lengths[chosen], len(head.names), fillers.encode())
    return RecordScan(
        head.names,
        head.delimiter,
        first_lines[chosen].astype(np.int64),
        offsets,
        blank,
        len(data),
        int(lengths.sum()),
        int(first_lines[header_index]) - 1,
        has_quotes,
        _field_counts(data, offsets, head.delimiter, has_quotes),
        not has_quotes and _has_stray_returns(data),
    )


def _refuse_shape(file_name: str, found: str) -> Refused:
    return Refused(file_name, found=found, expected="a header line and at least one record", remedy="export it again")


def _record_breaks(
    data: NDArray[np.uint8], has_quotes: bool = True
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Offsets of the line feeds that end records, physical lines up to each, and the number of enclosing quotes."""
    breaks, lines = [], []
    quotes = line_count = 0
    for start in range(0, len(data), _CHUNK):
        chunk = np.asarray(data[start : start + _CHUNK])
        quote_at = np.flatnonzero(chunk == _QUOTE) if has_quotes else np.empty(0, dtype=np.int64)
        feed_at = np.flatnonzero(chunk == _LINE_FEED)
        is_outside = ((np.searchsorted(quote_at, feed_at) + quotes) & 1) == 0
        breaks.append(feed_at[is_outside] + start)
        lines.append(np.flatnonzero(is_outside) + 1 + line_count)
        quotes += len(quote_at)
        line_count += len(feed_at)
    empty = np.empty(0, dtype=np.int64)
    return np.concatenate([empty, *breaks]), np.concatenate([empty, *lines]), quotes


def _is_empty_line(data: NDArray[np.uint8], starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Lines with no character before their line break; the loader skips these."""
    first = data[starts]
    return (first == _LINE_FEED) | ((first == _RETURN) & (lengths <= 2))


def _read_header(
    data: NDArray[np.uint8],
    starts: NDArray[np.int64],
    breaks: NDArray[np.int64],
    index: int,
    file_name: str,
) -> Head:
    text = bytes(data[starts[index] : breaks[index] + 1]).removeprefix(_BOM).decode("utf-8").strip("\r\n")
    parsed = {delimiter: next(csv.reader([text], delimiter=delimiter)) for delimiter in (",", ";", "\t", "|")}
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
    folded = [name.lower() for name in header]
    twice = sorted({name for name in header if name and folded.count(name.lower()) > 1})
    if twice:
        if unread := refusal_of_unread(header, file_name):
            raise unread
        raise Refused(
            file_name,
            line=1,
            column=twice[0],
            found=f"a name that stands more than once in the header ({', '.join(twice)})",
            expected="each column once",
            remedy="remove or rename the repeated column",
        )
    return Head(header, delimiter, '"' in text)


def _field_counts(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], delimiter: str, has_quotes: bool
) -> tuple[int, int]:
    """Fewest and most fields of a record: the delimiters outside quotes, and one."""
    before = np.empty(len(offsets), dtype=np.int64)
    total = filled = 0
    is_open = False
    for start in range(0, len(data), _CHUNK):
        chunk = np.asarray(data[start : start + _CHUNK])
        delimiter_at = np.flatnonzero(chunk == ord(delimiter))
        quote_at = np.flatnonzero(chunk == _QUOTE) if has_quotes else np.empty(0, dtype=np.int64)
        # What is open where the chunk begins or ends is closed there, so that quotes stand in pairs.
        quote_at = np.concatenate((np.zeros(int(is_open), dtype=np.int64), quote_at))
        is_open = bool(len(quote_at) % 2)
        quote_at = np.append(quote_at, len(chunk)) if is_open else quote_at
        closed_at = quote_at[1::2]
        inside = np.searchsorted(delimiter_at, closed_at) - np.searchsorted(delimiter_at, quote_at[0::2])
        inside_before = np.concatenate(([0], np.cumsum(inside)))
        end = int(np.searchsorted(offsets, start + len(chunk)))
        here = offsets[filled:end] - start
        before[filled:end] = (
            total + np.searchsorted(delimiter_at, here) - inside_before[np.searchsorted(closed_at, here)]
        )
        total, filled = total + len(delimiter_at) - int(inside_before[-1]), end
    before[filled:] = total
    counts = np.diff(before) + 1
    return int(counts.min()), int(counts.max())


def _has_stray_returns(data: NDArray[np.uint8]) -> bool:
    for start in range(0, len(data), _CHUNK):
        chunk = np.asarray(data[start : start + _CHUNK + 1])
        returns = np.flatnonzero(chunk[:_CHUNK] == _RETURN) + 1
        if (np.append(chunk, 0)[returns] != _LINE_FEED).any():
            return True
    return False


def _blank(
    data: NDArray[np.uint8],
    starts: NDArray[np.int64],
    lengths: NDArray[np.int64],
    width: int,
    fillers: bytes,
) -> NDArray[np.bool_]:
    """Which records hold only delimiters, enclosing quotes and blanks; only short ones are looked at."""
    blank = np.zeros(len(starts), dtype=bool)
    for index in np.flatnonzero(lengths <= 3 * width + 2):
        record = bytes(data[starts[index] : starts[index] + lengths[index]])
        blank[index] = not record.strip(fillers)
    return blank


def unclosed_quote(path: Path, file_name: str) -> Refused:
    """The refusal that names the line on which the quote opened that never closes.

    An opening quote follows a delimiter or a line break, a closing one precedes one. The first that does
    neither shows that the pairing is out of step: the quote before it was never closed.
    """
    data = np.asarray(np.memmap(path, dtype=np.uint8, mode="r"))
    at = np.flatnonzero(data == _QUOTE)
    after = np.append(data, _LINE_FEED)[at + 1]
    before = np.concatenate(([_LINE_FEED], data))[at]
    borders = np.frombuffer(b',;\t|\r\n"\xbf', dtype=np.uint8)
    opens_badly = ~np.isin(before[0::2], borders)
    closes_badly = ~np.isin(after[1::2], borders)
    first_open = int(np.argmax(opens_badly)) if opens_badly.any() else len(at)
    first_close = int(np.argmax(closes_badly)) if closes_badly.any() else len(at)
    if first_close < first_open:
        opened = 2 * first_close
    elif first_open < len(at):
        # A quote inside an unquoted field opens nothing by itself: it is the one to mend.
        opened = 2 * first_open
    else:
        opened = (len(at) - 1) // 2 * 2
    line = int((data[: at[opened]] == _LINE_FEED).sum()) + 1
    return Refused(
        file_name,
        line=line,
        found="a quote that opens on this line and never closes",
        expected='a closing quote, quotes inside a field doubled ("")',
        remedy=f"look at the line (sed -n '{line}p'), mend or remove the quote, and load the file again",
    )
