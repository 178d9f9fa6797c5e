"""Made-up rows of the marts on steps, ledgers, sources and contradictions, for one merchant with parcels.

Beside ``made_up_shops``, which has orders and returns; ``made_up_snapshot`` publishes both.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

MONTHS = (date(2026, 5, 1), date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1))
"""November is not over, May is no month of the ledgers."""

LEGS = (
    ("ordered_to_shipped", 2.0, 4.0),
    ("shipped_to_delivered", 2.9, 5.1),
    ("delivered_to_requested", 6.5, 29.0),
    ("requested_to_approved", 1.1, 2.5),
    ("requested_to_picked_up", 3.1, 6.0),
    ("picked_up_to_arrived", 3.4, 5.2),
    ("arrived_to_received", 0.6, 1.4),
    ("received_to_refunded", 1.9, 4.3),
    ("requested_to_refunded", 10.2, 14.0),
)


def lead_times(merchant_id: str, open_in_october: int = 2) -> list[dict[str, Any]]:
    """Every leg in every month; ``open_in_october`` of 300 are still going on."""
    rows = []
    for month in MONTHS:
        for number, (leg, median, p90) in enumerate(LEGS, start=1):
            is_delivery = leg == "shipped_to_delivered"
            rows.append(
                {
                    "merchant_id": merchant_id,
                    "period_kind": "month",
                    "period_start_date": month,
                    "leg": leg,
                    "leg_number": number,
                    "finished_count": 300,
                    "open_count": None
                    if leg == "delivered_to_requested"
                    else open_in_october
                    if month.month == 10
                    else 0,
                    "median_days": median + month.month / 100,
                    "p90_days": p90,
                    "promised_count": 250 if is_delivery else None,
                    "late_count": 25 if is_delivery else None,
                    "late_share": 0.1 if is_delivery else None,
                }
            )
    return rows


_KINDS = {
    "returns": (
        ("refunded", 60, 6000), ("exchange", 12, 1300), ("waiting", 9, 900), ("return_without_refund", 3, 310),
        ("told_twice", 40, 4000),
    ),
    "refunds": (("matched_return", 58, 5800), ("not_goods", 4, 60), ("refund_without_return", 2, 180)),
    "rto": (("rto_nothing_due", 7, 800), ("rto_on_the_way", 2, 210), ("rto_not_refunded", 1, 95)),
}  # fmt: skip
_COLUMNS = {
    "returns": ("requested", "return_line_count", "goods_amount", "without_amount_count"),
    "refunds": ("refunded", "refund_count", "refund_amount", "without_rate_count"),
    "rto": ("rto", "parcel_count", "goods_amount", "without_amount_count"),
}


def _ledger(merchant_id: str, name: str, currency_code: str) -> list[dict[str, Any]]:
    clock, items, amount, without = _COLUMNS[name]
    return [
        {
            "merchant_id": merchant_id,
            "ledger_month": month,
            "clock": clock,
            "kind": kind,
            items: count,
            amount: money,
            without: 1 if kind == "exchange" else 0,
            "currency_code": currency_code,
        }
        for month in MONTHS
        for kind, count, money in _KINDS[name]
    ]


_LEFTOVERS = (
    ("returns", "return_without_refund", "-", True, 15, 1550, 0, date(2025, 8, 9), "2071, 1587"),
    ("refunds", "refund_without_return", "-", True, 10, 900, 2, date(2025, 6, 14), "106423"),
    ("rto", "rto_not_refunded", "-", True, 5, 475, 0, date(2026, 1, 1), "0000030436035"),
    ("returns", "order_level_not_attributable", "-", True, 2, 0, 2, None, "1446, 1447"),
    ("refunds", "declined", "-", True, 1, 20, 0, date(2026, 2, 2), "<b>106</b>"),
    ("refunds", "a_kind_of_tomorrow", "-", True, 1, 10, 0, date(2026, 2, 2), "7"),
    ("returns", "exchange", "-", False, 60, 6500, 5, date(2025, 6, 1), "2210"),
    ("orders", "cancelled_before_shipping", "customer", False, 31, 4100, 0, date(2025, 6, 8), "106664"),
)


def leftovers(merchant_id: str, currency_code: str) -> list[dict[str, Any]]:
    """Six kinds for a person, one of them unknown to the catalogues, and two that are only named."""
    return [
        {
            "merchant_id": merchant_id,
            "ledger": ledger,
            "kind": kind,
            "cancelled_by": cancelled_by,
            "meaning": f"What {kind} means & <i>more</i>.",
            "is_for_a_person": is_for_a_person,
            "item_count": count,
            "quantity": count,
            "amount": money,
            "without_amount_count": without,
            "currency_code": currency_code,
            "example_ids": examples,
            "oldest_date": oldest,
            "newest_date": oldest,
        }
        for ledger, kind, cancelled_by, is_for_a_person, count, money, without, oldest, examples in _LEFTOVERS
    ]


def reconciliation(merchant_id: str, currency_code: str, missing: int = 0) -> list[dict[str, Any]]:
    """Proof of every ledger; ``missing`` return lines are in no kind."""
    return [
        {
            "merchant_id": merchant_id,
            "ledger": ledger,
            "source_table": "core.return_lines",
            "source_count": 620,
            "ledger_count": 620 - (missing if ledger == "returns" else 0),
            "count_difference": missing if ledger == "returns" else 0,
            "source_quantity": 700,
            "ledger_quantity": 700,
            "quantity_difference": 0,
            "source_amount": 62_000,
            "ledger_amount": 62_000,
            "amount_difference": 0,
            "currency_code": currency_code,
        }
        for ledger in ("returns", "refunds", "rto", "refunds_of_returns")
    ]


_SOURCES = (
    ("clickpost_report", "return_lines, shipment_lines, shipments", 21, True, True, date(2026, 10, 31)),
    ("bigcommerce_orders", "order_lines, orders, refunds", 1, True, False, date(2026, 11, 20)),
    ("return_requests", "return_lines", 0, True, False, date(2026, 11, 21)),
    ("<img src=x onerror=alert(1)>", "orders", 0, True, False, date(2026, 11, 21)),
    ("policy_file", "policies", None, False, False, date(2026, 11, 21)),
)


def sources(merchant_id: str) -> list[dict[str, Any]]:
    """Five sources: one late, one that does not move, one with a hostile name."""
    return [
        {
            "merchant_id": merchant_id,
            "source": source,
            "entities": entities,
            "file_count": 2,
            "record_count": 1000,
            "loaded_count": 998,
            "quarantined_count": 2,
            "quarantined_cell_count": 3,
            "quarantined_share": 0.002,
            "days_behind": days_behind,
            "is_moving": is_moving,
            "is_late": is_late,
            "data_through_date": through,
            "newest_file_at": datetime(2026, 11, 21, 5),
        }
        for source, entities, days_behind, is_moving, is_late, through in _SOURCES
    ]


_CONTRADICTIONS = (
    ("returned_more_than_sold", "error", 3),
    ("shipped_before_ordered", "warning", 7),
    ("requested_before_delivered", "note", 1),
    ("a_kind_of_tomorrow", "warning", 1),
)


def contradictions(merchant_id: str) -> list[dict[str, Any]]:
    """Four kinds, one of them unknown to the catalogues; findings are hostile."""
    return [
        {
            "merchant_id": merchant_id,
            "kind": kind,
            "entity": "order",
            "entity_key": f"{kind}-{number}",
            "severity": severity,
            "meaning": f"What {kind} means & <i>more</i>.",
            "finding": "2 sold, 3 asked back <script>alert(1)</script>",
            "order_id": str(number),
            "found_date": date(2026, 11, 1 + number),
            "file_id": "f1",
            "file_name": "orders <1>.csv" if number else None,
            "line_number": 40 + number if number > 1 else None,
        }
        for kind, severity, count in _CONTRADICTIONS
        for number in range(count)
    ]


TRUST = {
    "source_count": 5,
    "late_source_count": 1,
    "late_sources": "clickpost_report",
    "unmapped_status_count": 12,
    "unmatched_refund_count": 11,
    "unmatched_return_count": 17,
    "unmatched_rto_count": 5,
    "unmatched_parcel_count": 1,
    "serious_contradiction_count": 3,
}
"""Columns of ``marts.trust_box`` that go with these rows."""


def whole_picture(
    merchant_id: str, currency_code: str = "USD", *, open_in_october: int = 2, missing: int = 0
) -> dict[str, list[dict[str, Any]]]:
    """Rows of one merchant in every mart on steps, ledgers and sources.

    Args:
        merchant_id: id.
        currency_code: ISO 4217.
        open_in_october: of 300, those whose step is not over.
        missing: return lines that the ledger lost.
    """
    return {
        "core.parcels": [{"merchant_id": merchant_id, "parcel_id": f"p{number}"} for number in range(40)],
        "marts.lead_times": lead_times(merchant_id, open_in_october),
        **{f"marts.ledger_{name}": _ledger(merchant_id, name, currency_code) for name in _KINDS},
        "marts.ledger_leftovers": leftovers(merchant_id, currency_code),
        "marts.ledger_reconciliation": reconciliation(merchant_id, currency_code, missing),
        "marts.source_coverage": sources(merchant_id),
        "marts.contradictions": contradictions(merchant_id),
    }
