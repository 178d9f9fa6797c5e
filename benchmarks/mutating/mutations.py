"""Ways to spoil a file by its kind, all by one generator, and how many of its lines were spoiled.

Texts in general stand in ``texts``, tables in ``tables``, documents here.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from benchmarks.mutating.oddities import JSON_PIECES
from benchmarks.mutating.recount import unpacked
from benchmarks.mutating.tables import FIELDS, REWRITING, put_odd_values
from benchmarks.mutating.texts import (
    BYTES,
    LINES,
    SIGNS,
    cut_range,
    cut_short,
    double_range,
    flip_bits,
    pack,
    put_bytes,
    put_huge_cell,
    put_quotes,
    replaced,
    swap_ranges,
    times,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from random import Random


def spoil_json(data: bytes, random: Random) -> bytes:
    """What JSON allows and few expect, and what it does not allow."""
    values = list(re.finditer(rb'(?<=[:\[,])\s*("[^"\\]*"|-?\d+(?:\.\d+)?|true|false|null)', data))
    if not values:
        return data + random.choice(JSON_PIECES)
    some = sorted(random.sample(range(len(values)), min(len(values), times(data, random, (1, 1, 3)))))
    return replaced(data, [(*values[at].span(1), random.choice(JSON_PIECES)) for at in some])


def spoil_keys(data: bytes, random: Random) -> bytes:
    """A key renamed, emptied, written by an escape, or made another's."""
    keys = list(re.finditer(rb'"(\w+)"(?=\s*:)', data)) or list(re.finditer(rb"(?m)^(\w+)(?=\s*=)", data))
    if not keys:
        return data
    some = sorted(random.sample(range(len(keys)), min(len(keys), times(data, random, (1,)))))
    return replaced(data, [(*keys[at].span(1), _other_key(keys[at][1], random.choice(keys)[1], random)) for at in some])


def _other_key(key: bytes, other: bytes, random: Random) -> bytes:
    return random.choice((b"", b"other", b"name", b"__proto__", b"a.b", b"\\u0061", other, b"x" * 1000, key.upper()))


MUTATIONS: dict[str, tuple[Callable[[bytes, Random], bytes], ...]] = {
    "table": (*BYTES, *LINES, *((*SIGNS, *FIELDS) * 2), put_odd_values),
    "json": (*BYTES, *LINES, *((spoil_json, spoil_keys) * 4), put_quotes),
    "lines": (*BYTES, *LINES, *((spoil_json, spoil_keys) * 4), put_quotes),
    "toml": (*BYTES, *LINES, *((spoil_keys, spoil_json) * 3), put_quotes),
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


def spoiled_line_count(original: bytes, spoiled: bytes, ways: Collection[str]) -> int:
    """Lines of a spoiled text that do not stand in the original; a line that stands there once is one, not two.

    Lines that were only moved, and what is left out, are none. Where a table was written anew, quotes and line ends
    do not count.

    Args:
        original: before any way of spoiling.
        spoiled: behind the last, packed or not; what cannot be unpacked counts nothing.
        ways: names of the ways.
    """
    text = unpacked(spoiled)
    if not ways or text is None:
        return 0
    sides = [original, text]
    if {way.__name__ for way in REWRITING} & set(ways):
        sides = [side.replace(b'"', b"").replace(b"\r", b"") for side in sides]
    before, after = (Counter(side.split(b"\n")) for side in sides)
    return (after - before).total()
