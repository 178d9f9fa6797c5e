"""Writing names and values into SQL where a parameter cannot stand: views, DDL, ``copy``, settings.

Values that can be bound are bound; these are for file ids, merchant ids and paths that Keeprate made itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def literal(text: str) -> str:
    """A text as a SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def literals(texts: Iterable[str]) -> str:
    """Texts as a list for ``in (...)``; an empty list matches nothing."""
    return ", ".join(literal(text) for text in texts) or "''"


def identifiers(names: Iterable[str]) -> str:
    """Names as quoted identifiers, joined by commas."""
    return ", ".join('"' + name.replace('"', '""') + '"' for name in names)
