"""Ways to spoil any text: bits, ranges, lines, quotes, delimiters, encodings, packing.

Each takes the bytes and the generator and returns bytes; what cannot be done on some bytes returns them as they were.
Half of the files are spoiled at a few places, the others at places that grow in number with the file.
"""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from typing import TYPE_CHECKING

from benchmarks.mutating.oddities import FOREIGN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

_LINES_A_PLACE = 40
"""Of a file that is spoiled everywhere."""


def _place(data: bytes, random: Random) -> int:
    return random.randrange(len(data) + 1)


def times(data: bytes, random: Random, few: Sequence[int]) -> int:
    """At how many places a file is spoiled: a few, or as many times that as it has dozens of lines."""
    return random.choice(few) * (max(1, data.count(b"\n") // _LINES_A_PLACE) if random.random() < 0.5 else 1)


def put_at(data: bytes, random: Random, count: int, piece: Callable[[], bytes]) -> bytes:
    """Pieces put in at so many places."""
    return replaced(data, [(at, at, piece()) for at in sorted(_place(data, random) for _ in range(count))])


def replaced(data: bytes, pieces: Sequence[tuple[int, int, bytes]]) -> bytes:
    """Ranges (from, to, what stands there instead) replaced, in one go; they are in order, overlapping ones join."""
    out, last = [], 0
    for start, end, piece in pieces:
        out += (data[last:start], piece)
        last = max(last, end)
    return b"".join((*out, data[last:]))


def flip_bits(data: bytes, random: Random) -> bytes:
    """Single bits turned."""
    changed = bytearray(data)
    for _ in range(times(data, random, (1, 1, 2, 5, 40))):
        if changed:
            changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def put_bytes(data: bytes, random: Random) -> bytes:
    """Random bytes put in or over others."""
    size, is_over = random.choice((1, 2, 7, 60)), random.random() < 0.5
    places = sorted(_place(data, random) for _ in range(times(data, random, (1,))))
    return replaced(data, [(at, at + size * is_over, random.randbytes(size)) for at in places])


def put_foreign(data: bytes, random: Random) -> bytes:
    """Pieces of other encodings."""
    return put_at(data, random, times(data, random, (1, 1, 3)), lambda: random.choice(FOREIGN))


def cut_range(data: bytes, random: Random) -> bytes:
    """Ranges left out."""
    places = sorted(_place(data, random) for _ in range(times(data, random, (1,))))
    return replaced(data, [(at, at + random.choice((1, 3, 50, 2000)), b"") for at in places])


def cut_short(data: bytes, random: Random) -> bytes:
    """The end left out, mostly in the middle of a record."""
    return data[: _place(data, random)]


def double_range(data: bytes, random: Random) -> bytes:
    """Ranges written twice."""
    places = sorted(_place(data, random) for _ in range(times(data, random, (1,))))
    return replaced(data, [(at, at, data[at : at + random.choice((1, 10, 300, 5000))]) for at in places])


def swap_ranges(data: bytes, random: Random) -> bytes:
    """Two neighbouring ranges in the other order."""
    first, middle, last = sorted(_place(data, random) for _ in range(3))
    return data[:first] + data[middle:last] + data[first:middle] + data[last:]


def lines_of(data: bytes) -> list[bytes]:
    """Lines with their ends; only line feeds end one where bytes are no text."""
    return data.splitlines(keepends=True) if b"\x00" not in data else data.split(b"\n")


def double_lines(data: bytes, random: Random) -> bytes:
    """Some lines written twice."""
    return b"".join(line * (1 + (random.random() < 0.05)) for line in lines_of(data))


def drop_lines(data: bytes, random: Random) -> bytes:
    """Some lines left out."""
    return b"".join(line for line in lines_of(data) if random.random() > 0.05)


def shuffle_lines(data: bytes, random: Random) -> bytes:
    """The lines below the first in any order."""
    head, *rest = lines_of(data) or [b""]
    random.shuffle(rest)
    return b"".join([head, *rest])


def put_empty_lines(data: bytes, random: Random) -> bytes:
    """Empty lines, lines of blanks and of delimiters between others."""
    empty = (b"\n", b"\r\n", b"   \n", b",,,,\n", b'""\n', b"\t\n", b"\r\n\r\n", b"#\n", b"# a comment\n", b'"",""\n')
    return b"".join(line + (random.choice(empty) if random.random() < 0.05 else b"") for line in lines_of(data))


def join_lines(data: bytes, random: Random) -> bytes:
    """Some line ends left out."""
    return b"".join(line.rstrip(b"\r\n") if random.random() < 0.02 else line for line in lines_of(data))


def break_lines(data: bytes, random: Random) -> bytes:
    """Line ends put where none belong."""
    ends = (b"\n", b"\r", b"\r\n", b"\n\r")
    return put_at(data, random, times(data, random, (1, 3, 10)), lambda: random.choice(ends))


def change_line_ends(data: bytes, random: Random) -> bytes:
    """All, or some, line ends changed to LF, CRLF or CR."""
    ends = random.choice(((b"\r",), (b"\r\n",), (b"\n",), (b"\n", b"\r\n"), (b"\n", b"\r", b"\r\n"), (b"\r\r\n",)))
    return b"".join(
        line.rstrip(b"\r\n") + (random.choice(ends) if line[-1:] in b"\r\n" else b"") for line in data.splitlines(True)
    )


def put_quotes(data: bytes, random: Random) -> bytes:
    """Quotes put in: one, two, behind a delimiter, at a line's end, escaped by a backslash, typographic."""
    piece = random.choice((b'"', b'"', b'""', b'"x', b'\\"', b"'", "“".encode(), b'",', b',"', b'"\n', b'\n"', b'"""'))
    return put_at(data, random, times(data, random, (1, 1, 2, 8)), lambda: piece)


def drop_quotes(data: bytes, random: Random) -> bytes:
    """Some quotes, or every one, left out."""
    at = [found.start() for found in re.finditer(b'"', data)]
    if not at:
        return data
    if random.random() < 0.2:
        return data.replace(b'"', b"")
    some = sorted(random.sample(at, min(len(at), times(data, random, (1,)))))
    return replaced(data, [(one, one + 1, b"") for one in some])


def change_delimiter(data: bytes, random: Random) -> bytes:
    """One delimiter for another, in the whole file or in some lines."""
    old = max((b",", b"\t", b";", b"|"), key=(data.splitlines() or [b""])[0].count)
    new, share = random.choice((b",", b";", b"\t", b"|", b":", b"\x1f")), random.choice((1.0, 0.05))
    return b"".join(line.replace(old, new) if random.random() < share else line for line in lines_of(data))


def put_huge_cell(data: bytes, random: Random) -> bytes:
    """A cell of some hundred thousand characters, rarely of five million."""
    size = random.choice((70_000, 140_000, 300_000, 300_000, 2_200_000, 5_000_000))
    cell = random.choice((b"x", b"a ", b'""', b"1", "漢".encode())) * (size // 2)
    return put_at(data, random, 1, lambda: cell)


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


BYTES = (flip_bits, put_bytes, put_foreign, cut_range, cut_short, double_range, swap_ranges, change_encoding, pack)
LINES = (double_lines, drop_lines, shuffle_lines, put_empty_lines, join_lines, break_lines, change_line_ends)
SIGNS = (change_delimiter, put_quotes, drop_quotes)
