"""Turns parts of a payload into sentences of the merchant's language; for report and pages alike.

Rates, products before format 3, trust; steps are in ``movement_sentences``, ledgers in ``ledger_sentences``, sources in
``source_sentences``, changes in ``change_sentences``, risks in ``risk_sentences``, warnings in ``warning_sentences``.

Plain text only: nothing here knows HTML, so every caller escapes.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from pipelines.reports import change_sentences
from pipelines.reports.source_sentences import source_name

if TYPE_CHECKING:
    from pipelines.reports.language import Language
    from pipelines.reports.payload import Payload, Product, Rate, Reason, TrustFact

NARROW_INTERVAL = 0.004
MOST_CHECKS = 9
"""Checks that are read one by one; of more, those in order are folded."""


def level(payload: Payload, language: Language) -> str:
    """Level of the intervals, for example ``90%``."""
    return language.whole_percent(payload.interval_level)


def rate_values(rate: Rate, language: Language) -> dict[str, str]:
    """Places that sentences on a rate fill; what is unknown is said to be unknown."""
    unknown = language.text("page.no_value")
    digits = digits_of(rate)
    return {
        "period": language.period(rate.start_date, rate.end_date),
        "rate": unknown if rate.rate is None else language.percent(rate.rate, digits),
        "lower": unknown if rate.lower is None else language.percent(rate.lower, digits),
        "upper": unknown if rate.upper is None else language.percent(rate.upper, digits),
        "developed": unknown if rate.developed_share is None else language.whole_percent(rate.developed_share),
        "shipped": language.number(rate.shipped_quantity),
        "returned": language.number(rate.returned_quantity),
    }


def digits_of(rate: Rate) -> int:
    """Decimals of a rate in percent: more where one would make both ends of its interval look the same."""
    return 2 if (rate.upper or 1.0) - (rate.lower or 0.0) < NARROW_INTERVAL else 1


def headline_big(payload: Payload, language: Language) -> str:
    """The one thing that is read first: a rate, or that none can be said."""
    if payload.headline == "rate" and payload.recent and payload.recent.rate is not None:
        return language.percent(payload.recent.rate, digits_of(payload.recent))
    if payload.headline == "no_returns":
        return language.text("headline.no_returns_big")
    return language.text("headline.too_young_big")


def headline(payload: Payload, language: Language) -> list[str]:
    """The sentences under the headline, in reading order."""
    if payload.headline == "no_returns":
        return [language.text("headline.no_returns", merchant=payload.merchant.name)]
    if payload.headline == "rate" and payload.recent:
        values = rate_values(payload.recent, language) | {"level": level(payload, language)}
        return [language.text(f"headline.{key}", **values) for key in ("rate", "counts")] + [
            comparison(payload, language)
        ]
    first = _no_rate_yet(payload, language)
    if payload.quarter and payload.quarter.is_sayable:
        values = rate_values(payload.quarter, language) | {"level": level(payload, language)}
        return [first, language.text("headline.quarter", **values)]
    return [first, language.text("headline.no_quarter")]


def _no_rate_yet(payload: Payload, language: Language) -> str:
    if payload.headline == "too_young" and payload.recent:
        return language.text("headline.too_young", **rate_values(payload.recent, language))
    return language.text("headline.too_little")


def comparison(payload: Payload, language: Language) -> str:
    """Better, worse, no clear change, or not comparable; since format 3 the verdict on the change."""
    change = change_sentences.of_headline(payload.changes)
    if change is not None:
        return change_sentences.verdict(change, language)
    if payload.comparison == "incomparable" or payload.before is None:
        return language.text("headline.incomparable")
    values = rate_values(payload.before, language)
    return language.text(f"headline.{payload.comparison}", before=values.pop("rate"), **values)


def mark(payload: Payload, language: Language) -> str:
    """The comparison in a few words, for the coloured mark."""
    change = change_sentences.of_headline(payload.changes)
    if change is not None:
        return change_sentences.mark(change, language)
    return language.text(f"headline.mark_{payload.comparison}")


def reason_rate(reason: Reason, language: Language) -> str:
    """Share of shipped units that will have come back for a reason, with its interval; empty without evidence."""
    if reason.rate is None or reason.lower is None or reason.upper is None:
        return ""
    return language.text(
        "reasons.rate",
        rate=language.percent(reason.rate),
        lower=language.percent(reason.lower),
        upper=language.percent(reason.upper),
    )


def developed(rate: Rate, language: Language) -> str:
    """How many of the returns to expect are in: the text beside the developed share's bar."""
    return language.text("headline.developed", **rate_values(rate, language))


