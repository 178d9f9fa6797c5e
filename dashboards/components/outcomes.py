"""The cards on what comes after a return: how it ended, what stayed, who bought again, what was cancelled before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import html

from dashboards.components.tables import table
from pipelines.reports import outcome_sentences
from pipelines.reports.tooltips import tip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dash.development.base_component import Component

    from pipelines.reports.language import Language
    from pipelines.reports.outcome_payload import AfterReturn, Outcome
    from pipelines.reports.payload import Payload


def ended(payload: Payload, language: Language) -> Component:
    """How returns ended, month by month."""
    parts: list[Component] = [
        html.H2(language.text("outcomes.title")),
        html.P(outcome_sentences.lead(payload, language), title=tip("return_outcomes", language)),
    ]
    after = payload.after_return
    if after is not None and after.outcomes:
        parts += [_totals(payload, after, language), _months(after, language)]
    return html.Section(parts, className="card", id="outcomes")


def _totals(payload: Payload, after: AfterReturn, language: Language) -> Component:
    head = [language.text(f"outcomes.column_{name}") for name in ("outcome", "units", "goods")]
    rows = [
        [
            outcome_sentences.outcome_name(name, language),
            language.number(units),
            language.whole_money(amount, payload.merchant.currency_code),
        ]
        for name, _, units, amount, _ in outcome_sentences.totals(after)
    ]
    return table(head, rows)


def _months(after: AfterReturn, language: Language) -> Component:
    names = [name for name, *_ in outcome_sentences.totals(after)]
    legend = html.Ul(
        [
            html.Li([html.Span(className=f"swatch ended {name}"), outcome_sentences.outcome_name(name, language)])
            for name in names
        ],
        className="legend",
    )
    rows = [
        html.Tr(
            [
                html.Th(language.month_and_year(month[0].month), scope="row"),
                html.Td(_bar(month, language), className="picture"),
                html.Td(
                    language.text("outcomes.young") if outcome_sentences.is_young(month) else "",
                    className="quiet small",
                ),
            ]
        )
        for month in outcome_sentences.months(after)
    ]
    head = [
        html.Th(language.text("outcomes.column_month")),
        html.Th(language.text("outcomes.column_picture")),
        html.Th(""),
    ]
    picture = html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)], className="outcome-months")
    return html.Div([html.H3(language.text("outcomes.by_month")), legend, picture])


def _bar(month: Sequence[Outcome], language: Language) -> Component:
    parts = [
        html.Div(className=f"ended {name}", style={"width": f"{100 * share:.2f}%"})
        for name, share in outcome_sentences.shares(month)
    ]
    label = outcome_sentences.month_alternative(month, language)
    return html.Div(parts, className="split", role="img", title=label, **{"aria-label": label})


def retained(payload: Payload, language: Language) -> Component:
    """What stayed of the value of settled returns."""
    parts: list[Component] = [
        html.H2(language.text("outcomes.money_title")),
        html.P(outcome_sentences.retained(payload, language)),
    ]
    after = payload.after_return
    if after is not None and after.retained:
        names = ("month", "goods", "refunded", "retained", "ratio", "exchange", "undecided")
        head = [language.text(f"outcomes.column_{name}") for name in names]
        rows = [outcome_sentences.retained_row(item, payload, language) for item in reversed(after.retained)]
        tips = {4: tip("retained_revenue_ratio", language), 5: tip("exchange_ratio", language)}
        parts.append(table(head, rows, tips=tips))
    missing = outcome_sentences.without_amount(payload, language)
    if missing:
        parts.append(html.P(missing, className="caption"))
    return html.Section(parts, className="card", id="retained")


def bought_again(payload: Payload, language: Language) -> Component:
    """Whether customers who returned buy again."""
    parts: list[Component] = [
        html.H2(language.text("repurchase.title")),
        html.P(outcome_sentences.repurchase(payload, language)),
    ]
    after = payload.after_return
    if after is not None and after.repurchases:
        names = ("how", "returners", "rate", "matched", "matched_rate", "difference")
        head = [language.text(f"repurchase.column_{name}") for name in names]
        rows = [outcome_sentences.repurchase_row(item, language) for item in after.repurchases]
        parts += [table(head, rows), html.P(language.text("repurchase.caption"), className="caption")]
    return html.Section(parts, className="card", id="repurchase")


def cancelled(payload: Payload, language: Language) -> Component:
    """Orders called off before anything left, by whom and why."""
    parts: list[Component] = [
        html.H2(language.text("cancellations.title")),
        html.P(outcome_sentences.cancelled(payload, language)),
    ]
    after = payload.after_return
    if after is not None and after.cancellations:
        head = [language.text(f"cancellations.column_{name}") for name in ("by", "reason", "orders", "amount")]
        rows = [outcome_sentences.cancellation_row(item, payload, language) for item in after.cancellations]
        parts.append(table(head, rows, words=(0, 1)))
    return html.Section(parts, className="card", id="cancellations")
