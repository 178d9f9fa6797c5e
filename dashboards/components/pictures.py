"""Small pictures in rows as plain elements: lengths of time, a split whole, a lag; the report draws them as SVG.

Numbers and words are those of ``pipelines.reports.figures``; widths are percentages, so that they fit any screen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import html

from pipelines.reports import figures, ledger_sentences, movement_sentences, source_sentences

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from dash.development.base_component import Component

    from pipelines.reports.language import Language
    from pipelines.reports.ledger_payload import LedgerEntry, Step
    from pipelines.reports.payload import Payload
    from pipelines.reports.source_payload import SourceState


def _percent(share: float) -> str:
    return f"{100 * min(share, 1.0):.2f}%"


def step(steps: Sequence[Step], newest: date, highest: float, language: Language) -> Component:
    """One step of the way: a bar a month, the newest on top, a thin mark at nine of ten."""
    bars = [_length(each, newest, highest, language) for each in steps]
    return _picture("lengths", movement_sentences.tip(steps[0], language), bars)


def _length(each: Step, newest: date, highest: float, language: Language) -> Component:
    middle, far = each.median_days or 0.0, each.p90_days or 0.0
    is_beyond = far > highest
    return html.Div(
        [
            html.Div(className="reach beyond" if is_beyond else "reach", style={"width": _percent(far / highest)}),
            html.Div(
                className="bar young" if each.is_young else "bar",
                style={
                    "width": _percent(max(middle / highest, 0.004)),
                    "--fill": figures.month_fill(each, newest),
                },
            ),
        ],
        className="length",
        title=movement_sentences.tip(each, language),
    )


def ledger(items: Sequence[LedgerEntry], language: Language) -> Component:
    """One ledger as a whole: settled, going on, left over."""
    parts = [
        html.Div(className=state, style={"width": _percent(share)})
        for state, share in ledger_sentences.shares(items).items()
        if share
    ]
    return _picture("split", ledger_sentences.split(items, language), parts)


def source(payload: Payload, item: SourceState, language: Language) -> Component:
    """How far one source lies behind the newest; the dashed line is where it becomes late."""
    highest = figures.lag_scale(payload)
    parts = [html.Div(className="limit", style={"left": _percent(figures.DAYS_TO_BE_LATE / highest)})]
    if item.days_behind is not None:
        look = "lag late" if item.is_late else "lag"
        parts.append(html.Div(html.Span(), className=look, style={"width": _percent(item.days_behind / highest)}))
    return _picture("strip", source_sentences.alternative(item, language), parts)


def _picture(look: str, label: str, parts: Sequence[Component]) -> Component:
    return html.Div(list(parts), className=look, role="img", **{"aria-label": label})
