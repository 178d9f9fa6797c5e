"""ISO weeks as merchants name them: ``2026-W46`` is Monday 9 to Sunday 15 November 2026."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from pipelines.errors import UsageProblem

_SHAPE = re.compile(r"(\d{4})-W(\d{2})")


@dataclass(frozen=True, order=True)
class IsoWeek:
    """One ISO 8601 week, known by its Monday."""

    monday: date

    @property
    def sunday(self) -> date:
        """Last day of the week."""
        return self.monday + timedelta(days=6)

    def __str__(self) -> str:
        year, number, _ = self.monday.isocalendar()
        return f"{year}-W{number:02d}"

    @classmethod
    def containing(cls, day: date) -> IsoWeek:
        """The week in which a day lies."""
        return cls(day - timedelta(days=day.weekday()))

    @classmethod
    def parse(cls, text: str) -> IsoWeek:
        """Read ``2026-W46``.

        Raises:
            UsageProblem: another shape, or a week that the year does not have.
        """
        match = _SHAPE.fullmatch(text)
        try:
            if match is None:
                raise ValueError("not of the form YYYY-Www")
            return cls(date.fromisocalendar(int(match[1]), int(match[2]), 1))
        except ValueError as error:
            raise UsageProblem(f"{text!r} is not an ISO week ({error}).\n  to do:    write it like 2026-W46") from None
