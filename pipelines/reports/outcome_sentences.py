"""What is said of what comes after a return: how it ended, what stayed, who bought again; plain text, to escape."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from pipelines.reports.outcome_payload import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from pipelines.reports.language import Language
    from pipelines.reports.outcome_payload import AfterReturn, Cancellation, Outcome, Repurchase, Retained
    from pipelines.reports.payload import Payload

YOUNG_SHARE = 0.1
"""Above this share of undecided returns, how a month ends is not told by how it began."""

FILLS = {
    "refund": "refund",
    "store_credit": "kept",
    "exchange": "kept",
    "repair": "kept",
    "rejected": "refused",
    "cancelled": "refused",
    "never_sent": "refused",
    "undecided": "open",
    "unknown": "unclear",
}
"""Outcome -> what it means for the merchant's money, which is its look."""


def outcome_name(outcome: str, language: Language) -> str:
    """What an outcome is called."""
    return language.text_or(f"outcome.{outcome}", outcome)


def months(after: AfterReturn) -> list[tuple[Outcome, ...]]:
    """Outcomes of each month, the newest month first."""
    grouped: dict[date, list[Outcome]] = {}
    for outcome in after.outcomes:
        grouped.setdefault(outcome.month, []).append(outcome)
    return [tuple(grouped[month]) for month in sorted(grouped, reverse=True)]


def totals(after: AfterReturn) -> list[tuple[str, int, int, Decimal, int]]:
    """Every outcome over all months: its lines, units, amount, and lines without an amount; in the order of saying."""
    found: dict[str, list[Outcome]] = {}
    for outcome in after.outcomes:
        found.setdefault(outcome.outcome, []).append(outcome)
    ordered = sorted(found, key=lambda name: OUTCOMES.index(name) if name in OUTCOMES else len(OUTCOMES))
    return [
        (
            name,
            sum(each.return_line_count for each in found[name]),
            sum(each.quantity for each in found[name]),
            sum((each.goods_amount for each in found[name]), start=Decimal(0)),
            sum(each.without_amount_count for each in found[name]),
        )
        for name in ordered
    ]


def shares(outcomes: Sequence[Outcome]) -> list[tuple[str, float]]:
    """Share of each outcome in the units of one month."""
    total = sum(each.quantity for each in outcomes)
    return [(each.outcome, each.quantity / total) for each in outcomes if total and each.quantity]


def is_young(outcomes: Sequence[Outcome]) -> bool:
    """Whether so much of a month is undecided that it says little."""
    return dict(shares(outcomes)).get("undecided", 0.0) > YOUNG_SHARE


def month_alternative(outcomes: Sequence[Outcome], language: Language) -> str:
    """What one month's bar says."""
    parts = (
        language.text("outcomes.share", outcome=outcome_name(name, language), share=language.whole_percent(share))
        for name, share in shares(outcomes)
    )
    month = language.month_and_year(outcomes[0].month)
    return language.text("outcomes.month", month=month, parts=language.text("language.list_gap").join(parts))


def lead(payload: Payload, language: Language) -> str:
    """How the returns of these months ended, in one sentence; that there are none."""
    after = payload.after_return
    if after is None or not after.outcomes:
        return language.text("outcomes.none")
    units = sum(each.quantity for each in after.outcomes)
    undecided = sum(each.quantity for each in after.outcomes if each.outcome == "undecided")
    return language.text(
        "outcomes.lead",
        period=language.period(after.start_date, after.end_date),
        units=language.number(units),
        undecided=language.number(undecided),
        share=language.whole_percent(undecided / units) if units else language.text("page.no_value"),
    )


def retained(payload: Payload, language: Language) -> str:
    """What stayed of the value of settled returns, over all months shown; empty without any."""
    after = payload.after_return
    goods = sum((each.goods_amount for each in after.retained), start=Decimal(0)) if after else Decimal(0)
    if after is None or not goods:
        return language.text("outcomes.retained_none")
    kept = sum((each.retained_amount for each in after.retained), start=Decimal(0))
    settled = sum(each.settled_quantity for each in after.retained)
    exchanged = sum(each.exchange_quantity for each in after.retained)
    return language.text(
        "outcomes.retained",
        goods=language.whole_money(goods, payload.merchant.currency_code),
        kept=language.whole_money(kept, payload.merchant.currency_code),
        share=language.percent(float(kept / goods)),
        exchanged=language.number(exchanged),
        settled=language.number(settled),
        exchange_share=language.percent(exchanged / settled) if settled else language.text("page.no_value"),
    )


