"""Turns a payload into the report's pictures: which numbers are drawn, and what each says when pointed at.

Shapes are in ``svg``, words in ``sentences``; pages draw the same numbers with plotly (``dashboards``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.reports import ledger_sentences, movement_sentences, palette, sentences, source_sentences, svg, svg_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from markupsafe import Markup

    from pipelines.reports.language import Language
    from pipelines.reports.ledger_payload import LedgerEntry, Step
    from pipelines.reports.payload import Payload, Product, Rate, Reason
    from pipelines.reports.source_payload import SourceState


MONTHS_OF_STEPS = 3
"""Bars a step; the page's table has more months."""

DAYS_TO_BE_LATE = 7
"""As ``marts.source_coverage`` has it."""

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
                lower_80=rate.lower_80,
                upper_80=rate.upper_80,
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


def step_scale(legs: Sequence[Sequence[Step]]) -> float:
    """Right end of the scale of steps, in days.

    All bars fit. A thin mark far beyond the longest bar would press all others against the edge, so it may not.
    """
    medians = [step.median_days or 0.0 for steps in legs for step in steps]
    far = [step.p90_days or 0.0 for steps in legs for step in steps]
    return max(min(max(far, default=1.0), 1.6 * max(medians, default=1.0)), 1.0)


def month_fill(step: Step, newest: date) -> str:
    """Colour of a step's month: the newest is the darkest."""
    age = (newest.year - step.month.year) * 12 + newest.month - step.month.month
    return palette.MONTHS[min(age, len(palette.MONTHS) - 1)]


def step(steps: Sequence[Step], newest: date, highest: float, language: Language) -> Markup:
    """One step of the way: a bar a month, the newest on top."""
    bars = [
        svg_rows.Length(
            middle=each.median_days or 0.0,
            far=each.p90_days or 0.0,
            fill=month_fill(each, newest),
            is_hatched=each.is_young,
            title=movement_sentences.tip(each, language),
        )
        for each in steps
    ]
    return svg_rows.lengths(bars, highest, movement_sentences.tip(steps[0], language))


STATE_FILLS = {"settled": palette.ARRIVED, "open": f"url(#{svg.HATCH_ID})", "left_over": palette.LEFT_OVER}


def ledger(items: Sequence[LedgerEntry], language: Language) -> Markup:
    """One ledger as a whole: settled, going on, left over."""
    parts = [(share, STATE_FILLS[state]) for state, share in ledger_sentences.shares(items).items()]
    return svg_rows.split(parts, ledger_sentences.split(items, language))


def lag_scale(payload: Payload) -> float:
    """Right end of the scale of sources, in days behind."""
    return max([2.0 * DAYS_TO_BE_LATE, *(source.days_behind or 0 for source in payload.trust.sources)])


def source(payload: Payload, item: SourceState, language: Language) -> Markup:
    """How far one source lies behind the newest."""
    label = source_sentences.alternative(item, language)
    return svg_rows.lag(item.days_behind, DAYS_TO_BE_LATE, lag_scale(payload), is_late=item.is_late, label=label)
