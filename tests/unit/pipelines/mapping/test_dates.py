"""The order of day and month: stated, proven, inherited or refused."""

from __future__ import annotations

import pytest

from pipelines.errors import Refused
from pipelines.mapping.dates import DateParts, decide
from pipelines.sources.base import Decision

NOTHING = DateParts(0, None, None)
UNCLEAR = DateParts(5, None, None)
DAYS_FIRST = DateParts(5, 2, None)
MONTHS_FIRST = DateParts(5, None, 3)


def test_dates_that_begin_with_the_year_need_no_format() -> None:
    assert decide("f.csv", NOTHING, None, None) is None


@pytest.mark.parametrize(("parts", "value", "line"), [(DAYS_FIRST, "dmy", "line 2"), (MONTHS_FIRST, "mdy", "line 3")])
def test_a_part_above_twelve_proves_the_order(parts: DateParts, value: str, line: str) -> None:
    decision = decide("f.csv", parts, None, None)
    assert decision
    assert decision.value == value
    assert line in decision.evidence


def test_an_earlier_file_with_the_same_header_proves_it() -> None:
    assert decide("f.csv", UNCLEAR, None, ("dmy", "old.csv")) == Decision("dmy", "inherited from old.csv")


@pytest.mark.parametrize(
    ("parts", "stated"),
    [
        (UNCLEAR, None),
        (DateParts(5, 2, 3), None),
        (DAYS_FIRST, ("mdy", "stated")),
        (MONTHS_FIRST, ("dmy", "stated")),
    ],
)
def test_nothing_is_guessed_and_contradictions_are_refused(parts: DateParts, stated: tuple[str, str] | None) -> None:
    with pytest.raises(Refused):
        decide("f.csv", parts, stated, None)