def ratio(value: float | None, language: Language) -> str:
    """A ratio, or that it is not known."""
    return language.text("page.no_value") if value is None else language.percent(value)


def without_amount(payload: Payload, language: Language) -> str:
    """How many lines are in no sum of money; empty where there are none."""
    after = payload.after_return
    count = sum(each.without_amount_count for each in after.retained) if after else 0
    return language.text("outcomes.without_amount", count=language.number(count)) if count else ""


def retained_row(item: Retained, payload: Payload, language: Language) -> list[str]:
    """One month of the table on what was retained."""
    currency = payload.merchant.currency_code
    return [
        language.month_and_year(item.month),
        language.whole_money(item.goods_amount, currency),
        language.whole_money(item.refunded_amount, currency),
        language.whole_money(item.retained_amount, currency),
        ratio(item.retained_revenue_ratio, language),
        ratio(item.exchange_ratio, language),
        language.number(item.undecided_line_count),
    ]


def repurchase(payload: Payload, language: Language) -> str:
    """Whether customers who returned buy again less often than like ones; never more than the numbers say."""
    after = payload.after_return
    item = next((each for each in after.repurchases if each.outcome == "all"), None) if after else None
    if item is None:
        return language.text("repurchase.unknown")
    if item.difference is None or item.lower is None or item.upper is None or item.verdict == "not_enough_evidence":
        return language.text("repurchase.not_enough_evidence")
    verdict = "less" if item.upper < 0 else "more" if item.lower > 0 else "same"
    return language.text(f"repurchase.{verdict}", **_repurchase_values(item, language))


def repurchase_row(item: Repurchase, language: Language) -> list[str]:
    """One way in which first returns ended, and who bought again."""
    name = language.text("repurchase.all") if item.outcome == "all" else outcome_name(item.outcome, language)
    if item.difference is None or item.lower is None or item.upper is None:
        return [name, *[""] * 4, language.text("repurchase.too_few")]
    values = _repurchase_values(item, language)
    return [
        name,
        values["returners"],
        values["rate"],
        values["matched"],
        values["matched_rate"],
        language.text(
            "change.points_between", points=values["difference"], lower=values["lower"], upper=values["upper"]
        ),
    ]


def _repurchase_values(item: Repurchase, language: Language) -> dict[str, str]:
    return {
        "days": language.number(item.follow_up_days),
        "returners": language.number(item.returner_count or 0),
        "rate": ratio(item.returner_rate, language),
        "matched": language.number(item.comparison_count or 0),
        "matched_rate": ratio(item.comparison_rate, language),
        "difference": language.points(item.difference or 0.0),
        "lower": language.points(item.lower or 0.0),
        "upper": language.points(item.upper or 0.0),
    }


def cancelled(payload: Payload, language: Language) -> str:
    """How many orders were cancelled before shipping; that there are none."""
    after = payload.after_return
    count = sum(each.order_count for each in after.cancellations) if after else 0
    if after is None or not count:
        return language.text("cancellations.none")
    values = {"count": language.number(count), "period": language.period(after.start_date, after.end_date)}
    if not after.placed_order_count:
        return language.text("cancellations.lead_count", **values)
    return language.text(
        "cancellations.lead",
        placed=language.number(after.placed_order_count),
        share=language.percent(count / after.placed_order_count),
        **values,
    )


def cancellation_row(item: Cancellation, payload: Payload, language: Language) -> list[str]:
    """One row of the table on cancellations."""
    reason = language.text_or(f"cancellations.reason_{item.reason}", item.reason)
    return [
        language.text_or(f"cancellations.by_{item.cancelled_by}", item.cancelled_by),
        reason,
        language.number(item.order_count),
        language.whole_money(item.amount, payload.merchant.currency_code),
    ]
