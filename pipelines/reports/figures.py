"""Turns a payload into the report's pictures: which numbers are drawn, and what each says when pointed at.

Shapes are in ``svg``, words in ``sentences``; pages draw the same numbers with plotly (``dashboards``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.reports import palette, sentences, svg

if TYPE_CHECKING:
    from datetime import date

    from markupsafe import Markup

    from pipelines.reports.language import Language
    from pipelines.reports.payload import Payload, Product, Rate, Reason


FEWEST_SLOTS = 12
"""A young shop's few weeks are drawn as narrow as those of others."""


def week_slot(first: date, week: date) -> int:
    """Place of a week on an axis that starts with ``first``; weeks without orders leave a gap."""
    return (week - first).days // 7


def weekly(payload: Payload, language: Language) -> Markup:
    """The weekly picture; the payload has at least one week."""
    first, last = payload.weeks[0].start_date, payload.weeks[-1].start_date
    bars, month = [], ""
    for rate in payload.weeks:
        name = language.month(rate.start_date)
        bars.append(
            svg.Bar(
                slot=week_slot(first, rate.start_date),
                solid=rate.observed_rate,
                top=rate.rate,
                lower=rate.lower,
                upper=rate.upper,
                title=sentences.week_tip(payload, rate, language),
                tick=name if name != month and rate.start_date.day <= 7 else "",
            )
        )
        month = name
    ticks = [(value, language.fine_percent(value)) for value in svg.steps(svg.weekly_highest(bars))]
    return svg.weekly_bars(
        bars, max(week_slot(first, last) + 1, FEWEST_SLOTS), ticks, sentences.weekly_alternative(payload, language)
    )


def reason(item: Reason, highest: float, language: Language) -> Markup:
    """One class of reason as a bar; the longest bar fills its column."""
    share = item.share or 0.0
    label = f"{language.text(f'reason.{item.reason_class}')}: {language.whole_percent(share)}"
    return svg.share_bar(share / highest if highest else 0.0, palette.REASONS[item.reason_class], label)


def product(payload: Payload, item: Product, language: Language) -> Markup:
    """One product as a dot with its interval, all products on one scale."""
    shop = payload.whole.rate if payload.whole else None
    highest = max([each.upper for each in payload.products] + ([shop] if shop else []))
    label = language.text(
        "products.alternative",
        product=sentences.product_name(item, language),
        rate=language.percent(item.rate),
        lower=language.percent(item.lower),
        upper=language.percent(item.upper),
    )
    return svg.interval(item.lower, item.rate, item.upper, shop, highest, label)


def developed(rate: Rate, language: Language) -> Markup:
    """How many of the returns to expect are in."""
    return svg.progress(rate.developed_share or 0.0, sentences.developed(rate, language))
