"""The pages' cards: payload -> Dash components, in the same words and classes as the report.

React escapes every text; no raw HTML is ever put in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import dcc, html

from dashboards.components import figures
from dashboards.components.tables import folded, table
from dashboards.theme import GRAPH_CONFIG
from pipelines.reports import sentences
from pipelines.reports.selects import WEEKS_OF_REASONS
from pipelines.reports.tooltips import tip

if TYPE_CHECKING:
    import plotly.graph_objects as go
    from dash.development.base_component import Component

    from pipelines.reports.language import Language
    from pipelines.reports.payload import Payload


def notice(title: str, *texts: str) -> Component:
    """A red notice above everything else."""
    parts = [html.H2(title)] if title else []
    return html.Section([*parts, *map(html.P, texts)], className="notice red", role="alert")


def notices(payload: Payload, language: Language) -> list[Component]:
    """Held or red data are said before any number."""
    if payload.held:
        return [notice(sentences.held_title(payload, language), sentences.held_text(payload, language))]
    if payload.trust.level == "red":
        return [notice("", sentences.trust_summary(payload, language))]
    return []


def headline(payload: Payload, language: Language) -> Component:
    """The one number, its interval, how much of it is in, and whether it changed."""
    recent = payload.recent
    says_rate = payload.headline == "rate" and recent is not None
    left: list[Component] = [
        html.P(sentences.headline_big(payload, language), className="big" if says_rate else "big words")
    ]
    if says_rate:
        values = sentences.rate_values(recent, language)
        level = language.text("headline.range_label", level=sentences.level(payload, language))
        left += [
            html.P(
                language.text("headline.label"), className="big-label", title=tip("projected_return_rate", language)
            ),
            html.P(
                [
                    language.text("headline.range", lower=values["lower"], upper=values["upper"]),
                    html.Span(f" ({level})", className="quiet small"),
                ],
                className="range",
            ),
            html.P(sentences.mark(payload, language), className=f"mark {payload.comparison}"),
        ]
    right: list[Component] = [html.P(sentence) for sentence in sentences.headline(payload, language)]
    if recent is not None and recent.developed_share is not None:
        said = sentences.developed(recent, language)
        right.append(_developed(recent.developed_share, said, tip("developed_share", language)))
    return html.Section(
        html.Div([html.Div(left), html.Div(right)], className="headline"),
        className="card",
        id="headline",
        **{"aria-label": language.text("headline.title")},
    )


def _developed(share: float, text: str, definition: str) -> Component:
    bar = html.Div(
        html.Div(style={"width": f"{100 * share:.1f}%"}), className="progress", role="img", **{"aria-label": text}
    )
    return html.Div([bar, html.P(text)], className="developed", title=definition)


def weekly(payload: Payload, language: Language) -> Component:
    """The weekly picture, its sentence, and its numbers."""
    if not sentences.can_draw_weeks(payload):
        return _card("weekly", language.text("weekly.title"), _caption(sentences.weekly_caption(payload, language)))
    return _card(
        "weekly",
        language.text("weekly.title"),
        _legend(payload, language),
        _picture(
            figures.weekly(payload, language),
            sentences.weekly_alternative(payload, language),
            sentences.weekly_caption(payload, language),
        ),
        folded(language.text("page.numbers"), _weekly_table(payload, language)),
    )


def _legend(payload: Payload, language: Language) -> Component:
    names = ["arrived", "expected", "both_intervals"]
    if any(week.rate is None for week in payload.weeks):
        names.append("unknown")
    level = sentences.level(payload, language)
    return html.Ul(
        [
            html.Li([html.Span(className=f"swatch {name}"), language.text(f"weekly.{name}", level=level)])
            for name in names
        ],
        className="legend",
    )


def _weekly_table(payload: Payload, language: Language) -> Component:
    names = ("week", "shipped", "returned", "rate", "interval", "developed")
    rows = []
    for week in reversed(payload.weeks):
        values = sentences.rate_values(week, language)
        interval = language.text("headline.range", lower=values["lower"], upper=values["upper"])
        rows.append(
            [
                language.short_date(week.start_date),
                values["shipped"],
                values["returned"],
                values["rate"],
                interval if week.rate is not None else "",
                values["developed"],
            ]
        )
    tips = {3: tip("projected_return_rate", language), 5: tip("developed_share", language)}
    return table([language.text(f"weekly.column_{name}") for name in names], rows, tips=tips)


def reasons(payload: Payload, language: Language) -> Component:
    """Why goods come back, and who can act."""
    title = language.text("reasons.title")
    caption = sentences.reasons_caption(payload, language, WEEKS_OF_REASONS)
    if not any(item.returned_quantity for item in payload.reasons):
        return _card("reasons", title, _caption(caption))
    rows = [
        [
            language.text(f"reason.{item.reason_class}"),
            language.whole_percent(item.share or 0.0),
            language.number(item.returned_quantity),
            sentences.reason_rate(item, language),
            language.text(f"who.{item.reason_class}"),
        ]
        for item in payload.reasons
    ]
    head = [language.text(f"reasons.column_{name}") for name in ("reason", "share", "units", "rate", "who")]
    tips = {3: tip("projected_return_rate", language)}
    return _card(
        "reasons",
        title,
        _picture(figures.reasons(payload, language), title, caption),
        table(head, rows, words=(0, 4), tips=tips),
        _caption(language.text("reasons.rate_caption")),
    )


def _card(name: str, title: str, *parts: Component) -> Component:
    return html.Section([html.H2(title), *parts], className="card", id=name)


def _caption(text: str) -> Component:
    return html.P(text, className="caption")


def _picture(figure: go.Figure, label: str, caption: str) -> Component:
    graph = dcc.Graph(
        figure=figure, config=GRAPH_CONFIG, responsive=True, style={"height": f"{figure.layout.height}px"}
    )
    return html.Figure([html.Div(graph, role="img", **{"aria-label": label}), html.Figcaption(caption)])
