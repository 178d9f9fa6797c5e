"""What is said of the steps from order to refund, for report and pages alike; plain text, callers escape."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.reports.language import Language
    from pipelines.reports.ledger_payload import Step
    from pipelines.reports.payload import Payload

WHOLE_WAY = "requested_to_refunded"
"""Spans other steps, so it is not compared with them."""

CUSTOMERS_STEP = "delivered_to_requested"
"""The customer's own time: nothing that shop or carrier could shorten."""

FEWEST_TO_COMPARE = 10
"""Finished items below which no step is called the longest."""


def by_leg(payload: Payload, months: int) -> list[tuple[Step, ...]]:
    """Steps of the newest so many months, a group a leg in the order of the way, the newest month first."""
    newest = sorted({step.month for step in payload.steps}, reverse=True)[:months]
    legs: dict[str, list[Step]] = {}
    for step in payload.steps:
        if step.month in newest and step.median_days is not None:
            legs.setdefault(step.leg, []).append(step)
    return [tuple(steps) for steps in legs.values()]


def leg_name(leg: str, language: Language) -> str:
    """What a step is called."""
    return language.text_or(f"leg.{leg}", leg)


def found(step: Step, language: Language) -> str:
    """Median and 90th percentile of one step in one month."""
    if step.median_days is None or step.p90_days is None:
        return language.text("movements.not_timed")
    values = {"median": language.days(step.median_days), "p90": language.days(step.p90_days)}
    return language.text("movements.found", **values)


def tip(step: Step, language: Language) -> str:
    """What one bar says when pointed at."""
    key = "movements.tip_young" if step.is_young else "movements.tip"
    return language.text(
        key,
        leg=leg_name(step.leg, language),
        month=language.month_and_year(step.month),
        found=found(step, language),
        finished=language.number(step.finished_count),
    )


def caption(payload: Payload, months: int, language: Language) -> list[str]:
    """What the picture shows: the longest step, whether months look quicker than they are, promises kept."""
    legs = by_leg(payload, months)
    if not legs:
        return [language.text("movements.none")]
    parts = (_longest(legs, language), _young(legs, language), _late(legs, language))
    return [part for part in parts if part]


def _longest(legs: list[tuple[Step, ...]], language: Language) -> str:
    newest = max(steps[0].month for steps in legs)
    compared = [
        steps[0]
        for steps in legs
        if steps[0].leg not in (WHOLE_WAY, CUSTOMERS_STEP)
        and steps[0].month == newest
        and steps[0].finished_count >= FEWEST_TO_COMPARE
    ]
    if not compared:
        return ""
    longest = max(compared, key=lambda step: step.median_days or 0.0)
    return language.text(
        "movements.longest",
        leg=leg_name(longest.leg, language),
        month=language.month_and_year(newest),
        median=language.days(longest.median_days or 0.0),
        p90=language.days(longest.p90_days or 0.0),
    )


def _young(legs: list[tuple[Step, ...]], language: Language) -> str:
    young = [step for steps in legs for step in steps if step.is_young]
    if not young:
        return language.text("movements.none_young")
    names = dict.fromkeys(leg_name(step.leg, language) for step in young)
    return language.text("movements.young", legs=language.text("language.list_gap").join(names))


def _late(legs: list[tuple[Step, ...]], language: Language) -> str:
    promised = [step for steps in legs for step in steps if step.promised_count]
    total = sum(step.promised_count or 0 for step in promised)
    if not total:
        return ""
    late = sum(step.late_count or 0 for step in promised)
    return language.text(
        "movements.late",
        late=language.number(late),
        promised=language.number(total),
        share=language.percent(late / total),
        period=_months(promised, language),
    )


def _months(steps: list[Step], language: Language) -> str:
    first, last = min(step.month for step in steps), max(step.month for step in steps)
    return language.period(first, _last_day(last))


def _last_day(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
