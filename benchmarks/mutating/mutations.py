"""Ways to spoil a file: bytes, lines, fields, quotes, delimiters, encodings, values, documents; all by one generator.

Each takes the bytes and the generator and returns bytes; what cannot be done on some bytes returns them as they were.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zipfile
from typing import TYPE_CHECKING

from benchmarks.mutating.oddities import FOREIGN, JSON_PIECES, ODD_VALUES

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random


def _place(data: bytes, random: Random) -> int:
    return random.randrange(len(data) + 1)


def _spliced(data: bytes, start: int, end: int, piece: bytes) -> bytes:
    return data[:start] + piece + data[end:]


def flip_bits(data: bytes, random: Random) -> bytes:
    """A few single bits turned."""
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 5, 40))):
        if changed:
            changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def put_bytes(data: bytes, random: Random) -> bytes:
    """Random bytes put in or over others."""
    at, piece = _place(data, random), random.randbytes(random.choice((1, 2, 7, 60)))
    return _spliced(data, at, at + random.choice((0, len(piece))), piece)


def put_foreign(data: bytes, random: Random) -> bytes:
    """Pieces of other encodings."""
    for _ in range(random.choice((1, 1, 3))):
        at = _place(data, random)
        data = _spliced(data, at, at, random.choice(FOREIGN))
    return data


def cut_range(data: bytes, random: Random) -> bytes:
    """A range left out."""
    start = _place(data, random)
    return _spliced(data, start, start + random.choice((1, 3, 50, 2000)), b"")


def cut_short(data: bytes, random: Random) -> bytes:
    """The end left out, mostly in the middle of a record."""
    return data[: _place(data, random)]


def double_range(data: bytes, random: Random) -> bytes:
    """A range written twice."""
    start = _place(data, random)
    piece = data[start : start + random.choice((1, 10, 300, 5000))]
    return _spliced(data, start, start, piece)


def swap_ranges(data: bytes, random: Random) -> bytes:
    """Two neighbouring ranges in the other order."""
    first, middle, last = sorted(_place(data, random) for _ in range(3))
    return data[:first] + data[middle:last] + data[first:middle] + data[last:]


def _lines(data: bytes) -> list[bytes]:
    return data.splitlines(keepends=True) if b"\x00" not in data else data.split(b"\n")


def double_lines(data: bytes, random: Random) -> bytes:
    """Some lines written twice."""
    return b"".join(line * (1 + (random.random() < 0.05)) for line in _lines(data))


def drop_lines(data: bytes, random: Random) -> bytes:
    """Some lines left out."""
    return b"".join(line for line in _lines(data) if random.random() > 0.05)


def shuffle_lines(data: bytes, random: Random) -> bytes:
    """The lines below the first in any order."""
    head, *rest = _lines(data) or [b""]
    random.shuffle(rest)
    return b"".join([head, *rest])


def put_empty_lines(data: bytes, random: Random) -> bytes:
    """Empty lines, lines of blanks and of delimiters between others."""
    empty = (b"\n", b"\r\n", b"   \n", b",,,,\n", b'""\n', b"\t\n", b"\r\n\r\n", b"#\n", b"# a comment\n", b'"",""\n')
    return b"".join(line + (random.choice(empty) if random.random() < 0.05 else b"") for line in _lines(data))


def join_lines(data: bytes, random: Random) -> bytes:
    """Some line ends left out."""
    return b"".join(line.rstrip(b"\r\n") if random.random() < 0.02 else line for line in _lines(data))


def break_lines(data: bytes, random: Random) -> bytes:
    """Line ends put where none belong."""
    for _ in range(random.choice((1, 3, 10))):
        at = _place(data, random)
        data = _spliced(data, at, at, random.choice((b"\n", b"\r", b"\r\n", b"\n\r")))
    return data


def change_line_ends(data: bytes, random: Random) -> bytes:
    """All, or some, line ends changed to LF, CRLF or CR."""
    ends = random.choice(((b"\r",), (b"\r\n",), (b"\n",), (b"\n", b"\r\n"), (b"\n", b"\r", b"\r\n"), (b"\r\r\n",)))
    return b"".join(
        line.rstrip(b"\r\n") + (random.choice(ends) if line[-1:] in b"\r\n" else b"") for line in data.splitlines(True)
    )


def spoil_header(data: bytes, random: Random) -> bytes:
    """The header left out, repeated, alone, or with a name doubled, emptied, renamed or in other letters."""
    head, *rest = _lines(data) or [b""]
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


def change_delimiter(data: bytes, random: Random) -> bytes:
    """One delimiter for another, in the whole file or in some lines."""
    old = max((b",", b"\t", b";", b"|"), key=(data.splitlines() or [b""])[0].count)
    new, share = random.choice((b",", b";", b"\t", b"|", b":", b"\x1f")), random.choice((1.0, 0.05))
    return b"".join(line.replace(old, new) if random.random() < share else line for line in _lines(data))


def put_quotes(data: bytes, random: Random) -> bytes:
    """Quotes put in: one, two, behind a delimiter, at a line's end, escaped by a backslash, typographic."""
    piece = random.choice((b'"', b'"', b'""', b'"x', b'\\"', b"'", "“".encode(), b'",', b',"', b'"\n', b'\n"', b'"""'))
    for _ in range(random.choice((1, 1, 2, 8))):
        at = _place(data, random)
        data = _spliced(data, at, at, piece)
    return data


