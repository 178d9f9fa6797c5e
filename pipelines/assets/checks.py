"""Checks as Dagster shows them: one asset check per declared expectation, over all merchants.

A failed check blocks nothing here: it holds its merchant (``pipelines.holds``), the others go on. Only a table
that has not its declared columns stops everybody, by raising. What is checked, and how, belongs in
``pipelines.quality``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster import AssetCheckResult, AssetCheckSeverity, AssetCheckSpec, AssetKey, MetadataValue

from pipelines.ledger import FILES
from pipelines.quality.accounting import EXPECTATIONS
from pipelines.quality.suites import expectations_of
from pipelines.quality_verdict import broken_tables
from pipelines.tables import SchemaMismatch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipelines.quality.expectations import Expectation
    from pipelines.quality_verdict import CheckVerdict
    from pipelines.tables import Table


def asset_key(table: Table) -> AssetKey:
    """The key of a table's asset: schema, name."""
    return AssetKey([table.schema, table.name])


def declared_expectations(table: Table) -> tuple[Expectation, ...]:
    """What must hold for a table; for the ledger of files, the recount of its records."""
    return EXPECTATIONS if table.full_name == FILES.full_name else expectations_of(table)


def asset_check_specs(table: Table, key: AssetKey | None = None) -> list[AssetCheckSpec]:
    """One check per expectation on the table, none of them blocking.

    Args:
        table: the declared table.
        key: the asset that the checks belong to, if it is not ``schema / name``.
    """
    return [
        AssetCheckSpec(
            name=expectation.name,
            asset=key or asset_key(table),
            description=f"{expectation.description} Severity {expectation.severity}: {expectation.reason}.",
            blocking=False,
            metadata={"kind": expectation.kind, "severity": expectation.severity},
        )
        for expectation in declared_expectations(table)
    ]


def asset_check_results(
    table: Table, verdicts: Iterable[CheckVerdict], key: AssetKey | None = None
) -> list[AssetCheckResult]:
    """One result per spec of the table, from the verdicts on it.

    Args:
        table: the declared table.
        verdicts: verdicts of any tables and merchants; those on other tables are left out.
        key: as given to ``asset_check_specs``.

    Raises:
        SchemaMismatch: the table has not its declared columns, for whichever merchant.
    """
    own = [verdict for verdict in verdicts if verdict.table == table.full_name]
    if broken_tables(own):
        raise SchemaMismatch(_mismatch(table, own))
    return [
        asset_check_result(
            [verdict for verdict in own if verdict.check == expectation.name],
            expectation.name,
            key or asset_key(table),
        )
        for expectation in declared_expectations(table)
    ]


def asset_check_result(verdicts: Sequence[CheckVerdict], check: str, key: AssetKey) -> AssetCheckResult:
    """The verdicts of one check as one result: failed if it failed for any merchant.

    Args:
        verdicts: of one check, one per merchant; none where no merchant had anything to check.
        check: its name.
        key: the asset.
    """
    failed = [verdict for verdict in verdicts if not verdict.passed]
    is_error = any(verdict.severity == "error" for verdict in failed)
    return AssetCheckResult(
        passed=not failed,
        asset_key=key,
        check_name=check,
        severity=AssetCheckSeverity.ERROR if is_error else AssetCheckSeverity.WARN,
        description=_sentence(verdicts, failed),
        metadata={
            "failing_rows": sum(verdict.failing_count for verdict in failed),
            "checked_rows": sum(verdict.row_count for verdict in verdicts),
            "failing_rows_by_merchant": MetadataValue.json(
                {verdict.merchant_id: verdict.failing_count for verdict in verdicts}
            ),
            "failing_keys_by_merchant": MetadataValue.json(
                {verdict.merchant_id: list(verdict.failing_keys) for verdict in failed}
            ),
            "could_not_run": MetadataValue.json(
                {verdict.merchant_id: verdict.raised for verdict in verdicts if verdict.raised}
            ),
        },
    )


def _sentence(verdicts: Sequence[CheckVerdict], failed: Sequence[CheckVerdict]) -> str:
    if not verdicts:
        return "Nothing waited to be checked."
    if not failed:
        return f"Holds for {', '.join(verdict.merchant_id for verdict in verdicts)}."
    return " ".join(f"{verdict.merchant_id}: {verdict.finding}." for verdict in failed)


def _mismatch(table: Table, verdicts: Sequence[CheckVerdict]) -> str:
    first = next(verdict for verdict in verdicts if verdict.table in broken_tables([verdict]))
    found = "; ".join(first.failing_keys) or first.raised
    return f"{table.full_name}: what is there is not what is declared: {found}."
