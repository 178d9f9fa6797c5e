"""The cards on sources: through which day each tells, what it brought, and what the data contradict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import html

from dashboards.components import pictures
from dashboards.components.tables import folded, table
from pipelines.reports import source_sentences

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from pipelines.reports.evidence import Case, Evidence
    from pipelines.reports.language import Language
    from pipelines.reports.payload import Payload
    from pipelines.reports.source_payload import ContradictionKind


def through(payload: Payload, language: Language) -> list[Component]:
    """A row a source with its last day and a small picture, and the sentence under it."""
    caption = html.P(source_sentences.caption(payload, language), className="caption")
    if not payload.trust.sources:
        return [caption]
    names = ("source", "through", "behind", "state")
    head = [
        html.Th(language.text(f"sources.column_{name}"), className="number" if name == "through" else "")
        for name in names
    ]
    rows = [
        html.Tr(
            [
                html.Th(source_sentences.source_name(item.source, language), scope="row"),
                html.Td(language.short_date(item.data_through_date), className="number"),
                html.Td(pictures.source(payload, item, language), className="picture"),
                html.Td(
                    html.Span(
                        source_sentences.behind(item, language),
                        className="level amber" if item.is_late else "quiet small",
                    )
                ),
            ]
        )
        for item in payload.trust.sources
    ]
    return [html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)], className="sources"), caption]


def freshness(payload: Payload, language: Language) -> Component:
    """Through which day every source tells."""
    return html.Section(
        [html.H2(language.text("sources.title")), *through(payload, language)], className="card", id="sources"
    )


def brought(payload: Payload, language: Language) -> Component:
    """What every source brought, and where its records went."""
    names = ("source", "holds", "files", "records", "quarantined", "cells")
    rows = [
        [
            source_sentences.source_name(item.source, language),
            source_sentences.holds(item, language),
            language.number(item.file_count),
            language.number(item.record_count),
            language.number(item.quarantined_count),
            language.number(item.quarantined_cell_count),
        ]
        for item in payload.trust.sources
    ]
    return html.Section(
        [
            html.H2(language.text("coverage.title")),
            table([language.text(f"sources.column_{name}") for name in names], rows, words=(0, 1)),
            html.P(language.text("sources.brought"), className="caption"),
        ],
        className="card",
        id="brought",
    )


def contradictions(payload: Payload, evidence: Evidence, language: Language) -> Component:
    """What cannot be so: kind, meaning and count, each with its newest cases."""
    parts: list[Component] = [
        html.H2(language.text("contradictions.title")),
        html.P(source_sentences.contradictions_caption(payload, language), className="caption"),
    ]
    parts += [_kind(item, evidence, language) for item in payload.trust.contradictions]
    return html.Section(parts, className="card", id="contradictions")


def _kind(item: ContradictionKind, evidence: Evidence, language: Language) -> Component:
    cases = [case for case in evidence.cases if case.kind == item.kind]
    level = source_sentences.SEVERITY_LEVELS[item.severity]
    count = language.number(item.item_count)
    return html.Div(
        [
            html.P(
                [
                    html.Span(source_sentences.severity(item, language), className=f"level {level}"),
                    html.Strong(f" {count} × "),
                    source_sentences.contradiction(item, language),
                ]
            ),
            folded(language.text("contradictions.examples"), _cases(cases, language)),
        ],
        className="contradiction",
    )


def _cases(cases: list[Case], language: Language) -> Component:
    names = ("key", "found", "day", "place")
    rows = [
        [
            case.entity_key,
            case.finding,
            language.short_date(case.found_date) if case.found_date else language.text("page.no_value"),
            _place(case, language),
        ]
        for case in cases
    ]
    return table([language.text(f"contradictions.column_{name}") for name in names], rows, words=(0, 1, 2, 3))


def _place(case: Case, language: Language) -> str:
    if case.file_name is None:
        return language.text("page.no_value")
    if case.line_number is None:
        return case.file_name
    return language.text("contradictions.place", file=case.file_name, line=language.number(case.line_number))