def drop_quotes(data: bytes, random: Random) -> bytes:
    """One quote, or every one, left out."""
    at = [found.start() for found in re.finditer(b'"', data)]
    if not at:
        return data
    if random.random() < 0.2:
        return data.replace(b'"', b"")
    one = random.choice(at)
    return _spliced(data, one, one + 1, b"")


def put_huge_cell(data: bytes, random: Random) -> bytes:
    """A cell of some hundred thousand characters, rarely of five million."""
    size = random.choice((70_000, 140_000, 300_000, 300_000, 2_200_000, 5_000_000))
    at = _place(data, random)
    return _spliced(data, at, at, random.choice((b"x", b"a ", b'""', b"1", "漢".encode())) * (size // 2))


def _table(data: bytes) -> tuple[list[list[str]], str] | None:
    try:
        text = data.decode("utf-8")
        sign = max((",", "\t", ";", "|"), key=text.partition("\n")[0].count)
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True))
    except (UnicodeDecodeError, csv.Error):
        return None
    return (rows, sign) if len(rows) > 1 else None


def _written(rows: list[list[str]], sign: str, random: Random) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(
        out,
        delimiter=sign,
        lineterminator=random.choice(("\n", "\r\n")),
        quoting=random.choice((csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL)),
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
    return _written(rows, sign, random)


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
    return _written(rows, sign, random)


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
    return _written(rows, sign, random)


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
    return _written(rows, sign, random)


def change_encoding(data: bytes, random: Random) -> bytes:
    """The whole file in another encoding, or read in one and written in another."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return data
    codec = random.choice(
        ("utf-16", "utf-16-le", "utf-8-sig", "cp1252", "big5", "latin-1", "utf-32", "utf-7", "cp932", "cp037", "mixed")
    )
    if codec != "mixed":
        return text.encode(codec, "replace")
    half = len(text) // 2
    return text[:half].encode() + text[half:].encode(random.choice(("utf-16-le", "cp1252", "big5")), "replace")


def pack(data: bytes, random: Random) -> bytes:
    """Packed by gzip or zip, sometimes with a few bits turned or cut short."""
    if random.random() < 0.5:
        packed = gzip.compress(data, 1, mtime=0)
    else:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", random.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED))) as archive:
            archive.writestr(zipfile.ZipInfo("export.csv"), data)
        packed = stream.getvalue()
    return random.choice((lambda d, _: d, flip_bits, cut_short, cut_range))(packed, random)


def spoil_json(data: bytes, random: Random) -> bytes:
    """What JSON allows and few expect, and what it does not allow."""
    values = list(re.finditer(rb'(?<=[:\[,])\s*("[^"\\]*"|-?\d+(?:\.\d+)?|true|false|null)', data))
    for _ in range(random.choice((1, 1, 3))):
        if not values:
            return data + random.choice(JSON_PIECES)
        found = random.choice(values)
        data = _spliced(data, found.start(1), found.end(1), random.choice(JSON_PIECES))
        values = [value for value in values if value.end() < found.start()]
    return data


def spoil_keys(data: bytes, random: Random) -> bytes:
    """A key renamed, emptied, written by an escape, or made another's."""
    keys = list(re.finditer(rb'"(\w+)"(?=\s*:)', data)) or list(re.finditer(rb"(?m)^(\w+)(?=\s*=)", data))
    if not keys:
        return data
    found = random.choice(keys)
    new = random.choice(
        (
            b"",
            b"other",
            b"name",
            b"__proto__",
            b"a.b",
            b"\\u0061",
            random.choice(keys)[1],
            b"x" * 1000,
            found[1].upper(),
        )
    )
    return _spliced(data, found.start(1), found.end(1), new)


_BYTES = (flip_bits, put_bytes, put_foreign, cut_range, cut_short, double_range, swap_ranges, change_encoding, pack)
_LINES = (double_lines, drop_lines, shuffle_lines, put_empty_lines, join_lines, break_lines, change_line_ends)
_FIELDS = (
    spoil_header,
    change_delimiter,
    put_quotes,
    drop_quotes,
    put_odd_values,
    spoil_column,
    permute_columns,
    change_fields,
)

MUTATIONS: dict[str, tuple[Callable[[bytes, Random], bytes], ...]] = {
    "table": (*_BYTES, *_LINES, *_FIELDS, *_FIELDS, put_odd_values),
    "json": (*_BYTES, *_LINES, *((spoil_json, spoil_keys) * 4), put_quotes),
    "lines": (*_BYTES, *_LINES, *((spoil_json, spoil_keys) * 4), put_quotes),
    "toml": (*_BYTES, *_LINES, *((spoil_keys, spoil_json) * 3), put_quotes),
    "parquet": (flip_bits, put_bytes, cut_range, cut_short, double_range, swap_ranges, pack),
}
_RARE = (put_huge_cell,)


def mutated(data: bytes, kind: str, random: Random) -> tuple[bytes, list[str]]:
    """A file with no, one or several ways of spoiling on top of each other, and their names."""
    ways = [random.choice(MUTATIONS[kind]) for _ in range(random.choice((0, 1, 1, 1, 1, 2, 2, 3, 5)))]
    if random.random() < 0.01:
        ways.append(random.choice(_RARE))
    # Packing comes last: what stands in a packed file is spoiled before.
    ways.sort(key=lambda way: way is pack)
    for way in ways:
        data = way(data, random)
    return data, [getattr(way, "__name__", "") for way in ways]
