"""One thing that was looked at, and what to do about it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        check: what was looked at.
        status: ``ok``, ``warn`` or ``fail``.
        found: what stands there.
        why: why it matters, where something is the matter, or empty.
        remedy: how to mend it, or empty.
    """

    check: str
    status: Literal["ok", "warn", "fail"]
    found: str
    remedy: str = ""
    why: str = ""

    def as_json(self) -> dict[str, str]:
        """All of it, for ``--json``."""
        return asdict(self)


def split(message: str) -> tuple[str, str]:
    """What was found and what to do, of an error's message."""
    found, _, remedy = message.partition("\n  to do:")
    return found, remedy.strip()


def size(byte_count: float) -> str:
    """Bytes for people."""
    for unit, limit in (("GB", 1 << 30), ("MB", 1 << 20), ("kB", 1 << 10)):
        if byte_count >= limit:
            return f"{byte_count / limit:.1f} {unit}"
    return f"{byte_count:.0f} bytes"


def ago(seconds: float) -> str:
    """An age for people."""
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            number = round(seconds / length)
            return f"{number} {unit}{'' if number == 1 else 's'} ago"
    return "just now"


def named(names: list[str], most: int = 5) -> str:
    """Some names, and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
