"""What must become of planted files: their statuses, and records that must be found in ``raw``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass
class Planted:
    """What was planted into a merchant's files.

    Attributes:
        statuses: file name -> ``loaded`` or ``refused``, as it must be.
        marks: source -> what stands in the ids of planted records and must be found in ``raw``.
    """

    statuses: dict[str, str] = field(default_factory=dict)
    marks: dict[str, set[str]] = field(default_factory=dict)

    def mark(self, source: str, ids: Iterable[str]) -> None:
        """Note ids of planted records of a source."""
        self.marks.setdefault(source, set()).update(filter(None, ids))
