"""The cards on steps: how long each takes, month by month."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import html

from dashboards.components import pictures
from dashboards.components.tables import folded, table
from pipelines.reports import figures, movement_sentences
from pipelines.reports.ledger_selects import MONTHS_OF_STEPS

if TYPE_CHECKING:
    from datetime import date

    from dash.development.base_component import Component

    from pipelines.reports.language import Language
    from pipelines.reports.ledger_payload import Step
    from pipelines.reports.payload import Payload


def steps(payload: Payload, language: Language) -> Component:
    """Every step with its bars, sentences and numbers, or that nothing can be timed."""
    legs = movement_sentences.by_leg(payload, figures.MONTHS_OF_STEPS)
    said = movement_sentences.caption(payload, figures.MONTHS_OF_STEPS, language)
    sentences = [html.P(text, className="caption" if place else "") for place, text in enumerate(said)]
    parts: list[Component] = [html.H2(language.text("movements.title")), *sentences]
    if legs:
        parts[1:1] = [_legend(legs, language), _rows(legs, language)]
        parts.append(folded(language.text("page.numbers"), _months(payload, language)))
    return html.Section(parts, className="card", id="movements")


def _legend(legs: list[tuple[Step, ...]], language: Language) -> Component:
    newest = _newest(legs)
    months = {step.month: step for steps in legs for step in steps}
    items = []
    for month in sorted(months, reverse=True):
        name = language.month_and_year(month)
        text = language.text("movements.legend_median", month=name) if month == newest else name
        swatch = html.Span(className="swatch", style={"background": figures.month_fill(months[month], newest)})
        items.append(html.Li([swatch, text]))
    items.append(html.Li([html.Span(className="swatch reach"), language.text("movements.legend_far")]))
    if any(step.is_young for steps in legs for step in steps):
        items.append(html.Li([html.Span(className="swatch expected"), language.text("movements.legend_young")]))
    return html.Ul(items, className="legend")


def _rows(legs: list[tuple[Step, ...]], language: Language) -> Component:
    newest, highest = _newest(legs), figures.step_scale(legs)
    head = [html.Th(language.text(f"movements.column_{name}")) for name in ("leg", "picture", "days")]
    rows = [
        html.Tr(
            [
                html.Th(movement_sentences.leg_name(steps[0].leg, language), scope="row"),
                html.Td(pictures.step(steps, newest, highest, language), className="picture"),
                html.Td(movement_sentences.found(steps[0], language), className="small"),
            ],
            className="whole" if steps[0].leg == movement_sentences.WHOLE_WAY else "",
        )
        for steps in legs
    ]
    return html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)], className="steps")


def _newest(legs: list[tuple[Step, ...]]) -> date:
    return max(steps[0].month for steps in legs)


def _months(payload: Payload, language: Language) -> Component:
    names = ("leg", "month", "median", "p90", "finished", "open")
    rows = [
        [
            movement_sentences.leg_name(step.leg, language),
            language.month_and_year(step.month),
            _days(step.median_days, language),
            _days(step.p90_days, language),
            language.number(step.finished_count),
            language.text("page.no_value") if step.open_count is None else language.number(step.open_count),
        ]
        for steps in movement_sentences.by_leg(payload, MONTHS_OF_STEPS)
        for step in steps
    ]
    return table([language.text(f"movements.column_{name}") for name in names], rows, words=(0, 1))


def _days(value: float | None, language: Language) -> str:
    return "" if value is None else language.days(value)
