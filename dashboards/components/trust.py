"""The trust box and the ledger of refunds as Dash components, in the words of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import html

from dashboards.components import sources
from dashboards.components.tables import folded, table
from pipelines.reports import sentences, source_sentences

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from pipelines.reports.language import Language
    from pipelines.reports.payload import Payload, TrustFact


def trust_box(payload: Payload, language: Language) -> Component:
    """The checks with the limits that decide the colour, and through which day every source tells."""
    return html.Section(
        [
            *_judged(payload, language),
            html.H3(language.text("sources.title")),
            *sources.through(payload, language),
            folded(language.text("coverage.title"), _coverage(payload, language)),
        ],
        className="card",
        id="trust",
    )


def checks(payload: Payload, language: Language) -> Component:
    """The checks alone."""
    return html.Section(_judged(payload, language), className="card", id="trust")


def _judged(payload: Payload, language: Language) -> list[Component]:
    level = payload.trust.level
    pill = html.Span(language.text(f"trust.{level}"), className=f"pill {level}")
    shown, fine = sentences.facts_by_need(payload)
    parts: list[Component] = [
        html.H2([language.text("trust.title"), " ", pill]),
        html.P(sentences.trust_lead(payload, language)),
    ]
    if shown:
        parts.append(_checks(shown, language))
    if fine:
        parts.append(folded(sentences.fine_summary(payload, language), _checks(fine, language)))
    return [*parts, html.P(language.text("trust.caption"), className="caption")]


def _checks(facts: list[TrustFact], language: Language) -> Component:
    names = ("check", "found", "limits")
    check, found, limits = (language.text(f"trust.column_{name}") for name in names)
    rows = [
        html.Tr(
            [
                html.Th(language.text(f"fact.{fact.fact_id}"), scope="row"),
                html.Td(html.Span(language.text(f"trust.level_{fact.level}"), className=f"level {fact.level}")),
                html.Td(sentences.fact_found(fact, language), className="full"),
                html.Td(sentences.fact_rule(fact, language), className="quiet small full"),
            ]
        )
        for fact in facts
    ]
    head = html.Thead(html.Tr([html.Th(check), html.Th(), html.Th(found), html.Th(limits)]))
    return html.Table([head, html.Tbody(rows)], className="checks")


def _coverage(payload: Payload, language: Language) -> Component:
    names = ("source", "entity", "files", "records", "loaded", "quarantined", "cells", "through")
    rows = [
        [
            source_sentences.source_name(item.source, language),
            source_sentences.entity_name(item.entity, language),
            language.number(item.file_count),
            language.number(item.record_count),
            language.number(item.loaded_count),
            language.number(item.quarantined_count),
            language.number(item.quarantined_cell_count),
            language.short_date(item.data_through_at) if item.data_through_at else language.text("page.no_value"),
        ]
        for item in payload.trust.coverage
    ]
    return table([language.text(f"coverage.column_{name}") for name in names], rows, words=(0, 1))


def refunds(payload: Payload, language: Language) -> Component:
    """The refund ledger in one sentence, under its own name."""
    return html.Section(
        [
            html.H2(language.text("refunds.title")),
            html.P(sentences.refunds_sentence(payload, language)),
            html.P(language.text("refunds.caption"), className="caption"),
            folded(language.text("page.numbers"), _refund_weeks(payload, language)),
        ],
        className="card",
        id="refunds",
    )


def _refund_weeks(payload: Payload, language: Language) -> Component:
    names = ("week", "orders", "refunded_orders", "ordered", "refunded", "share")
    currency = payload.merchant.currency_code
    rows = [
        [
            language.short_date(week.order_week),
            language.number(week.order_count),
            language.number(week.refunded_order_count),
            language.money(week.order_total_amount, currency),
            language.money(week.refund_amount, currency),
            "" if week.refund_value_rate is None else language.percent(week.refund_value_rate),
        ]
        for week in reversed(payload.refunds)
    ]
    return table([language.text(f"refunds.column_{name}") for name in names], rows)


def begin(payload: Payload, language: Language) -> Component:
    """How to begin with returns."""
    merchant = payload.merchant
    return html.Section(
        [
            html.H2(language.text("begin.title")),
            html.P(language.text("begin.text")),
            html.Code(language.text("begin.command")),
            html.P(language.text("begin.then", merchant=merchant.name, merchant_id=merchant.merchant_id)),
            html.Code(language.text("begin.ingest", merchant_id=merchant.merchant_id)),
            html.P(language.text("begin.manual"), className="quiet"),
        ],
        className="card",
        id="begin",
    )
