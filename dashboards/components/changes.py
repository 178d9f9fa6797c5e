"""The card on the change of the return rate: real, mix, age or noise, and what it consists of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import html

from dashboards.components import risk_pictures
from dashboards.components.tables import folded, table
from pipelines.reports import change_sentences
from pipelines.reports.tooltips import tip

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from pipelines.reports.change_payload import RateChange
    from pipelines.reports.language import Language
    from pipelines.reports.payload import Payload


def change(payload: Payload, language: Language) -> Component:
    """Every change with its verdict; that of four weeks with its parts and categories."""
    half = change_sentences.scale(payload.changes)
    return html.Section(
        [
            html.H2(language.text("change.title")),
            *(_one(each, half, language) for each in change_sentences.in_order(payload.changes)),
        ],
        className="card",
        id="change",
    )


def _one(each: RateChange, half: float, language: Language) -> Component:
    name = change_sentences.name(each, language)
    look = f"mark {change_sentences.direction(each)}"
    mark = html.Span(change_sentences.mark(each, language), className=look)
    verdict = html.P(change_sentences.verdict(each, language))
    if each.change != change_sentences.HEADLINE_CHANGE:
        return html.Details([html.Summary([name, " ", mark]), verdict], className="change")
    parts: list[Component] = [html.H3([name, " ", mark]), verdict]
    if each.rate_part is not None:
        parts.append(_parts(each, half, language))
    parts.append(html.P(change_sentences.evidence(each, language), className="caption"))
    parts.append(html.P(language.text("change.caption"), className="caption"))
    if each.parts:
        parts.append(folded(language.text("change.by_category"), _categories(each, language)))
    return html.Div(parts, className="change")


def _parts(each: RateChange, half: float, language: Language) -> Component:
    names = ("part", "picture", "points")
    head = [html.Th(language.text(f"change.column_{name}"), className="number" if name == "points" else "")
            for name in names]  # fmt: skip
    rows = [
        html.Tr(
            [
                html.Th(language.text(f"change.part_{name}"), scope="row", title=tip(f"{name}_part", language)),
                html.Td(risk_pictures.part(each, name, half, language), className="picture"),
                html.Td(change_sentences.part_text(each, name, language), className="number"),
            ]
        )
        for name in change_sentences.PARTS
    ]
    return html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)], className="parts")


def _categories(each: RateChange, language: Language) -> Component:
    head = [language.text(f"change.column_{name}") for name in ("category", "sold")]
    head += [language.text(f"change.part_{name}") for name in change_sentences.PARTS]
    rows = [
        [
            change_sentences.category_name(item.category, language),
            language.text(
                "change.sold", before=language.number(item.shipped_before), after=language.number(item.shipped_after)
            ),
            *(
                language.text("change.points", points=language.points(change_sentences.part_value(item, name) or 0.0))
                for name in change_sentences.PARTS
            ),
        ]
        for item in each.parts
    ]
    return table(head, rows)
