"""What makes the trust box green, amber or red."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from pipelines.reports.trust import RULES, judge, worst

CLEAN: dict[str, Any] = {
    "order_count": 1000,
    "return_line_count": 200,
    "records_in_count": 1200,
    "records_loaded_count": 1200,
    "records_quarantined_count": 0,
    "cells_quarantined_count": 0,
    "orders_without_lines_count": 0,
    "money_not_reconciled_count": 0,
    "money_not_reconciled_share": 0.0,
    "orphan_return_count": 0,
    "unmapped_reason_count": 0,
    "unclear_reason_share": 0.0,
    "has_returns_source": True,
    "orders_through_date": date(2026, 11, 21),
    "returns_through_date": date(2026, 11, 21),
    "conflict_count": 0,
    "source_count": 5,
    "late_source_count": 0,
    "late_sources": None,
    "unmapped_status_count": 0,
    "serious_contradiction_count": 0,
    "unmatched_parcel_count": 0,
    "parcel_count": 800,
    "unmatched_refund_count": 0,
    "refund_item_count": 100,
    "unmatched_return_count": 0,
    "claim_count": 150,
    "unmatched_rto_count": 0,
    "rto_count": 20,
}


def levels(**changes: Any) -> dict[str, str]:
    """Level of each check of a row that is clean but for the changes."""
    return {fact.fact_id: fact.level for fact in judge(CLEAN | changes)}


def test_clean_data_are_green_in_every_check() -> None:
    assert levels() == {rule.fact_id: "green" for rule in RULES}


@pytest.mark.parametrize(
    ("changes", "fact_id", "level"),
    [
        ({"records_loaded_count": 1199}, "unaccounted", "red"),
        ({"records_loaded_count": 1201}, "unaccounted", "red"),
        ({"records_loaded_count": 1198, "records_quarantined_count": 2}, "quarantined", "amber"),
        ({"records_loaded_count": 1139, "records_quarantined_count": 61}, "quarantined", "red"),
        ({"cells_quarantined_count": 2}, "cells", "amber"),
        ({"cells_quarantined_count": 61}, "cells", "red"),
        ({"orders_without_lines_count": 6}, "without_lines", "amber"),
        ({"orders_without_lines_count": 51}, "without_lines", "red"),
        ({"money_not_reconciled_count": 11, "money_not_reconciled_share": 0.011}, "money", "amber"),
        ({"money_not_reconciled_count": 11, "money_not_reconciled_share": 0.11}, "money", "red"),
        ({"conflict_count": 2}, "conflicts", "amber"),
        ({"conflict_count": 51}, "conflicts", "red"),
        ({"orphan_return_count": 3}, "orphans", "amber"),
        ({"orphan_return_count": 21}, "orphans", "red"),
        ({"unmapped_reason_count": 3}, "unmapped", "amber"),
        ({"unmapped_reason_count": 41}, "unmapped", "red"),
        ({"unclear_reason_share": 0.26}, "unclear", "amber"),
        ({"unclear_reason_share": 1.0}, "unclear", "amber"),
        ({"returns_through_date": date(2026, 11, 17)}, "behind", "amber"),
        ({"returns_through_date": date(2026, 11, 6)}, "behind", "red"),
        ({"returns_through_date": date(2026, 12, 24)}, "behind", "green"),
        ({"late_source_count": 1, "late_sources": "clickpost_report"}, "late", "amber"),
        ({"late_source_count": 5, "late_sources": "a, b, c, d, e"}, "late", "amber"),
        ({"unmapped_status_count": 10}, "statuses", "green"),
        ({"unmapped_status_count": 11}, "statuses", "amber"),
        ({"unmapped_status_count": 101}, "statuses", "red"),
        ({"serious_contradiction_count": 1}, "contradictions", "green"),
        ({"serious_contradiction_count": 2}, "contradictions", "amber"),
        ({"serious_contradiction_count": 21}, "contradictions", "red"),
        ({"unmatched_parcel_count": 17}, "parcels", "amber"),
        ({"unmatched_parcel_count": 161}, "parcels", "red"),
        ({"unmatched_refund_count": 6}, "refunds", "amber"),
        ({"unmatched_refund_count": 100}, "refunds", "amber"),
        ({"unmatched_return_count": 8}, "returns", "amber"),
        ({"unmatched_rto_count": 3}, "undelivered", "amber"),
    ],
)
def test_each_check_has_its_limits(changes: dict[str, Any], fact_id: str, level: str) -> None:
    found = levels(**changes)
    assert found.pop(fact_id) == level
    assert set(found.values()) == {"green"}


def test_a_handful_among_thousands_raises_no_alarm() -> None:
    found = levels(records_loaded_count=1199, records_quarantined_count=1, cells_quarantined_count=1)
    assert set(found.values()) == {"green"}


def test_without_returns_checks_of_returns_are_left_out() -> None:
    found = levels(has_returns_source=False, return_line_count=0, returns_through_date=None)
    assert set(found) == {rule.fact_id for rule in RULES if not rule.needs_returns}


def test_what_could_not_be_compared_is_not_called_in_order() -> None:
    assert "money" not in levels(money_not_reconciled_share=None)
    assert "unclear" not in levels(unclear_reason_share=None)


def test_without_parcels_nothing_is_said_of_parcels() -> None:
    found = levels(parcel_count=0, rto_count=0, refund_item_count=0, claim_count=0)
    assert {"parcels", "undelivered", "refunds", "returns"}.isdisjoint(found)


def test_late_sources_are_named() -> None:
    facts = judge(CLEAN | {"late_source_count": 2, "late_sources": "clickpost_report, policy_file"})
    assert {fact.fact_id: fact.sources for fact in facts if fact.sources} == {
        "late": ("clickpost_report", "policy_file")
    }


def test_the_money_check_counts_the_orders_that_could_be_compared() -> None:
    row = CLEAN | {"money_not_reconciled_count": 11, "money_not_reconciled_share": 0.11}
    (money,) = [fact for fact in judge(row) if fact.fact_id == "money"]
    assert (money.count, money.total) == (11, 100)


def test_the_worst_level_counts() -> None:
    assert worst(["green", "red", "amber"]) == "red"
    assert worst(["green", "amber"]) == "amber"
    assert worst([]) == "green"
