"""Ways to spoil a table field by field: its header, values, columns, and numbers of fields.

What is not meant to change keeps its line ends and quotes as far as the file has them alike.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from benchmarks.mutating.oddities import ODD_VALUES
from benchmarks.mutating.texts import lines_of

if TYPE_CHECKING:
    from random import Random


def spoil_header(data: bytes, random: Random) -> bytes:
    """The header left out, repeated, alone, or with a name doubled, emptied, renamed or in other letters."""
    head, *rest = lines_of(data) or [b""]
    sign = next((sign for sign in (b"\t", b";", b"|") if sign in head), b",")
    names = head.rstrip(b"\r\n").split(sign)
    at = random.randrange(len(names))
    way = random.randrange(9)
    if way == 0:
        return b"".join(rest)
    if way == 1:
        return head
    if way == 2:
        rest.insert(random.randrange(len(rest) + 1), head)
        return b"".join([head, *rest])
    if way == 3:
        return b"".join([b"Exported on 2026-11-01\n\n", head, *rest])
    names[at] = (names[at - 1], b"", names[at].upper() + b" ", b" " + names[at][::-1], b"x" * 70_000)[way - 4]
    return b"".join([sign.join(names), b"\n", *rest])


def _table(data: bytes) -> tuple[list[list[str]], str] | None:
    try:
        text = data.decode("utf-8")
        sign = max((",", "\t", ";", "|"), key=text.partition("\n")[0].count)
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True))
    except (UnicodeDecodeError, csv.Error):
        return None
    return (rows, sign) if len(rows) > 1 else None


def _written(rows: list[list[str]], sign: str, data: bytes) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(
        out,
        delimiter=sign,
        lineterminator="\r\n" if b"\r\n" in data else "\n",
        quoting=csv.QUOTE_ALL if data.startswith(b'"') else csv.QUOTE_MINIMAL,
    ).writerows(rows)
    return out.getvalue().encode("utf-8", "surrogatepass")


def put_odd_values(data: bytes, random: Random) -> bytes:
    """Cells with numbers, dates, signs and words that a careless reader breaks on."""
    table = _table(data)
    if not table:
        return data
    rows, sign = table
    for _ in range(max(3, len(rows) // 10)):
        row = random.choice(rows[1:])
        if row:
            row[random.randrange(len(row))] = random.choice(ODD_VALUES)
    return _written(rows, sign, data)


def spoil_column(data: bytes, random: Random) -> bytes:
    """One odd value, or none, in every cell of a column."""
    table = _table(data)
    if not table or not table[0][0]:
        return data
    rows, sign = table
    at, value = random.randrange(len(rows[0])), random.choice(("", *ODD_VALUES))
    for row in rows[1:]:
        if at < len(row):
            row[at] = value
    return _written(rows, sign, data)


def permute_columns(data: bytes, random: Random) -> bytes:
    """The columns in another order; sometimes the header stays as it was, so that names and cells are at odds."""
    table = _table(data)
    if not table:
        return data
    rows, sign = table
    order = list(range(len(rows[0])))
    random.shuffle(order)
    first = 1 if random.random() < 0.3 else 0
    rows[first:] = [[row[i] for i in order if i < len(row)] for row in rows[first:]]
    return _written(rows, sign, data)


def change_fields(data: bytes, random: Random) -> bytes:
    """Fields doubled, left out, or empty ones behind the last."""
    table = _table(data)
    if not table:
        return data
    rows, sign = table
    for row in rows[random.choice((0, 1, 1)) :]:
        if row and random.random() < 0.05:
            at = random.randrange(len(row))
            row[at : at + 1] = random.choice(([row[at]] * 2, [], [row[at], ""], [*row[at:], "", ""]))
    return _written(rows, sign, data)


REWRITING = (put_odd_values, spoil_column, permute_columns, change_fields)
"""Write the whole table anew, so that quotes and line ends of other lines may change."""
FIELDS = (spoil_header, *REWRITING)
