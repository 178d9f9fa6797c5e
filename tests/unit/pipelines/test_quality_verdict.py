"""What follows from verdicts: who is held and why, and what stops everybody."""

from __future__ import annotations

from dataclasses import replace

from pipelines.quality_verdict import CheckVerdict, broken_tables, held_merchants

GOOD = CheckVerdict("core.orders", "north", "unique_order_id", True, "error", 0, 1200, (), "Each order_id stands once.")
FAILED = replace(GOOD, passed=False, failing_count=3, failing_keys=("100017", "100018"))
LISTED = replace(FAILED, check="range_total_quantity", severity="warn")
RAISED = replace(FAILED, check="not_null_order_id", failing_count=0, failing_keys=(), raised="Binder Error")


def test_a_failed_error_holds_its_merchant_with_a_sentence() -> None:
    held = held_merchants([GOOD, LISTED, FAILED, replace(GOOD, merchant_id="south")])
    assert held == {
        "north": "core.orders, check unique_order_id: Each order_id stands once. 3 of 1,200 rows fail, such as 100017."
    }


def test_a_warning_holds_nobody() -> None:
    assert held_merchants([LISTED]) == {}


def test_a_check_that_could_not_be_run_holds_its_merchant() -> None:
    assert "the check could not be run: Binder Error" in held_merchants([RAISED])["north"].lower().replace(
        "binder error", "Binder Error"
    )


def test_the_first_failure_is_told_and_the_others_are_counted() -> None:
    assert held_merchants([FAILED, RAISED])["north"].endswith("1 more failed.")


def test_only_columns_and_types_stop_everybody() -> None:
    broken = replace(FAILED, table="marts.trust_box", check="columns_and_types")
    assert broken_tables([GOOD, FAILED, broken, replace(broken, passed=True, table="core.refunds")]) == [
        "marts.trust_box"
    ]
