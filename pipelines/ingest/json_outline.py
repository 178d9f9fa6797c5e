"""The quick count of a JSON file of one object after the other (JSON Lines): where each starts and ends.

It counts with NumPy over the bytes and knows only quotes and brackets, nothing of the parser that reads the records.
What is not so simple, it leaves to ``json_scan``, which goes token by token and names what is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipelines.ingest.json_scan import DEEPEST

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CHUNK = 4 << 20
_BOM = b"\xef\xbb\xbf"
_BLANKS = b" \t\r\n"
_QUOTE, _BACKSLASH, _LINE_FEED = 0x22, 0x5C, 0x0A
_OPENING, _CLOSING = (0x7B, 0x5B), (0x7D, 0x5D)
_NUL = b"u0000"


@dataclass(frozen=True)
class Outline:
    """Where the values at the top of a JSON file are.

    Attributes:
        starts: first byte of each.
        ends: the byte behind each.
        lines: line on which each starts (1-based).
        byte_count: bytes of the file; the values and the blanks between them cover it.
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    lines: NDArray[np.int64]
    byte_count: int


def outline(data: bytes) -> Outline | None:
    """Find the objects of a file that holds nothing else; None where the file is not so, or something in it is odd.

    Args:
        data: the whole file, in UTF-8.
    """
    # A NUL in a text is refused with its place, which is not known here.
    if _NUL in data:
        return None
    first = len(_BOM) if data.startswith(_BOM) else 0
    starts, ends, lines = [], [], []
    depth, is_open, line = 0, False, 1
    position = first
    while position < len(data):
        end = _chunk_end(data, position)
        chunk = np.frombuffer(data, dtype=np.uint8, count=end - position, offset=position)
        quotes = _quotes(chunk)
        brackets = np.flatnonzero(_is_any(chunk, _OPENING + _CLOSING))
        is_within = (np.searchsorted(quotes, brackets) + is_open) & 1
        brackets = brackets[is_within == 0]
        is_opening = _is_any(chunk[brackets], _OPENING)
        depths = depth + np.cumsum(np.where(is_opening, 1, -1))
        if len(depths) and (depths.min() < 0 or depths.max() > DEEPEST):
            return None
        opened = brackets[is_opening & (depths == 1)]
        if (chunk[opened] != _OPENING[0]).any():
            return None
        feeds = np.flatnonzero(chunk == _LINE_FEED)
        starts.append(opened + position)
        ends.append(brackets[~is_opening & (depths == 0)] + position + 1)
        lines.append(np.searchsorted(feeds, opened) + line)
        depth = int(depths[-1]) if len(depths) else depth
        is_open ^= bool(len(quotes) & 1)
        line += len(feeds)
        position = end
    if depth or is_open or not starts:
        return None
    found = Outline(np.concatenate(starts), np.concatenate(ends), np.concatenate(lines), len(data))
    return found if _has_only_blanks_between(data, first, found) else None


def _chunk_end(data: bytes, start: int) -> int:
    """Where a chunk may end: not behind a backslash, which belongs to what follows it."""
    end = min(start + _CHUNK, len(data))
    while end < len(data) and data[end - 1] == _BACKSLASH:
        end += 1
    return end


def _is_any(chunk: NDArray[np.uint8], characters: tuple[int, ...]) -> NDArray[np.bool_]:
    found = chunk == characters[0]
    for character in characters[1:]:
        found |= chunk == character
    return found


def _quotes(chunk: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Places of the quotes that no backslash escapes: an even number of backslashes stands before them."""
    quotes = np.flatnonzero(chunk == _QUOTE)
    backslashes = np.flatnonzero(chunk == _BACKSLASH)
    if not len(backslashes):
        return quotes
    begins = np.concatenate(([True], np.diff(backslashes) != 1))
    run_starts = backslashes[begins]
    run_ends = np.append(backslashes[:-1][begins[1:]], backslashes[-1]) + 1
    is_odd = (run_ends - run_starts) & 1 == 1
    return np.setdiff1d(quotes, run_ends[is_odd], assume_unique=True)


def _has_only_blanks_between(data: bytes, first: int, found: Outline) -> bool:
    """Whether values and blanks cover the file."""
    if len(found.starts) != len(found.ends) or not len(found.starts):
        return False
    gap_starts = np.concatenate(([first], found.ends))
    gap_ends = np.append(found.starts, found.byte_count)
    bytes_of = np.frombuffer(data, dtype=np.uint8)
    lengths = gap_ends - gap_starts
    if (lengths < 0).any():
        return False
    one = gap_starts[lengths == 1]
    if not np.isin(bytes_of[one], np.frombuffer(_BLANKS, dtype=np.uint8)).all():
        return False
    longer = np.flatnonzero(lengths > 1)
    return all(not data[gap_starts[index] : gap_ends[index]].strip(_BLANKS) for index in longer)
