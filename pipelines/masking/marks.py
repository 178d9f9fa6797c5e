"""Marks of names by order, so that a text in one file can be held against the names that another file states.

A mark is the beginning (32 bits) of an HMAC under the merchant's key: no name is stored, and nobody can try names
without the key. Marks are pseudonyms all the same: erasure removes them.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from pipelines.masking.text import BETWEEN, own_words

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_SIZE = 4


class Marker:
    """Makes marks of one merchant's names; what it has marked once it remembers for as long as it lives."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._known: dict[str, int] = {}

    def mark(self, name: str) -> int:
        """The mark of a word in lower case, or of a Chinese name."""
        known = self._known.get(name)
        if known is None:
            digest = hmac.new(self._key, b"name:" + name.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
            known = self._known[name] = int.from_bytes(digest[:_SIZE], "big")
        return known

    def marks(self, names: str) -> list[int]:
        """Marks of a person's names, whose parts stand between ``BETWEEN`` or blanks."""
        latin, han = own_words(names.strip(BETWEEN))
        return sorted({self.mark(word) for word in (*latin, *han) if len(word) > 1})

    def asker(self, marks: Collection[int] | None) -> Callable[[str], bool] | None:
        """A function that tells whether a word's mark is among these; None where there are none."""
        if not marks:
            return None
        known, mark = self._known, self.mark
        return lambda word: (known[word] if word in known else mark(word)) in marks
