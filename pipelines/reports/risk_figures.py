"""Turns changes, risks and warnings of a payload into the report's pictures: which numbers are drawn, with what text.

Shapes are in ``svg_risks``, words in the sentences; the weekly picture and those in rows are in ``figures``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.reports import change_sentences, risk_sentences, svg_risks, warning_sentences

if TYPE_CHECKING:
    from markupsafe import Markup

    from pipelines.reports.change_payload import RateChange
    from pipelines.reports.language import Language
    from pipelines.reports.risk_payload import Alert, RiskProduct


def risk(item: RiskProduct, highest: float, language: Language) -> Markup:
    """One product with its interval, its like and its limit."""
    label = risk_sentences.alternative(item, language)
    return svg_risks.against((item.lower, item.upper), item.rate, item.expected_rate, item.limit_rate, highest, label)


def part(change: RateChange, name: str, half: float, language: Language) -> Markup:
    """One part of a change; the rate itself with its interval."""
    is_rate = name == "rate"
    shape = svg_risks.Part(
        value=change_sentences.part_value(change, name),
        lower=change.rate_part_lower if is_rate else None,
        upper=change.rate_part_upper if is_rate else None,
        is_hatched=name == "maturity",
    )
    label = f"{language.text(f'change.part_{name}')}: {change_sentences.part_text(change, name, language)}"
    return svg_risks.part(shape, half, label)


def spark(item: Alert, language: Language) -> Markup:
    """The weeks that caused a warning."""
    weeks = [
        svg_risks.Counted(
            value=week.returned_line_count,
            expected=week.expected_line_count,
            lower=week.expected_lower,
            upper=week.expected_upper,
            is_above=warning_sentences.is_above(week),
            title=warning_sentences.week_tip(week, language),
        )
        for week in item.weeks
    ]
    return svg_risks.spark(weeks, warning_sentences.highest(item), warning_sentences.alternative(item, language))
