"""The cards on products at risk: probably faulty, costs you most, and the same for other units."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import html

from dashboards.components import risk_pictures
from pipelines.reports import risk_sentences
from pipelines.reports.risk_selects import UNIT_KINDS
from pipelines.reports.tooltips import tip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dash.development.base_component import Component

    from pipelines.reports.language import Language
    from pipelines.reports.payload import Payload
    from pipelines.reports.risk_payload import RiskProduct


def faulty(payload: Payload, language: Language) -> Component:
    """Products that are probably faulty, or that there are none."""
    if payload.risk is None:
        return html.Div()
    parts: list[Component] = [html.H2(language.text("risk.faulty_title"))]
    if payload.risk.faulty:
        parts.append(_list(payload, payload.risk.faulty, "probability", language))
    parts.append(html.P(risk_sentences.faulty_caption(payload.risk, language), className="caption"))
    return html.Section(parts, className="card", id="faulty")


def costly(payload: Payload, language: Language) -> Component:
    """Products that cost most, ranked by money or, without costs, by units."""
    if payload.risk is None:
        return html.Div()
    parts: list[Component] = [html.H2(language.text("risk.costly_title"))]
    if payload.risk.costly:
        parts.append(_list(payload, payload.risk.costly, "excess", language))
    parts.append(html.P(risk_sentences.costly_caption(payload.risk, language), className="caption"))
    too_few = risk_sentences.too_few(payload.risk, language)
    if too_few:
        parts.append(html.P(too_few, className="caption"))
    return html.Section(parts, className="card", id="costly")


def other_units(payload: Payload, language: Language) -> Component:
    """Variants, suppliers, ways of dispatch and brands."""
    parts: list[Component] = [html.H2(language.text("risk.units_title"))]
    if payload.risk is None or not payload.risk.other_units:
        parts.append(html.P(language.text("risk.units_none"), className="caption"))
        return html.Section(parts, className="card", id="units")
    for kind in UNIT_KINDS:
        items = risk_sentences.of_kind(payload.risk, kind)
        if items:
            parts.append(_list(payload, items, "excess", language, language.text(f"risk.kind_{kind}")))
    parts.append(html.P(language.text("risk.units_caption"), className="caption"))
    return html.Section(parts, className="card", id="units")


_TIPS = {
    "rate": "shrunk_return_rate",
    "interval": "limit_rate",
    "excess": "expected_excess_quantity",
    "probability": "probability_above_limit",
}


def _list(
    payload: Payload, items: Sequence[RiskProduct], last: str, language: Language, what: str | None = None
) -> Component:
    highest = risk_sentences.scale(tuple(items))
    names = ("product", "rate", "interval", "counts", "driver", last)
    head = [
        html.Th(
            what if what and name == "product" else language.text(f"risk.column_{name}"),
            className="number" if name in ("rate", "counts", last) else "",
            title=tip(_TIPS[name], language) if name in _TIPS else "",
        )
        for name in names
    ]
    rows = [html.Tr(_cells(payload, item, highest, last, language)) for item in items]
    return html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)], className="products risks")


def _cells(payload: Payload, item: RiskProduct, highest: float, last: str, language: Language) -> list[Component]:
    name: list[Component | str] = [risk_sentences.name(item, language)]
    if item.could_be_chance:
        name += [" ", html.Span(language.text("risk.chance"), className="chance")]
    return [
        html.Th(name, scope="row"),
        html.Td(risk_sentences.rate(item, language), className="number"),
        html.Td(
            [
                risk_pictures.risk(item, highest, language),
                html.Span(risk_sentences.interval(item, language), className="quiet small"),
            ],
            className="picture",
        ),
        html.Td(
            [
                risk_sentences.counts(item, language),
                html.Span(risk_sentences.developed(item, language), className="quiet small under"),
            ],
            className="number",
            **{"data-label": language.text("risk.column_counts")},
        ),
        html.Td(risk_sentences.driver(item, language)),
        html.Td(
            _last(payload, item, last, language),
            className="number last",
            **{"data-label": language.text(f"risk.column_{last}")},
        ),
    ]


def _last(payload: Payload, item: RiskProduct, last: str, language: Language) -> list[Component | str]:
    if last == "probability":
        return [risk_sentences.probability(item, language)]
    parts: list[Component | str] = [risk_sentences.excess(item, language)]
    cost = risk_sentences.cost(item, payload, language)
    if cost:
        parts.append(html.Span(cost, className="under", title=tip("excess_cost_amount", language)))
    return parts
