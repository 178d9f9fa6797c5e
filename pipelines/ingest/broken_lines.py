"""Quotes and carriage returns by which no two readers cut a file into the same records: looked for, and refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipelines.errors import Refused

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_CHUNK = 16 << 20
_SMALL_CHUNK = 1 << 20
_QUOTE, _LINE_FEED, _RETURN = 0x22, 0x0A, 0x0D


def stray_return(file_name: str, line: int) -> Refused:
    """The refusal of a carriage return that stands in a line: whether the record ends there cannot be known."""
    return Refused(
        file_name,
        line=line,
        found="a carriage return inside a line: the end of a record, or part of a text without quotes",
        expected="every line ended by a line feed (LF or CRLF), texts with line breaks in quotes",
        remedy="save the file with LF or CRLF line ends (a text editor or spreadsheet does), or export it again",
    )


def return_count(data: NDArray[np.uint8]) -> int:
    """Carriage returns in a file."""
    pieces = (np.asarray(data[start : start + _SMALL_CHUNK]) for start in range(0, len(data), _SMALL_CHUNK))
    return sum(int(np.count_nonzero(piece == _RETURN)) for piece in pieces)


def ended_by_return(data: NDArray[np.uint8], breaks: NDArray[np.int64]) -> int:
    """Records that end in CRLF: where there are no more carriage returns than these, none stands elsewhere."""
    return int(np.count_nonzero(data[np.maximum(breaks - 1, 0)] == _RETURN))


def stray_returns(data: NDArray[np.uint8], has_quotes: bool) -> tuple[int, bool]:
    """Where a carriage return outside quotes ends no line, or -1, and whether several end one together before it."""
    quotes, is_doubled = 0, False
    for start in range(0, len(data), _CHUNK):
        chunk = np.asarray(data[start : start + _CHUNK])
        returns = np.flatnonzero(chunk == _RETURN)
        behind = np.append(chunk, data[start + _CHUNK : start + _CHUNK + 1])
        behind = np.append(behind, _LINE_FEED) if len(behind) == len(chunk) else behind
        returns = returns[behind[returns + 1] != _LINE_FEED]
        if has_quotes:
            if len(returns):
                quote_at = np.flatnonzero(chunk == _QUOTE)
                returns = returns[(np.searchsorted(quote_at, returns) + quotes) % 2 == 0]
            quotes += int(np.count_nonzero(chunk == _QUOTE))
        is_double = behind[returns + 1] == _RETURN
        is_doubled |= bool(is_double.any())
        if not is_double.all():
            return start + int(returns[np.argmin(is_double)]), is_doubled
    return -1, is_doubled


def unclosed_quote(path: Path, file_name: str) -> Refused:
    """The refusal that names the line on which the quote stands that is out of step.

    An opening quote follows a delimiter or a line break, a closing one precedes one. The first that does
    neither shows that the pairing is out of step: the quote before it was never closed, or it stands inside a field.
    """
    data = np.memmap(path, dtype=np.uint8, mode="r")
    count, at = _out_of_step(data)
    line = line_of(data, at)
    return Refused(
        file_name,
        line=line,
        found="a quote that opens on this line and never closes"
        if count % 2
        else "a quote on this line that stands inside a field, or with text behind it",
        expected='fields in quotes as a whole, with a closing quote, quotes inside a field doubled ("")',
        remedy=f"look at the line (sed -n '{line}p'), mend or remove the quote, and load the file again",
    )


def _out_of_step(data: NDArray[np.uint8]) -> tuple[int, int]:
    """The number of quotes, and the place of the one that is most likely at fault."""
    borders = np.frombuffer(b',;\t|\r\n"\xbf', dtype=np.uint8)
    count, last_open, found = 0, 0, -1
    for start in range(0, len(data), _CHUNK):
        at = np.flatnonzero(np.asarray(data[start : start + _CHUNK]) == _QUOTE) + start
        is_open = (np.arange(len(at)) + count) % 2 == 0
        before = np.where(at > 0, data[np.maximum(at - 1, 0)], _LINE_FEED)
        after = np.where(at + 1 < len(data), data[np.minimum(at + 1, len(data) - 1)], _LINE_FEED)
        is_bad = ~np.isin(np.where(is_open, before, after), borders)
        if found < 0 and is_bad.any():
            worst = int(np.argmax(is_bad))
            # A quote inside an unquoted field opens nothing by itself: it is the one to mend.
            opened = at[: worst + 1][is_open[: worst + 1]]
            found = int(opened[-1]) if len(opened) else last_open
        last_open = int(at[is_open][-1]) if is_open.any() else last_open
        count += len(at)
    return count, found if found >= 0 else last_open


def line_of(data: NDArray[np.uint8], position: int) -> int:
    """The physical line on which a byte stands."""
    pieces = (np.asarray(data[start : min(start + _CHUNK, position)]) for start in range(0, position, _CHUNK))
    return 1 + sum(int(np.count_nonzero(piece == _LINE_FEED)) for piece in pieces)
