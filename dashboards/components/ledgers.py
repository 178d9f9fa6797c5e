"""The cards on the three ledgers: side by side, never added, with what is left over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import html

from dashboards.components import pictures
from pipelines.reports import ledger_sentences
from pipelines.reports.ledger_states import LEDGERS

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from pipelines.reports.evidence import Evidence
    from pipelines.reports.language import Language
    from pipelines.reports.ledger_payload import LedgerEntry, Ledgers, Leftover
    from pipelines.reports.payload import Payload


def side_by_side(payload: Payload, language: Language) -> Component:
    """Goods, money and undelivered parcels over the last whole months."""
    parts: list[Component] = [
        html.H2(language.text("ledgers.title")),
        html.P(ledger_sentences.period(payload, language), className="caption"),
    ]
    if payload.ledgers and payload.ledgers.entries:
        parts += [
            _legend(language),
            html.Div([_ledger(payload, payload.ledgers, name, language) for name in LEDGERS], className="ledgers"),
        ]
        notes = (ledger_sentences.told_twice(payload, language), ledger_sentences.without_amount(payload, language))
        parts += [html.P(note, className="caption") for note in notes if note]
    if payload.ledgers:
        parts.append(html.P(ledger_sentences.proof(payload, language), className="proof"))
    return html.Section(parts, className="card", id="ledgers")


def _legend(language: Language) -> Component:
    return html.Ul(
        [
            html.Li([html.Span(className=f"swatch {state}"), language.text(f"ledgers.{state}")])
            for state in ledger_sentences.STATES
        ],
        className="legend",
    )


def _ledger(payload: Payload, ledgers: Ledgers, name: str, language: Language) -> Component:
    entries = ledger_sentences.entries(ledgers, name)
    title = html.H3(language.text(f"ledger.{name}"))
    if not entries:
        return html.Div([title, html.P(language.text("ledgers.nothing_in_it"), className="quiet")])
    return html.Div(
        [
            title,
            html.P(ledger_sentences.total_count(name, entries, language), className="sum"),
            html.P(ledger_sentences.total_amount(name, entries, payload, language)),
            pictures.ledger(entries, language),
            html.Table(html.Tbody([_entry(payload, entry, language) for entry in entries]), className="kinds"),
        ]
    )


def _entry(payload: Payload, entry: LedgerEntry, language: Language) -> Component:
    name = ledger_sentences.kind(entry.ledger, entry.kind, entry.kind, language)
    return html.Tr(
        [
            html.Th(name, scope="row", className=entry.state),
            html.Td(language.number(entry.item_count), className="number"),
            html.Td(language.whole_money(entry.amount, payload.merchant.currency_code), className="number"),
        ]
    )


def left_over(payload: Payload, evidence: Evidence, language: Language) -> Component:
    """What a person should look at, with the newest cases."""
    items = ledger_sentences.for_a_person(payload)
    names = ("kind", "count", "amount", "oldest", "examples")
    head = [
        html.Th(language.text(f"ledgers.column_{name}"), className="number" if name in ("amount", "oldest") else "")
        for name in names
    ]
    rows = [_leftover(payload, item, evidence, language) for item in items]
    listed = [html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)], className="leftovers")] if items else []
    caption = html.P(ledger_sentences.leftovers_caption(payload, len(items), language), className="caption")
    return html.Section(
        [html.H2(language.text("ledgers.left_title")), *listed, caption], className="card", id="leftovers"
    )


def _leftover(payload: Payload, item: Leftover, evidence: Evidence, language: Language) -> Component:
    advice = html.Span(ledger_sentences.leftover_advice(item, language), className="quiet small under")
    examples = evidence.examples.get((item.ledger, item.kind, item.cancelled_by), "")
    return html.Tr(
        [
            html.Th([ledger_sentences.leftover_name(item, language), advice], scope="row"),
            html.Td(ledger_sentences.count(item.ledger, item.item_count, language)),
            html.Td(ledger_sentences.leftover_amount(item, payload, language), className="number"),
            html.Td(
                ledger_sentences.oldest(item, language),
                className="number",
                **{"data-label": language.text("ledgers.column_oldest")},
            ),
            html.Td(examples, className="small", **{"data-label": language.text("ledgers.column_examples")}),
        ]
    )


def named(payload: Payload, language: Language) -> Component:
    """What nobody needs to act on, named so that no sum misses it."""
    names = ("kind", "count", "amount")
    head = [
        html.Th(language.text(f"ledgers.column_{name}"), className="number" if name == "amount" else "")
        for name in names
    ]
    rows = [_named(payload, item, language) for item in ledger_sentences.only_named(payload)]
    return html.Section(
        [
            html.H2(language.text("ledgers.named_title")),
            html.P(language.text("ledgers.named_caption"), className="caption"),
            html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)], className="leftovers"),
        ],
        className="card",
        id="named",
    )


def _named(payload: Payload, item: Leftover, language: Language) -> Component:
    ledger = html.Span(language.text_or(f"ledger.{item.ledger}", item.ledger), className="quiet small under")
    return html.Tr(
        [
            html.Th([ledger_sentences.leftover_name(item, language), ledger], scope="row"),
            html.Td(ledger_sentences.count(item.ledger, item.item_count, language)),
            html.Td(ledger_sentences.leftover_amount(item, payload, language), className="number"),
        ]
    )
