"""The trust box and the ledger of refunds as Dash components, in the words of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import html

from pipelines.reports import sentences

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from pipelines.reports.language import Language
    from pipelines.reports.payload import Payload


def trust_box(payload: Payload, language: Language) -> Component:
    """Where the records went, with the limits that decide the colour."""
    level = payload.trust.level
    pill = html.Span(language.text(f"trust.{level}"), className=f"pill {level}")
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
        for fact in payload.trust.facts
    ]
    return html.Section(
        [
            html.H2([language.text("trust.title"), " ", pill]),
            html.P(sentences.trust_lead(payload, language)),
            html.Table(
                [
                    html.Thead(html.Tr([html.Th(check), html.Th(), html.Th(found), html.Th(limits)])),
                    html.Tbody(rows),
                ],
                className="checks",
            ),
            html.P(language.text("trust.caption"), className="caption"),
        ],
        className="card",
        id="trust",
    )


def refunds(payload: Payload, language: Language) -> Component:
    """The refund ledger in one sentence, under its own name."""
    return html.Section(
        [
            html.H2(language.text("refunds.title")),
            html.P(sentences.refunds_sentence(payload, language)),
            html.P(language.text("refunds.caption"), className="caption"),
        ],
        className="card",
        id="refunds",
    )


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
