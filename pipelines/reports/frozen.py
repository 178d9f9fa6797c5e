"""What every record of a payload is: unchangeable, strict about its fields, and free of marks that turn text around.

The records themselves are in ``payload``, ``ledger_payload`` and ``source_payload``.
"""

from __future__ import annotations

from typing import Annotated, Literal
from unicodedata import category

from pydantic import AfterValidator, BaseModel, ConfigDict

Level = Literal["green", "amber", "red"]

# Marks that change the reading direction: one in a product name would turn the numbers after it around.
_DIRECTION_MARKS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def plain(text: str) -> str:
    """Text of merchants and customers without control characters and direction marks."""
    kept = (" " if category(sign) == "Cc" else sign for sign in text if sign not in _DIRECTION_MARKS)
    return "".join(kept).strip()


PlainText = Annotated[str, AfterValidator(plain)]


class Frozen(BaseModel):
    """A record that cannot be changed and knows exactly its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")
