"""Payloads of earlier formats, in the names of today.

Belongs here: names that were changed. What a format did not say yet is None or empty by its class.
"""

from __future__ import annotations

from typing import Any

_LINES_OF_PRODUCTS = {"shipped_line_count": "shipped_quantity", "returned_line_count": "returned_quantity"}
"""Format 3 rested its scores on units: they stand for the lines, which they are wherever a line has one unit."""
_RENAMED_OF_PRODUCTS = {
    "leading_returned_quantity": "leading_returned_line_count",
    "leading_expected_quantity": "leading_expected_line_count",
}
_RENAMED_OF_ALERTS = {"observed_quantity": "returned_line_count", "expected_quantity": "expected_line_count"}
_RENAMED_OF_WEEKS = {
    "sold_quantity": "sold_line_count",
    "returned_quantity": "returned_line_count",
    "expected_quantity": "expected_line_count",
}


def in_names_of_today(tree: dict[str, Any]) -> dict[str, Any]:
    """Give a payload's tree the names that its classes have now.

    Args:
        tree: as it was written; of any format.

    Returns:
        The tree itself where nothing was renamed since.
    """
    if tree.get("format_version") != 3:
        return tree
    risk, warnings = tree.get("risk"), tree.get("warnings")
    if risk:
        lists = {name: [_product(one) for one in risk[name]] for name in ("faulty", "costly", "other_units")}
        tree = tree | {"risk": risk | lists}
    if warnings:
        lists = {name: [_alert(one) for one in warnings[name]] for name in ("flags", "watched")}
        tree = tree | {"warnings": warnings | lists}
    return tree


def _product(one: dict[str, Any]) -> dict[str, Any]:
    lines = {name: one[of_units] for name, of_units in _LINES_OF_PRODUCTS.items()}
    return lines | {_RENAMED_OF_PRODUCTS.get(name, name): value for name, value in one.items()}


def _alert(one: dict[str, Any]) -> dict[str, Any]:
    weeks = [{_RENAMED_OF_WEEKS.get(name, name): value for name, value in week.items()} for week in one["weeks"]]
    return {_RENAMED_OF_ALERTS.get(name, name): value for name, value in one.items()} | {"weeks": weeks}
