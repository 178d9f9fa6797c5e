"""What a check said about one table of one merchant, and what follows from it for that merchant.

Plain values without any heavy import: the build, the snapshot, Dagster and the pages read verdicts. How a
verdict is reached belongs in ``pipelines.quality``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

Severity = Literal["error", "warn"]
"""``error`` holds the merchant; ``warn`` is listed and never hidden, and holds nobody."""

KEYS_KEPT = 20
"""Failing keys that a verdict carries at most."""

COLUMNS_AND_TYPES = "columns_and_types"
"""Name of the check that a table has the declared columns; where it fails, nothing is published."""


@dataclass(frozen=True)
class CheckVerdict:
    """One check on one table, for one merchant.

    Attributes:
        table: ``schema.table``.
        merchant_id: merchant whose rows were checked.
        check: name of the check, stable within the table.
        passed: no row failed, and the check could be run.
        severity: what a failure means.
        failing_count: rows that failed, for a uniqueness check keys; 0 where the check raised.
        row_count: rows that were checked.
        failing_keys: at most ``KEYS_KEPT`` keys of failing rows, never values of personal columns.
        description: what must hold, as a sentence.
        raised: why the check could not be run, or empty; then nothing is known about the data.
    """

    table: str
    merchant_id: str
    check: str
    passed: bool
    severity: Severity
    failing_count: int
    row_count: int
    failing_keys: tuple[str, ...]
    description: str
    raised: str = ""

    @property
    def finding(self) -> str:
        """What was found, as a clause: ``3 of 1,200 rows fail, such as 100017``."""
        if self.raised:
            return f"the check could not be run: {self.raised}"
        if self.passed:
            return f"{self.row_count:,} rows, none fails"
        such_as = f", such as {self.failing_keys[0]}" if self.failing_keys else ""
        verb = "fails" if self.failing_count == 1 else "fail"
        return f"{self.failing_count:,} of {self.row_count:,} rows {verb}{such_as}"


def holds(verdict: CheckVerdict) -> bool:
    """Whether a verdict holds its merchant: an error that failed or could not be checked."""
    return not verdict.passed and verdict.severity == "error"


def held_merchants(verdicts: Iterable[CheckVerdict]) -> dict[str, str]:
    """Merchants that are held, with the reason as a sentence for the page that says so.

    Args:
        verdicts: verdicts of any tables and merchants.

    Returns:
        Reason by merchant id; merchants without a failed error are absent.
    """
    failed: dict[str, list[CheckVerdict]] = {}
    for verdict in verdicts:
        if holds(verdict):
            failed.setdefault(verdict.merchant_id, []).append(verdict)
    return {merchant_id: _reason(found) for merchant_id, found in failed.items()}


def _reason(failed: list[CheckVerdict]) -> str:
    first = failed[0]
    more = f" {len(failed) - 1} more failed." if len(failed) > 1 else ""
    return f"{first.table}, check {first.check}: {first.description} {_capital(first.finding)}.{more}"


def _capital(clause: str) -> str:
    return clause[:1].upper() + clause[1:]


def broken_tables(verdicts: Iterable[CheckVerdict]) -> list[str]:
    """Tables whose columns or types are not those declared: these stop the build for every merchant."""
    return sorted({verdict.table for verdict in verdicts if verdict.check == COLUMNS_AND_TYPES and not verdict.passed})
