"""What a report says of what comes after a return: how it ended, what stayed, who bought again, what was cancelled."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pipelines.reports.frozen import Frozen, PlainText


class Outcome(Frozen):
    """How many returns of one month of orders ended in one way.

    Attributes:
        month: first day of the month of the orders.
        outcome: text id, as ``marts.return_outcomes`` names it.
        return_line_count: return lines.
        quantity: units asked back.
        goods_amount: what they had cost, in the merchant's currency.
        without_amount_count: lines of which the cost is not known; they are not in the amount.
    """

    month: date
    outcome: str
    return_line_count: int
    quantity: int
    goods_amount: Decimal
    without_amount_count: int


class Retained(Frozen):
    """What of the value of one month's settled returns stayed with the merchant.

    Attributes:
        month: first day of the month of the orders.
        settled_quantity: units refunded, exchanged or credited.
        exchange_quantity: units among them that were exchanged.
        undecided_line_count: return lines that are not settled yet.
        goods_amount: what the settled goods had cost.
        refunded_amount: of that, given back as money.
        retained_amount: of that, kept by exchange or store credit.
        without_amount_count: settled lines left out of the amounts.
        retained_revenue_ratio: retained / goods, 0-1; None without such goods.
        exchange_ratio: exchanged / settled units; None without such units.
    """

    month: date
    settled_quantity: int
    exchange_quantity: int
    undecided_line_count: int
    goods_amount: Decimal
    refunded_amount: Decimal
    retained_amount: Decimal
    without_amount_count: int
    retained_revenue_ratio: float | None
    exchange_ratio: float | None


class Cancellation(Frozen):
    """Orders of the months shown that were called off before anything left, by who did it and why.

    Attributes:
        cancelled_by: ``customer``, ``merchant``, ``payment`` or ``unknown``.
        reason: the source's words; ``unknown`` where it gives none.
        order_count: orders.
        amount: their totals in the merchant's currency.
        without_amount_count: orders whose total is not known; they are not in the amount.
    """

    cancelled_by: str
    reason: PlainText
    order_count: int
    amount: Decimal
    without_amount_count: int


class Repurchase(Frozen):
    """Who bought again after a first return: those customers against like ones who returned nothing.

    Attributes:
        outcome: how the first return ended, or ``all``.
        follow_up_days: days that both are followed.
        returner_count: customers with a first return; None below the least number, as all that follows.
        comparison_count: like customers who returned nothing.
        unmatched_count: customers with a first return and nobody alike; in no rate.
        returner_rate: share of the returners who bought again, 0-1.
        comparison_rate: share of the others.
        difference: the first less the second.
        lower: low end of its 95 % interval.
        upper: high end.
        verdict: ``buy_less_again``, ``buy_more_again``, ``no_difference_shown`` or ``not_enough_evidence``.
    """

    outcome: str
    follow_up_days: int
    returner_count: int | None
    comparison_count: int | None
    unmatched_count: int | None
    returner_rate: float | None
    comparison_rate: float | None
    difference: float | None
    lower: float | None
    upper: float | None
    verdict: str


class AfterReturn(Frozen):
    """What comes after a return.

    Attributes:
        start_date: first day of the months of orders.
        end_date: last day of the last complete month.
        outcomes: by month, the oldest first, in the order of ``OUTCOMES``.
        retained: by month, the oldest first.
        cancellations: of these months, most orders first.
        placed_order_count: orders placed in these months; None where some month had no cancellation, which tells none.
        repurchases: by outcome, ``all`` first; empty where customers are not known.
    """

    start_date: date
    end_date: date
    outcomes: tuple[Outcome, ...]
    retained: tuple[Retained, ...]
    cancellations: tuple[Cancellation, ...]
    placed_order_count: int | None
    repurchases: tuple[Repurchase, ...]


OUTCOMES = (
    "refund", "store_credit", "exchange", "repair", "rejected", "cancelled", "never_sent", "undecided", "unknown",
)  # fmt: skip
"""Every outcome, in the order in which they are said."""
