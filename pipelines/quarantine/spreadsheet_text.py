"""Text that a spreadsheet opens as text: it neither runs it nor rounds it, and reading it back gives the same.

A spreadsheet runs a cell that begins with ``=``, ``+``, ``-`` or ``@`` (also behind a tab or a return), and makes
``8812345678901234`` or ``12e4567`` a number of other digits. An apostrophe before it prevents both. Reading takes the
apostrophe away again where writing would have put one, so that ``'s-Hertogenbosch`` stays as it is.
"""

from __future__ import annotations

import re

GUARDED = r"'*(?:[=+\-@\t\r]|\d{12}|\d+[eE]\d)"
"""Regular expression, for Python and DuckDB alike, of how a cell begins that is written with an apostrophe."""

_GUARDED = re.compile(GUARDED)


def guarded(text: str) -> str:
    """The text as it is written into a cell."""
    return f"'{text}" if _GUARDED.match(text) else text


def unguarded(text: str) -> str:
    """The text that :func:`guarded` wrote into a cell, or a person typed there."""
    return text[1:] if text.startswith("'") and _GUARDED.match(text[1:]) else text


def unguarded_sql(expression: str) -> str:
    """SQL of :func:`unguarded`."""
    pattern = f"^'(?:{GUARDED})".replace("'", "''")
    return f"case when regexp_matches({expression}, '{pattern}') then substr({expression}, 2) else {expression} end"
