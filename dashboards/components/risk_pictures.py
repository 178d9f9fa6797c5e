"""Pictures of risks in rows, as plain elements: an interval against its limit, parts of a change, weeks of a warning.

Numbers and words are those of ``pipelines.reports.risk_figures``, which the report draws as SVG; places are
percentages, so that they fit any screen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import html

from pipelines.reports import change_sentences, risk_sentences, warning_sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dash.development.base_component import Component

    from pipelines.reports.change_payload import RateChange
    from pipelines.reports.language import Language
    from pipelines.reports.risk_payload import Alert, RiskProduct, WarningWeek


def _percent(share: float) -> str:
    return f"{100 * min(max(share, 0.0), 1.0):.2f}%"


def risk(item: RiskProduct, highest: float, language: Language) -> Component:
    """One product: its interval and estimate, a tick for its like, a dashed line at its limit."""

    def across(share: float) -> str:
        return _percent(0.96 * share / highest + 0.02)

    parts = [
        html.Div(
            className="range-line",
            style={"left": across(item.lower), "width": _percent(0.96 * (item.upper - item.lower) / highest)},
        ),
        html.Div(className="range-dot", style={"left": across(item.rate)}),
    ]
    if item.expected_rate is not None:
        parts.insert(0, html.Div(className="range-like", style={"left": across(item.expected_rate)}))
    if item.limit_rate is not None:
        parts.insert(0, html.Div(className="range-limit", style={"left": across(item.limit_rate)}))
    return _picture("range-strip", risk_sentences.alternative(item, language), parts)


def part(change: RateChange, name: str, half: float, language: Language) -> Component:
    """One part of a change as a bar from the middle: to the left it lowers the rate."""
    value = change_sentences.part_value(change, name) or 0.0

    def across(size: float) -> float:
        return 0.5 + 0.48 * max(min(size / half, 1.0), -1.0)

    left, right = sorted((0.5, across(value)))
    parts = [
        html.Div(className="middle"),
        html.Div(
            className="part age" if name == "maturity" else "part",
            style={"left": _percent(left), "width": _percent(right - left)},
        ),
    ]
    if name == "rate" and change.rate_part_lower is not None and change.rate_part_upper is not None:
        low, high = across(change.rate_part_lower), across(change.rate_part_upper)
        parts.append(html.Div(className="reach-line", style={"left": _percent(low), "width": _percent(high - low)}))
    label = f"{language.text(f'change.part_{name}')}: {change_sentences.part_text(change, name, language)}"
    return _picture("part-strip", label, parts)


def spark(item: Alert, language: Language) -> Component:
    """The weeks that caused a warning: grey where such weeks lie, a dot for what was counted."""
    highest = warning_sentences.highest(item)
    weeks = [_week(week, highest, language) for week in item.weeks]
    return _picture("spark", warning_sentences.alternative(item, language), weeks)


def _week(week: WarningWeek, highest: float, language: Language) -> Component:
    def up(value: float) -> str:
        return _percent(0.9 * value / highest)

    parts = []
    if week.expected_lower is not None and week.expected_upper is not None:
        height = _percent(0.9 * (week.expected_upper - week.expected_lower) / highest)
        parts.append(html.Div(className="band", style={"bottom": up(week.expected_lower), "height": height}))
    if week.expected_line_count is not None:
        parts.append(html.Div(className="expected", style={"bottom": up(week.expected_line_count)}))
    look = "dot above" if warning_sentences.is_above(week) else "dot"
    parts.append(html.Div(className=look, style={"bottom": up(week.returned_line_count)}))
    return html.Div(parts, className="week", title=warning_sentences.week_tip(week, language))


def _picture(look: str, label: str, parts: Sequence[Component]) -> Component:
    return html.Div(list(parts), className=look, role="img", **{"aria-label": label})
