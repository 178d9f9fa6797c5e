"""An independent count of a CSV file's records: where each starts, without the loader that reads them.

The loader is DuckDB; this counts with NumPy over the bytes, by the rule that a line break ends a record when
the quotes before it are balanced (RFC 4180). If the two disagree, the file is not loaded as it seems.
The header is read by itself before that, because it tells the format, and some formats know no quotes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipelines.errors import Refused
from pipelines.ingest.broken_lines import (
    ended_by_return,
    line_of,
    return_count,
    stray_return,
    stray_returns,
    unclosed_quote,
)
from pipelines.ingest.header import Head, read_header

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_CHUNK = 16 << 20
_HEAD = 64 << 10
_FEW_LINES = 1000
_QUOTE, _LINE_FEED, _RETURN, _COMMENT = 0x22, 0x0A, 0x0D, 0x23
_BOM = b"\xef\xbb\xbf"


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
        has_stray_returns: a carriage return stands outside quotes and elsewhere than right before a line feed.
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
        is_header = ~_is_empty_line(part, starts, breaks + 1 - starts) & ~_is_comment(part, starts)
        if is_header.any():
            return _header_at(part, starts, breaks, int(np.argmax(is_header)), file_name)
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
    header_index = _header_index(data, starts, has_text)
    head = _header_at(data, starts, breaks, header_index, file_name)
    has_text[: header_index + 1] = False
    chosen = np.flatnonzero(has_text)
    if not len(chosen):
        raise _refuse_shape(file_name, "a header and no record")
    offsets = np.append(starts[chosen], breaks[chosen[-1]] + 1).astype(np.int64)
    stray, is_doubled = -1, False
    if return_count(data) != ended_by_return(data, breaks):
        stray, is_doubled = stray_returns(data, has_quotes)
    if has_quotes and stray >= 0:
        raise stray_return(file_name, line_of(data, stray))
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
        is_doubled or stray >= 0,
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


def _is_comment(data: NDArray[np.uint8], starts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Lines that begin with ``#``; a spreadsheet that saves them puts a mark before the first, and some in quotes."""
    after_mark = np.where((starts == 0) & data[:3].tobytes().startswith(_BOM), len(_BOM), 0)
    first = np.minimum(starts + after_mark, len(data) - 1)
    second = np.minimum(first + 1, len(data) - 1)
    return (data[first] == _COMMENT) | ((data[first] == _QUOTE) & (data[second] == _COMMENT))


def _header_at(
    data: NDArray[np.uint8], starts: NDArray[np.int64], breaks: NDArray[np.int64], index: int, file_name: str
) -> Head:
    return read_header(bytes(data[starts[index] : breaks[index] + 1]), file_name)


def _header_index(data: NDArray[np.uint8], starts: NDArray[np.int64], has_text: NDArray[np.bool_]) -> int:
    """The first line that holds something and is no comment; looked for where it mostly is before everywhere."""
    few = slice(0, _FEW_LINES)
    is_header = has_text[few] & ~_is_comment(data, starts[few])
    if not is_header.any():
        is_header = has_text & ~_is_comment(data, starts)
    return int(np.argmax(is_header))


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