def through(payload: Payload, language: Language) -> str:
    """Through which day orders and returns are known."""
    orders = _day(payload.trust.orders_through_date, language)
    if payload.headline == "no_returns":
        return language.text("page.through_orders", orders=orders)
    returns = _day(payload.trust.returns_through_date, language)
    return language.text("page.through", orders=orders, returns=returns)


def _day(day: date | None, language: Language) -> str:
    return language.short_date(day) if day else language.text("page.unknown_date")


def week_line(payload: Payload, language: Language) -> str:
    """Which week, and its days."""
    return language.text(
        "page.week_line",
        week=payload.week,
        period=language.period(payload.week_start_date, payload.week_end_date),
    )


def week_tip(payload: Payload, rate: Rate, language: Language) -> str:
    """What one bar of the weekly chart says."""
    year, number, _ = rate.start_date.isocalendar()
    values = rate_values(rate, language) | {"week": f"{year}-W{number:02d}"}
    return language.text("weekly.tip_unknown" if rate.rate is None else "weekly.tip", **values)


def weekly_alternative(payload: Payload, language: Language) -> str:
    """What the weekly chart is, for those who do not see it."""
    return language.text(
        "weekly.alternative",
        count=language.number(len(payload.weeks)),
        first=language.short_date(payload.weeks[0].start_date),
        last=language.short_date(payload.weeks[-1].end_date),
    )


def weekly_caption(payload: Payload, language: Language) -> str:
    """The sentence under the weekly chart."""
    return language.text("weekly.caption" if can_draw_weeks(payload) else "weekly.caption_none")


def can_draw_weeks(payload: Payload) -> bool:
    """Whether any week has a rate to draw."""
    return any(week.rate is not None for week in payload.weeks)


def reasons_caption(payload: Payload, language: Language, weeks: int) -> str:
    """The sentence under the reasons."""
    units = sum(reason.returned_quantity for reason in payload.reasons)
    if not units:
        return language.text("reasons.caption_none")
    return language.text("reasons.caption", units=language.number(units), weeks=language.number(weeks))


def products_caption(payload: Payload, language: Language) -> str:
    """How to read the products."""
    if not payload.products:
        return _no_products(payload, language)
    parts = [language.text("products.caption", level=level(payload, language))]
    if payload.whole and payload.whole.rate is not None:
        parts.append(language.text("products.caption_shop", rate=language.percent(payload.whole.rate)))
    if any(is_above_shop(payload, product) for product in payload.products):
        parts.append(language.text("products.above_note"))
    return language.text("language.gap").join(parts)


def _no_products(payload: Payload, language: Language) -> str:
    if payload.whole and payload.whole.rate is not None:
        return language.text("products.none_above", rate=language.percent(payload.whole.rate))
    return language.text("products.none", exposure=language.number(payload.minimum_exposure))


def is_above_shop(payload: Payload, product: Product) -> bool:
    """Whether even the low end of a product's interval is above the high end of the whole shop."""
    return payload.whole is not None and payload.whole.upper is not None and product.lower > payload.whole.upper


def product_name(product: Product, language: Language) -> str:
    """Name of a product, as its merchant wrote it."""
    return language.text("products.by_hand") if product.is_added_by_hand else product.product_name


def leading_reason(product: Product, language: Language) -> str:
    """Leading reason of a product and its share."""
    if product.leading_reason_class is None or product.leading_reason_share is None:
        return language.text("products.no_reason")
    return language.text(
        "products.leading",
        reason=language.text(f"reason.{product.leading_reason_class}"),
        share=language.whole_percent(product.leading_reason_share),
    )


