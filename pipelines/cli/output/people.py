"""Aligned text for people, whatever script it is in; safe to print on a terminal.

Text that comes from a merchant's file passes ``printable`` before it is shown: control characters could move the
cursor or hide what follows.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CELL_WIDTH = 60
_NUMERIC = (int, float)


def printable(text: str) -> str:
    """The text without control and direction characters; line breaks become blanks."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        " " if sign in "\r\n\t" else "" if unicodedata.category(sign) in ("Cc", "Cf", "Cs") else sign for sign in text
    )


def width(text: str) -> int:
    """Columns that a text takes on a terminal: wide East Asian signs take two."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in text)
    return len(text) + wide - sum(unicodedata.combining(sign) > 0 for sign in text)


def shortened(text: str, limit: int = CELL_WIDTH) -> str:
    """The text cut to so many columns, with a sign that it was cut."""
    if width(text) <= limit:
        return text
    kept, taken = [], 1
    for sign in text:
        taken += width(sign)
        if taken > limit:
            break
        kept.append(sign)
    return "".join(kept) + "…"


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Lines of an aligned table; numbers stand to the right, an empty value is an empty cell."""
    rows = [list(row) for row in rows]
    is_number = [
        any(row[place] is not None for row in rows)
        and all(row[place] is None or _is_number(row[place]) for row in rows)
        for place in range(len(header))
    ]
    texts = [[shortened(printable(_shown(value))) for value in row] for row in rows]
    names = [shortened(printable(name)) for name in header]
    lines = [names, *texts]
    widths = [max(width(line[place]) for line in lines) for place in range(len(header))]

    def aligned(line: list[str]) -> str:
        cells = (
            " " * (widths[place] - width(cell)) + cell
            if is_number[place]
            else cell + " " * (widths[place] - width(cell))
            for place, cell in enumerate(line)
        )
        return "  ".join(cells).rstrip()

    return [aligned(lines[0]), "  ".join("-" * size for size in widths), *(aligned(line) for line in texts)]


def _is_number(value: object) -> bool:
    from decimal import Decimal

    return isinstance(value, (*_NUMERIC, Decimal)) and not isinstance(value, bool)


def _shown(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def facts(pairs: Iterable[tuple[str, str]], indent: str = "  ") -> list[str]:
    """Lines ``name  text`` below each other; a text of several lines stays in its column."""
    pairs = [(name, text) for name, text in pairs if text]
    size = max((len(name) for name, _ in pairs), default=0)
    lines = []
    for name, text in pairs:
        first, *others = text.splitlines()
        lines.append(f"{indent}{name:<{size}}  {printable(first)}")
        lines += [f"{indent}{'':<{size}}  {printable(other)}" for other in others]
    return lines


def count(number: int, noun: str) -> str:
    """``1 file``, ``2,000 files``."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
