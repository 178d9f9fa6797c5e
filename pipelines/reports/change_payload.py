"""What a report says of a change between two periods: records of the payload, counts, shares and text ids."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pipelines.reports.frozen import Frozen, PlainText

Verdict = Literal["real", "mix", "maturity", "noise", "not_enough_evidence"]


class ChangePart(Frozen):
    """What one category adds to a change.

    Attributes:
        category: as the merchant names it; ``none`` where products have none.
        shipped_before: units shipped in the earlier period.
        shipped_after: units shipped in the later one.
        mix_part: because more or less of it was sold.
        rate_part: because its own rate changed.
        maturity_part: because its orders have had less, or more, time to come back.
    """

    category: PlainText
    shipped_before: float
    shipped_after: float
    mix_part: float
    rate_part: float
    maturity_part: float


class RateChange(Frozen):
    """The newest period against the one before; rates are counted so far, the parts add up to their difference.

    Attributes:
        change: ``week``, ``four_weeks`` or ``thirteen_weeks``.
        before_start_date: first day of the orders of the earlier period.
        before_end_date: its last day.
        after_start_date: first day of the later one.
        after_end_date: its last day.
        before_rate: returned / shipped of the earlier period so far, 0-1.
        after_rate: the same of the later one.
        before_developed: share of the returns to expect of the earlier period that are in.
        after_developed: the same of the later one.
        total: later less earlier.
        mix_part: what another mix of categories explains.
        rate_part: what remains: goods of the same kind and age come back more, or less, often.
        maturity_part: what less time to come back explains.
        rate_part_lower: low end of the 90 % interval of ``rate_part``.
        rate_part_upper: high end.
        detectable_change: the smallest change of the rate itself that these quantities could show.
        verdict: what it is.
        parts: categories, those that move most first.
    """

    change: str
    before_start_date: date
    before_end_date: date
    after_start_date: date
    after_end_date: date
    before_rate: float | None
    after_rate: float | None
    before_developed: float | None
    after_developed: float | None
    total: float | None
    mix_part: float | None
    rate_part: float | None
    maturity_part: float | None
    rate_part_lower: float | None
    rate_part_upper: float | None
    detectable_change: float | None
    verdict: Verdict
    parts: tuple[ChangePart, ...] = ()

    @property
    def said_verdict(self) -> Verdict:
        """The verdict that may be said: nothing is real whose interval covers no change at all."""
        if self.verdict != "real":
            return self.verdict
        if self.rate_part is None or self.rate_part_lower is None or self.rate_part_upper is None:
            return "not_enough_evidence"
        return "noise" if self.rate_part_lower <= 0 <= self.rate_part_upper else "real"
