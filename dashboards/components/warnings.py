"""The cards on early warnings: flags with the weeks that caused them, and the watch list that promises nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import dcc, html

from dashboards.components import frame, risk_pictures
from dashboards.components.tables import table
from pipelines.reports import warning_sentences
from pipelines.reports.tooltips import tip

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from pipelines.reports.language import Language
    from pipelines.reports.payload import Payload
    from pipelines.reports.risk_payload import Alert


def flags(payload: Payload, language: Language) -> Component:
    """Every flag, or that there is none."""
    warnings = payload.warnings
    title = html.H2(language.text("warning.title"))
    if warnings is None:
        return html.Section([title, html.P(language.text("warning.not_told"))], className="card", id="warnings")
    parts: list[Component] = [title, html.P(warning_sentences.summary(warnings, language))]
    parts += [_flag(item, language) for item in warnings.flags]
    if warnings.flags:
        parts.append(html.P(language.text("warning.caption"), className="caption"))
    more = warning_sentences.not_shown(warnings.flag_count, len(warnings.flags), language)
    if more:
        parts.append(html.P(more, className="caption"))
    return html.Section(parts, className="card", id="warnings")


def _flag(item: Alert, language: Language) -> Component:
    said = [
        html.H3(warning_sentences.name(item, language)),
        html.P(
            [
                html.Strong(warning_sentences.reason(item, language)),
                ": ",
                html.Span(warning_sentences.size(item, language), title=tip("rate_multiplier", language)),
            ]
        ),
        html.P(warning_sentences.counted(item, language)),
        html.P(warning_sentences.first_seen(item, language), className="quiet small"),
        html.P(
            warning_sentences.false_alarm(item, language),
            className="quiet small",
            title=tip("chance_of_false_alarm", language),
        ),
    ]
    return html.Div([html.Div(said), _weeks(item, language)], className="flag")


def _weeks(item: Alert, language: Language) -> Component:
    if not item.weeks:
        return html.Div()
    ends = [html.Span(language.short_date(item.weeks[place].week)) for place in (0, -1)]
    return html.Figure([risk_pictures.spark(item, language), html.P(ends, className="quiet small ends")])


def watch_list(payload: Payload, language: Language) -> Component:
    """What may be worth a look, under its own heading that says that nothing is promised."""
    parts: list[Component] = [
        html.H2(language.text("warning.watch_title")),
        html.P(language.text("warning.watch_caption")),
    ]
    warnings = payload.warnings
    if warnings is None or not warnings.watched:
        parts.append(html.P(language.text("warning.watch_none"), className="caption"))
        return html.Section(parts, className="card", id="watch")
    head = [language.text(f"warning.column_{name}") for name in ("what", "reason", "counted", "chance")]
    rows = [
        [
            warning_sentences.name(item, language),
            warning_sentences.reason(item, language),
            warning_sentences.counted(item, language),
            warning_sentences.watched(item, language),
        ]
        for item in warnings.watched
    ]
    parts.append(table(head, rows, words=(0, 1)))
    more = warning_sentences.not_shown(warnings.watched_count, len(warnings.watched), language)
    if more:
        parts.append(html.P(more, className="caption"))
    return html.Section(parts, className="card", id="watch")


def pointer(payload: Payload, language: Language) -> list[Component]:
    """One line for the overview, where anything is flagged."""
    if payload.warnings is None or not payload.warnings.flag_count:
        return []
    link = dcc.Link(language.text("nav.warnings"), href=frame.address("warnings", payload.merchant.merchant_id))
    text = warning_sentences.summary(payload.warnings, language)
    return [html.Section([html.P(text), html.P(link)], className="card", id="flags")]
