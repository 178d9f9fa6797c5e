"""What great_expectations answered, read into verdicts: counts and keys, or why a check could not be run.

Its result objects are read here and nowhere else. No value of a row is taken over beside the key columns.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pipelines.quality.failing import FAILING_COUNT, is_query
from pipelines.quality_verdict import KEYS_KEPT, CheckVerdict

if TYPE_CHECKING:
    from pipelines.quality.expectations import CheckTarget, Expectation


PSEUDONYMS = ("identity_key", "customer_key", "customer_id", "customer_email", "customer_phone")
"""Key columns that no verdict, event or page shows."""


def name_of(result: Any) -> str:
    """Name of the expectation that a result is of."""
    return result.expectation_config.meta["check"]


def exception_of(result: Any) -> str:
    """What an expectation raised, or an empty string."""
    info = result.exception_info or {}
    entries = [info] if "raised_exception" in info else list(info.values())
    for entry in entries:
        if entry.get("raised_exception"):
            return str(entry.get("exception_message") or "unknown error")
    return ""


def verdict_of(target: CheckTarget, expectation: Expectation, row_count: int, result: Any) -> CheckVerdict:
    """The verdict on one expectation.

    Args:
        target: what was checked.
        expectation: what must hold.
        row_count: rows of the target.
        result: great_expectations' result, with counts and keys where it failed.
    """
    if message := exception_of(result):
        return raised_verdict(target, expectation, row_count, message)
    found = result.result
    if is_query(expectation):
        rows = [dict(row) for row in found["details"]["unexpected_rows"]]
        count = max((row.pop(FAILING_COUNT) for row in rows), default=0)
    else:
        count = int(found.get("unexpected_count", 0))
        rows = _rows_of(found.get("partial_unexpected_index_list", []))
    shown = dict.fromkeys(filter(None, (_shown(row) for row in rows)))
    return CheckVerdict(
        table=target.table,
        merchant_id=target.merchant_id,
        check=expectation.name,
        passed=bool(result.success),
        severity=expectation.severity,
        failing_count=count,
        row_count=row_count,
        failing_keys=tuple(shown)[:KEYS_KEPT],
        description=expectation.description,
    )


def _rows_of(index: list[dict[str, list[Any]]]) -> list[dict[str, Any]]:
    """Key columns by name with a list each, as rows."""
    return [
        dict(zip(columns, values, strict=True)) for columns in index for values in zip(*columns.values(), strict=True)
    ]


def _shown(row: dict[str, Any]) -> str:
    if set(row) == {"row"}:
        return ""
    # A pseudonym is a person's; the other keys lead to the row.
    shown = {name: value for name, value in row.items() if name not in PSEUDONYMS}
    values = {name: "(none)" if value is None else str(value) for name, value in shown.items()}
    if len(values) == 1:
        return next(iter(values.values()))
    return ", ".join(f"{name} {value}" for name, value in values.items())


def raised_verdict(target: CheckTarget, expectation: Expectation, row_count: int, message: str) -> CheckVerdict:
    """A check that could not be run: an error whatever its severity, because nothing is known."""
    return CheckVerdict(
        table=target.table,
        merchant_id=target.merchant_id,
        check=expectation.name,
        passed=False,
        severity="error",
        failing_count=0,
        row_count=row_count,
        failing_keys=(),
        description=expectation.description,
        raised=_without_values(message),
    )


def _without_values(message: str) -> str:
    """The first line of a database's message, without what stands between quotes: it may be data."""
    line = next((line for line in message.splitlines() if line.strip()), "unknown error")
    return re.sub(r"'[^']*'", "'…'", line).strip()[:300]
