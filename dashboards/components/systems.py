"""The cards on other systems' numbers: each month's rates, and every difference explained to the unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import html

from dashboards.components.tables import folded
from pipelines.reports import background_sentences
from pipelines.reports.tooltips import tip

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from pipelines.reports.background import Background, StoreRate
    from pipelines.reports.language import Language


MONTHS_OPEN = 2
"""The newest months are read at once, older ones are folded."""


def other_numbers(background: Background, language: Language) -> list[Component]:
    """What it is about, and a card a month, the newest first."""
    title = html.H2(language.text("systems.title"))
    if not background.store_rates:
        text = html.P(language.text("systems.none"))
        return [html.Section([title, text], className="card", id="systems")]
    intro = [
        title,
        html.P(language.text("systems.caption")),
        html.P(background_sentences.explained(background.store_rates, language), className="proof"),
    ]
    months = background_sentences.by_month(background.store_rates)
    cards = [_month(own, others, place < MONTHS_OPEN, language) for place, (own, others) in enumerate(months)]
    return [html.Section(intro, className="card", id="systems"), *cards]


def _month(own: StoreRate | None, others: list[StoreRate], is_open: bool, language: Language) -> Component:
    month = (own or others[0]).month
    title = language.text("systems.month", month=language.month_and_year(month))
    parts: list[Component] = [
        html.P(
            language.text("systems.ours", rate=background_sentences.rate(own, language))
            if own is not None
            else language.text("systems.no_own"),
            title=tip("store_rate_keeprate_observed", language),
        ),
    ]
    parts += [_other(item, own, language) for item in others]
    content = html.Div(parts)
    shown = [html.H2(title), content] if is_open else [folded(title, content)]
    return html.Section(shown, className="card systems")


def _other(item: StoreRate, own: StoreRate | None, language: Language) -> Component:
    definition = tip(f"store_rate_{item.definition}", language)
    lists: list[Component] = []
    for side in ("numerator", "denominator"):
        lists.append(html.P(background_sentences.proof(item, own, side, language)))
        steps = [background_sentences.step(step, language) for step in item.steps if step.side == side]
        if steps:
            lists.append(html.Ul([html.Li(text) for text in steps]))
    return html.Div(
        [
            html.H3(background_sentences.definition_name(item.definition, language), title=definition),
            html.P(background_sentences.rate(item, language)),
            html.Div(lists, className="steps-of-units small"),
            folded(language.text("systems.how"), html.Pre(definition)),
        ],
        className="change",
    )
