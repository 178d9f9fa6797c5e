"""The card on when returns come: curves by class of reason and by category, each with what it rests on."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from dash import dcc, html

from dashboards.components.tables import table
from dashboards.theme import GRAPH_CONFIG, template
from pipelines.reports import background_sentences, palette
from pipelines.reports.background import CURVES_SHOWN
from pipelines.reports.tooltips import tip

if TYPE_CHECKING:
    import plotly.graph_objects as go
    from dash.development.base_component import Component

    from pipelines.reports.background import Background, Curve
    from pipelines.reports.language import Language

LINES = (
    (palette.ARRIVED, "solid"),
    (palette.SHOP_LINE, "dash"),
    (palette.EXPECTED, "dot"),
    (palette.UNKNOWN, "dashdot"),
)
"""Colour and dashes of the classes drawn, the most frequent first: told apart without colour sight."""


def curves(background: Background, language: Language) -> list[Component]:
    """A card for each return window, or that nothing is known."""
    wholes = background_sentences.wholes(background.curves)
    title = html.H2(language.text("timing.title"))
    if not wholes:
        return [html.Section([title, html.P(language.text("timing.none"))], className="card", id="timing")]
    intro = html.Section(
        [
            title,
            *(html.P(background_sentences.whole_sentence(whole, language)) for whole in wholes),
            html.P(language.text("timing.caption"), className="caption"),
        ],
        className="card",
        id="timing",
    )
    return [intro, *(_window(whole, background, language) for whole in wholes)]


def _window(whole: Curve, background: Background, language: Language) -> Component:
    classes = background_sentences.classes(background.curves, whole.window_class)
    categories = background_sentences.categories(background.curves, whole.window_class, CURVES_SHOWN)
    figure = draw(whole, classes[: len(LINES)], language)
    name = background_sentences.window(whole, language)
    graph = dcc.Graph(
        figure=figure, config=GRAPH_CONFIG, responsive=True, style={"height": f"{figure.layout.height}px"}
    )
    parts: list[Component] = [
        html.H2(name),
        _legend(classes[: len(LINES)], language),
        html.Figure(html.Div(graph, role="img", **{"aria-label": name})),
        html.H3(language.text("timing.by_class")),
        _numbers([whole, *classes], language),
    ]
    if categories:
        parts += [html.H3(language.text("timing.by_category")), _numbers(categories, language)]
    return html.Section(parts, className="card curves")


def draw(whole: Curve, classes: list[Curve], language: Language) -> go.Figure:
    """Share of returns in by days since delivery: all of them with their 90 % band, and single classes.

    Returns:
        Traces: upper end, lower end (filled to the upper), all, then one a class.
    """
    import plotly.graph_objects as go

    figure = go.Figure(layout={"template": template(), "height": 320})
    ages = [point.age_days for point in whole.points]
    for ends, fill in (
        ([point.upper for point in whole.points], None),
        ([point.lower for point in whole.points], "tonexty"),
    ):
        figure.add_scatter(
            x=ages, y=ends, mode="lines", line={"width": 0}, fill=fill, fillcolor="#e3e7ea", hoverinfo="skip"
        )
    figure.add_scatter(**_line(whole, language), line={"color": palette.INK, "width": 3})
    for curve, (colour, dash) in zip(classes, LINES, strict=False):
        figure.add_scatter(**_line(curve, language), line={"color": colour, "width": 2, "dash": dash})
    ticks = [0, 0.25, 0.5, 0.75, 1]
    figure.update_yaxes(range=[0, 1.02], tickvals=ticks, ticktext=[language.fine_percent(tick) for tick in ticks])
    figure.update_xaxes(title={"text": language.text("timing.axis_days")})
    return figure


def _line(curve: Curve, language: Language) -> dict[str, object]:
    name = escape(background_sentences.curve_name(curve, language))
    return {
        "x": [point.age_days for point in curve.points],
        "y": [point.share for point in curve.points],
        "mode": "lines",
        "name": name,
        "hoverinfo": "text",
        "hovertext": [
            language.text(
                "timing.tip",
                name=name,
                share=language.whole_percent(point.share),
                days=language.number(point.age_days),
            )
            for point in curve.points
        ],
    }


def _legend(classes: list[Curve], language: Language) -> Component:
    items = [html.Li([html.Span(className="swatch line"), language.text("timing.all")])]
    items.append(html.Li([html.Span(className="swatch band"), language.text("timing.band")]))
    for curve, (colour, dash) in zip(classes, LINES, strict=False):
        look = {"--fill": colour, "borderTopStyle": {"solid": "solid", "dot": "dotted"}.get(dash, "dashed")}
        swatch = html.Span(className="swatch line", style=look)
        items.append(html.Li([swatch, background_sentences.curve_name(curve, language)]))
    return html.Ul(items, className="legend")


def _numbers(shown: list[Curve], language: Language) -> Component:
    head = [language.text(f"timing.column_{name}") for name in ("what", "half", "most", "count", "basis")]
    rows = [
        [
            background_sentences.curve_name(curve, language),
            background_sentences.days(curve.half_days, language),
            background_sentences.days(curve.most_days, language),
            language.number(curve.returned_quantity),
            background_sentences.basis(curve, language),
        ]
        for curve in shown
    ]
    return table(head, rows, words=(0, 4), tips={1: tip("developed_share_by_age", language)})
