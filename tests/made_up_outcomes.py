"""Made-up rows of the marts on what comes after a return, how quickly returns come, and other systems' rates."""

from __future__ import annotations

from datetime import date
from typing import Any


def whole_aftermath(merchant_id: str, currency_code: str = "USD") -> dict[str, list[dict[str, Any]]]:
    """Rows of one merchant in each of these marts.

    Args:
        merchant_id: id.
        currency_code: ISO 4217.
    """
    return {
        "marts.return_development": _development(merchant_id),
        "marts.store_rates": _store_rates(merchant_id),
        "marts.store_rate_differences": _differences(merchant_id),
        "marts.return_outcomes": _outcomes(merchant_id, currency_code),
        "marts.retained_revenue": _retained(merchant_id, currency_code),
        "marts.order_cancellations": _cancellations(merchant_id, currency_code),
        "marts.repurchases": _repurchases(merchant_id),
    }


def _development(merchant_id: str) -> list[dict[str, Any]]:
    cells = (("*", "all", 1.0, "own"), ("*", "defective", 1.6, "blended"), ("*", "changed_mind", 0.8, "own"),
             ("Dresses", "all", 1.0, "own"), ("Shoes <b>", "all", 0.9, "merchant"))  # fmt: skip
    return [
        {
            "merchant_id": merchant_id,
            "window_class": "30 days",
            "category": category,
            "reason_class": reason,
            "age_days": age,
            "developed_share": share,
            # Next to nothing is at risk at the oldest ages.
            "lower_90": max(share - (0.05 if age < 40 else 0.6), 0.0),
            "upper_90": min(share + 0.05, 1.0),
            "at_risk_quantity": 900,
            "returned_quantity": 12,
            "credibility": 0.8,
            "basis": basis,
        }
        for category, reason, pace, basis in cells
        for age in range(46)
        for share in (1 - (1 - age / 45) ** (1.5 * pace),)
    ]


def _store_rates(merchant_id: str) -> list[dict[str, Any]]:
    counted = {"keeprate_observed": (90, 1000), "shopify": (104, 1040), "amazon": (80, 990)}
    return [
        {
            "merchant_id": merchant_id,
            "rate_month": month,
            "definition": definition,
            "numerator_quantity": above,
            "denominator_quantity": below,
            "return_rate": above / below,
            "is_complete": month.month < 10,
        }
        for month in (date(2026, 9, 1), date(2026, 10, 1))
        for definition, (above, below) in counted.items()
    ]


def _differences(merchant_id: str) -> list[dict[str, Any]]:
    steps = {
        "shopify": (("numerator", "returns_of_other_months", 30), ("numerator", "not_processed", -16),
                    ("denominator", "ordered_not_shipped", 25), ("denominator", "rto_units", 15)),
        "amazon": (("numerator", "after_third_month", -10), ("denominator", "shipped_in_other_months", -10)),
    }  # fmt: skip
    return [
        {
            "merchant_id": merchant_id,
            "rate_month": month,
            "definition": definition,
            "side": side,
            "step": step,
            "step_number": number,
            "step_quantity": quantity,
            "our_quantity": 0,
            "their_quantity": 0,
            "unexplained_quantity": 0,
        }
        for month in (date(2026, 9, 1), date(2026, 10, 1))
        for definition, listed in steps.items()
        for number, (side, step, quantity) in enumerate(listed, start=1)
    ]


def _outcomes(merchant_id: str, currency_code: str) -> list[dict[str, Any]]:
    ends = (("refund", 60), ("exchange", 14), ("store_credit", 9), ("rejected", 3), ("undecided", 4))
    return [
        {
            "merchant_id": merchant_id,
            "period_kind": "month",
            "period_start_date": month,
            "clock": "ordered",
            "outcome": outcome,
            "return_line_count": count,
            "quantity": count + (30 if outcome == "undecided" and month.month == 10 else 0),
            "goods_amount": 31.5 * count,
            "without_amount_count": 0,
            "currency_code": currency_code,
        }
        for month in (date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1))
        for outcome, count in ends
    ]


def _retained(merchant_id: str, currency_code: str) -> list[dict[str, Any]]:
    return [
        {
            "merchant_id": merchant_id,
            "outcome_month": month,
            "clock": "ordered",
            "settled_line_count": 83,
            "settled_quantity": 83,
            "exchange_quantity": 14,
            "undecided_line_count": 4,
            "goods_amount": 2614.5,
            "refunded_amount": 1890,
            "retained_amount": 724.5,
            "repaired_amount": 0,
            "undecided_amount": 126,
            "without_amount_count": 2,
            "currency_code": currency_code,
            "retained_revenue_ratio": 724.5 / 2614.5,
            "exchange_ratio": 14 / 83,
        }
        for month in (date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1))
    ]


def _cancellations(merchant_id: str, currency_code: str) -> list[dict[str, Any]]:
    told = (("customer", "ordered by mistake", 12), ("customer", "my own <i>words</i>", 1), ("unknown", "unknown", 7))
    return [
        {
            "merchant_id": merchant_id,
            "order_month": date(2026, 10, 1),
            "cancelled_by": by,
            "cancel_reason": reason,
            "evidence": "status",
            "cancelled_order_count": count,
            "ordered_quantity": count,
            "order_total_amount": 50 * count,
            "without_amount_count": 0,
            "currency_code": currency_code,
            "placed_order_count": 1500,
            "cancellation_rate": count / 1500,
        }
        for by, reason, count in told
    ]


def _repurchases(merchant_id: str) -> list[dict[str, Any]]:
    known = {
        "follow_up_days": 90,
        "returner_count": 310,
        "comparison_count": 1240,
        "unmatched_count": 12,
        "returner_repurchase_count": 71,
        "returner_repurchase_rate": 71 / 310,
        "comparison_repurchase_rate": 0.31,
        "repurchase_rate_difference": 71 / 310 - 0.31,
        "difference_lower": -0.134,
        "difference_upper": -0.028,
        "verdict": "buy_less_again",
    }
    few = dict.fromkeys(known) | {"follow_up_days": 90, "verdict": "not_enough_evidence"}
    return [
        {"merchant_id": merchant_id, "outcome": "exchange", **few},
        {"merchant_id": merchant_id, "outcome": "all", **known},
    ]
