"""What is said of products at risk: two lists, each row with its evidence. Plain text, callers escape."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.reports.language import Language
    from pipelines.reports.payload import Payload
    from pipelines.reports.risk_payload import Risk, RiskProduct

NARROW_INTERVAL = 0.004


def name(item: RiskProduct, language: Language) -> str:
    """Name of a product or unit, as its merchant wrote it."""
    if item.is_added_by_hand:
        return language.text("products.by_hand")
    if item.unit_kind == "fulfilment_type":
        return language.text_or(f"fulfilment.{item.unit_id}", item.unit_name)
    return item.unit_name


def rate(item: RiskProduct, language: Language) -> str:
    """Estimated rate; more decimals where one would make the ends of the interval look the same."""
    return language.percent(item.rate, _digits(item))


def interval(item: RiskProduct, language: Language) -> str:
    """Both ends of the interval of the true rate."""
    digits = _digits(item)
    return language.text(
        "headline.range", lower=language.percent(item.lower, digits), upper=language.percent(item.upper, digits)
    )


def _digits(item: RiskProduct) -> int:
    return 2 if item.upper - item.lower < NARROW_INTERVAL else 1


def counts(item: RiskProduct, language: Language) -> str:
    """What was counted: order lines returned of those shipped."""
    return language.text(
        "products.counts",
        returned=language.number(item.returned_line_count),
        shipped=language.number(item.shipped_line_count),
    )


def developed(item: RiskProduct, language: Language) -> str:
    """How many of its returns are in."""
    if item.developed_share is None:
        return language.text("risk.developed_unknown")
    return language.text("risk.developed", developed=language.whole_percent(item.developed_share))


def probability(item: RiskProduct, language: Language) -> str:
    """Chance that the true rate is above the limit, and the limit."""
    if item.probability_above_limit is None or item.limit_rate is None:
        return language.text("page.no_value")
    return language.text(
        "risk.above_limit",
        share=language.whole_percent(item.probability_above_limit),
        limit=language.percent(item.limit_rate),
    )


def excess(item: RiskProduct, language: Language) -> str:
    """Returns beyond those of its like, with the interval."""
    if item.expected_excess_quantity is None:
        return language.text("page.no_value")
    if item.excess_lower is None or item.excess_upper is None:
        return language.text("risk.excess", units=language.rounded(item.expected_excess_quantity))
    return language.text(
        "risk.excess_between",
        units=language.rounded(item.expected_excess_quantity),
        lower=language.rounded(item.excess_lower),
        upper=language.rounded(item.excess_upper),
    )


def cost(item: RiskProduct, payload: Payload, language: Language) -> str:
    """Money of these returns; empty without the merchant's own cost."""
    if item.excess_cost_amount is None:
        return ""
    return language.whole_money(item.excess_cost_amount, payload.merchant.currency_code)


def driver(item: RiskProduct, language: Language) -> str:
    """The class that drives it beyond what is expected, with what was counted and expected."""
    if item.leading_reason_class is None:
        return language.text("risk.no_driver")
    reason = language.text_or(f"reason.{item.leading_reason_class}", item.leading_reason_class)
    if item.leading_returned_line_count is None or item.leading_expected_line_count is None:
        return reason
    return language.text(
        "risk.driver",
        reason=reason,
        returned=language.number(item.leading_returned_line_count),
        expected=language.rounded(item.leading_expected_line_count),
    )


def alternative(item: RiskProduct, language: Language) -> str:
    """What the picture of one row is."""
    return language.text(
        "risk.alternative",
        product=name(item, language),
        rate=rate(item, language),
        interval=interval(item, language),
        probability=probability(item, language),
    )


def scale(items: tuple[RiskProduct, ...]) -> float:
    """Right end of the scale of a list: every interval and every limit fits."""
    return max((max(item.upper, item.limit_rate or 0.0) for item in items), default=0.0) or 0.1


def faulty_caption(risk: Risk, language: Language) -> str:
    """How to read the probably faulty ones, or that there are none."""
    if risk.faulty:
        return language.text("risk.faulty_caption")
    judged = risk.product_count - risk.too_few_count
    if not judged:
        return language.text("risk.not_enough_evidence")
    return language.text("risk.faulty_none", products=language.number(judged))


def costly_caption(risk: Risk, language: Language) -> str:
    """How to read the dearest ones, and by what they are ranked."""
    if not risk.costly:
        is_judged = risk.product_count > risk.too_few_count
        return language.text("risk.costly_none" if is_judged else "risk.not_enough_evidence")
    parts = [language.text("risk.costly_caption"), _ranked_by(risk, language)]
    if all(item.could_be_chance for item in risk.costly):
        parts.append(language.text("risk.all_chance"))
    return language.text("language.gap").join(parts)


def _ranked_by(risk: Risk, language: Language) -> str:
    if not risk.with_cost_count:
        return language.text("risk.by_units")
    if risk.with_cost_count < risk.product_count:
        missing = risk.product_count - risk.with_cost_count
        return language.text(
            "risk.by_cost_partly", missing=language.number(missing), products=language.number(risk.product_count)
        )
    return language.text("risk.by_cost")


def too_few(risk: Risk, language: Language) -> str:
    """How many products nothing is said of; empty where all are judged."""
    if not risk.too_few_count or risk.too_few_count == risk.product_count:
        return ""
    return language.text(
        "risk.too_few",
        count=language.number(risk.too_few_count),
        products=language.number(risk.product_count),
    )


def of_kind(risk: Risk, kind: str) -> tuple[RiskProduct, ...]:
    """Other units of one kind, as ranked."""
    return tuple(item for item in risk.other_units if item.unit_kind == kind)
