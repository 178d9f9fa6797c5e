"""The queries on what comes after a return: published marts -> records of the payload.

Selects, renames and sums of counts and money over whole months; ratios come finished from the marts.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pipelines.reports import outcome_payload as shapes
from pipelines.reports.frozen import plain
from pipelines.reports.ledger_selects import first_unfinished_month, months_before

if TYPE_CHECKING:
    from pipelines.reports.published import Published
    from pipelines.reports.weeks import IsoWeek

MONTHS_OF_OUTCOMES = 6
FEWEST_OF_A_REASON = 3
"""A reason for a cancellation that fewer orders give could be one person's free text; it is counted, not printed."""

REASON_SHOWN = 60


def after_return(snapshot: Published, merchant_id: str, week: IsoWeek) -> shapes.AfterReturn:
    """Outcomes, what was retained, cancellations and repurchases of the last whole months of orders."""
    end = first_unfinished_month(week)
    start = months_before(end, MONTHS_OF_OUTCOMES)
    span: list[object] = [merchant_id, start, end]
    cancellations, placed = _cancellations(snapshot, span)
    return shapes.AfterReturn(
        start_date=start,
        end_date=end - timedelta(days=1),
        outcomes=_outcomes(snapshot, span),
        retained=_retained(snapshot, span),
        cancellations=cancellations,
        placed_order_count=placed,
        repurchases=_repurchases(snapshot, merchant_id),
    )


def _outcomes(snapshot: Published, span: list[object]) -> tuple[shapes.Outcome, ...]:
    rows = snapshot.query(
        "select period_start_date as month, outcome, return_line_count, quantity, goods_amount, without_amount_count"
        " from marts.return_outcomes where merchant_id = ? and period_kind = 'month' and clock = 'ordered'"
        " and period_start_date >= ? and period_start_date < ? and return_line_count > 0",
        span,
    ).to_dicts()
    rows.sort(key=lambda row: (row["month"], _place(row["outcome"])))
    return tuple(shapes.Outcome(**row) for row in rows)


def _place(outcome: str) -> int:
    return shapes.OUTCOMES.index(outcome) if outcome in shapes.OUTCOMES else len(shapes.OUTCOMES)


def _retained(snapshot: Published, span: list[object]) -> tuple[shapes.Retained, ...]:
    rows = snapshot.query(
        "select outcome_month as month, settled_quantity, exchange_quantity, undecided_line_count, goods_amount,"
        " refunded_amount, retained_amount, without_amount_count, retained_revenue_ratio, exchange_ratio"
        " from marts.retained_revenue where merchant_id = ? and clock = 'ordered'"
        " and outcome_month >= ? and outcome_month < ? order by outcome_month",
        span,
    ).to_dicts()
    return tuple(shapes.Retained(**row) for row in rows)


def _cancellations(snapshot: Published, span: list[object]) -> tuple[tuple[shapes.Cancellation, ...], int | None]:
    """Cancelled orders by party and reason, and all orders placed in these months.

    The mart has a month only where an order of it was cancelled; the orders of other months are not known here.
    """
    rows = snapshot.query(
        "select cancelled_by, case when sum(cancelled_order_count) >= ? then cancel_reason else 'other' end as reason,"
        " sum(cancelled_order_count)::bigint as order_count, coalesce(sum(order_total_amount), 0) as amount,"
        " sum(without_amount_count)::bigint as without_amount_count from marts.order_cancellations"
        " where merchant_id = ? and order_month >= ? and order_month < ?"
        " group by cancelled_by, cancel_reason having sum(cancelled_order_count) > 0",
        [FEWEST_OF_A_REASON, *span],
    ).to_dicts()
    placed = snapshot.query(
        "select count(*) as months, coalesce(sum(placed), 0)::bigint as orders from"
        " (select order_month, max(placed_order_count) as placed from marts.order_cancellations"
        " where merchant_id = ? and order_month >= ? and order_month < ? group by order_month) as listed",
        span,
    ).to_dicts()[0]
    return _merged(rows), placed["orders"] if placed["months"] == MONTHS_OF_OUTCOMES else None


def _merged(rows: list[dict[str, Any]]) -> tuple[shapes.Cancellation, ...]:
    """One row a party and reason: the seldom ones, and those whose first words are the same, together."""
    merged: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        key = (row["cancelled_by"], plain(row.pop("reason") or "unknown")[:REASON_SHOWN])
        kept = merged.setdefault(key, {"order_count": 0, "amount": 0, "without_amount_count": 0})
        for name in kept:
            kept[name] += row[name]
    made = [shapes.Cancellation(cancelled_by=by, reason=reason, **kept) for (by, reason), kept in merged.items()]
    made.sort(key=lambda each: (-each.order_count, each.cancelled_by, each.reason))
    return tuple(made)


def _repurchases(snapshot: Published, merchant_id: str) -> tuple[shapes.Repurchase, ...]:
    rows = snapshot.query(
        "select outcome, follow_up_days, returner_count, comparison_count, unmatched_count,"
        " returner_repurchase_rate as returner_rate, comparison_repurchase_rate as comparison_rate,"
        " repurchase_rate_difference as difference, difference_lower as lower, difference_upper as upper, verdict"
        " from marts.repurchases where merchant_id = ?",
        [merchant_id],
    ).to_dicts()
    rows.sort(key=lambda row: (row["outcome"] != "all", _place(row["outcome"]), row["outcome"]))
    return tuple(shapes.Repurchase(**row) for row in rows)