def trust_summary(payload: Payload, language: Language) -> str:
    """What the colour of the trust box means for the reader."""
    raised = [fact for fact in payload.trust.facts if fact.level != "green"]
    return language.text(
        f"trust.summary_{payload.trust.level}",
        count=language.number(len(raised)),
        total=language.number(len(payload.trust.facts)),
    )


def trust_lead(payload: Payload, language: Language) -> str:
    """What stands above the checks: what the colour means, and through which day the data go."""
    gap = language.text("language.gap")
    return trust_summary(payload, language) + gap + through(payload, language)


def facts_by_need(payload: Payload) -> tuple[list[TrustFact], list[TrustFact]]:
    """Checks that are shown, red before amber, and those in order that may be folded: a long list buries the red."""
    raised = sorted(
        (fact for fact in payload.trust.facts if fact.level != "green"), key=lambda fact: fact.level, reverse=True
    )
    fine = [fact for fact in payload.trust.facts if fact.level == "green"]
    return (raised, fine) if len(payload.trust.facts) > MOST_CHECKS else ([*raised, *fine], [])


def fine_summary(payload: Payload, language: Language) -> str:
    """What stands on the fold of the checks that are in order."""
    raised, fine = facts_by_need(payload)
    return language.text("trust.fine" if raised else "trust.fine_all", count=language.number(len(fine)))


def fact_found(fact: TrustFact, language: Language) -> str:
    """What was found for one check, and in which sources."""
    count = language.number(fact.count)
    if fact.unit == "days":
        return language.text("trust.found_days", count=count)
    key = "trust.found_sources" if fact.sources else "trust.found_share"
    names = language.text("language.list_gap").join(source_name(source, language) for source in fact.sources)
    values = {"total": language.number(fact.total), "share": language.fine_percent(fact.value)}
    return language.text(key, count=count, sources=names, **values)


def fact_rule(fact: TrustFact, language: Language) -> str:
    """From which value on one check is amber or red."""
    if fact.red_above == 0:
        return language.text("trust.rule_none")
    if fact.red_above is None and fact.amber_above == 0:
        return language.text("trust.rule_any")
    if fact.red_above is None:
        return language.text("trust.rule_amber", amber=language.fine_percent(fact.amber_above))
    write = language.number if fact.unit == "days" else language.fine_percent
    key = "trust.rule_days" if fact.unit == "days" else "trust.rule_share"
    return language.text(key, amber=write(fact.amber_above), red=write(fact.red_above))


def refunds_sentence(payload: Payload, language: Language) -> str:
    """The refund ledger in one sentence."""
    weeks = payload.refunds
    total = sum((week.order_total_amount for week in weeks), start=Decimal(0))
    if not weeks or not total:
        return language.text("refunds.sentence_none")
    refunded = sum((week.refund_amount for week in weeks), start=Decimal(0))
    currency = payload.merchant.currency_code
    return language.text(
        "refunds.sentence",
        period=language.period(weeks[0].order_week, weeks[-1].order_week + timedelta(days=6)),
        total=language.money(total, currency),
        refunded=language.money(refunded, currency),
        share=language.percent(float(refunded / total)),
        orders=language.number(sum(week.refunded_order_count for week in weeks)),
    )


def held_title(payload: Payload, language: Language) -> str:
    """Since when new data are held back."""
    since = payload.held.since if payload.held else ""
    day = _iso_day(since)
    return language.text("held.title", since=language.long_date(day) if day else since)


def held_text(payload: Payload, language: Language) -> str:
    """Why new data are held back."""
    reason = payload.held.reason if payload.held else ""
    return language.text("held.text", merchant=payload.merchant.name, reason=reason)


def versions(payload: Payload, language: Language) -> str:
    """Every version that made the report."""
    return language.text(
        "versions.line",
        software=payload.software_version,
        snapshot=payload.snapshot_version,
        published=_moment(payload.published_at, language),
        merchant=payload.merchant.merchant_id,
        week=payload.week,
    )


def _moment(text: str, language: Language) -> str:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return language.moment(at.astimezone(UTC) if at.tzinfo else at)


def _iso_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
