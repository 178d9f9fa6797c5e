"""The harness of the SQL cases itself: what it must catch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sql_cases import Case, failure_of, read_case

CASE = Case(
    table="core.order_units",
    name="harness",
    description="Two orders.",
    given={
        "core.orders": [
            {"merchant_id": "demo", "order_id": "1", "total_quantity": 2, "placed_date": "2026-03-02"},
            {"merchant_id": "demo", "order_id": "2", "total_quantity": 3, "placed_date": "2026-03-02"},
        ]
    },
    expect=[{"order_id": "2", "shipped_quantity": 3}, {"order_id": "1", "shipped_quantity": 2}],
)


def test_rows_are_compared_in_any_order() -> None:
    assert failure_of(CASE) == ""


def test_another_value_is_shown_as_missing_and_unexpected() -> None:
    failure = failure_of(replace(CASE, expect=[CASE.expect[0], {"order_id": "1", "shipped_quantity": 9}]))
    missing, unexpected = failure.split("unexpected (found, not expected):")
    assert missing.endswith("missing (expected, not found):\n  order_id | shipped_quantity\n  1        | 9\n")
    assert unexpected.endswith("  1        | 2")


def test_a_row_too_few_or_too_many_fails() -> None:
    assert "unexpected" in failure_of(replace(CASE, expect=CASE.expect[:1]))
    assert "missing" in failure_of(replace(CASE, expect=[*CASE.expect, CASE.expect[0]]))
    assert "unexpected" in failure_of(replace(CASE, expect=[]))


def test_a_column_left_out_of_one_row_expects_it_empty() -> None:
    assert "missing" in failure_of(replace(CASE, expect=[CASE.expect[0], {"order_id": "1"}]))


def test_empty_is_not_zero() -> None:
    empty = {"order_id": "1", "shipped_quantity": "<null>"}
    assert "missing" in failure_of(replace(CASE, expect=[CASE.expect[0], empty]))


def test_a_column_that_the_query_does_not_yield_is_named() -> None:
    assert "shiped" in failure_of(replace(CASE, expect=[{"order_id": "1", "shiped": 1}]))


def test_a_table_that_the_query_does_not_read_is_refused() -> None:
    with pytest.raises(AssertionError, match=r"core\.refunds"):
        failure_of(replace(CASE, given={"core.refunds": [{"merchant_id": "demo"}]}))


def test_a_column_that_is_not_declared_is_refused() -> None:
    with pytest.raises(AssertionError, match="amount_of_units"):
        failure_of(replace(CASE, given={"core.orders": [{"amount_of_units": 1}]}))


def test_a_broken_check_of_the_header_fails_unless_it_is_named() -> None:
    twice = replace(CASE, given={"core.orders": [CASE.given["core.orders"][0]] * 2}, expect=[CASE.expect[1]] * 2)
    assert "unique_merchant_id_order_id" in failure_of(twice)
    assert failure_of(replace(twice, breaks=("unique_merchant_id_order_id",))) == ""
    assert "which passes" in failure_of(replace(CASE, breaks=("unique_merchant_id_order_id",)))


def test_a_table_that_is_not_made_is_named() -> None:
    assert "core.nothing" in failure_of(replace(CASE, table="core.nothing"))


@pytest.mark.parametrize(
    "text",
    ["expect = []", 'description = "x"', 'description = "x"\nexpect = []\n[[expected]]\na = 1'],
)
def test_a_case_without_words_or_expectation_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "case.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(AssertionError, match=r"case\.toml"):
        read_case(path)
