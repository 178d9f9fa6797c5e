"""Checks as Dagster shows them: one asset check per declared expectation, over all merchants.

A failed check blocks nothing here: it holds its merchant (``pipelines.holds``), the others go on. Only a table
that has not its declared columns stops everybody, by raising. What is checked, and how, belongs in
``pipelines.quality``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster import AssetCheckKey, AssetCheckResult, AssetCheckSeverity, AssetCheckSpec, MetadataValue

from pipelines.assets.specs import asset_key
from pipelines.ledger import FILES
from pipelines.quality.accounting import EXPECTATIONS
from pipelines.quality.suites import expectations_of
from pipelines.quality_verdict import broken_tables
from pipelines.tables import SchemaMismatch

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from pipelines.quality.expectations import Expectation
    from pipelines.quality_verdict import CheckVerdict
    from pipelines.tables import Table


def declared_expectations(table: Table) -> tuple[Expectation, ...]:
    """What must hold for a table; for the ledger of files, the recount of its records."""
    return EXPECTATIONS if table.full_name == FILES.full_name else expectations_of(table)


def asset_check_specs(table: Table) -> list[AssetCheckSpec]:
    """One check per expectation on the table, none of them blocking."""
    return [
        AssetCheckSpec(
            name=expectation.name,
            asset=asset_key(table.full_name),
            description=f"{expectation.description} Severity {expectation.severity}: {expectation.reason}.",
            blocking=False,
            metadata={"kind": expectation.kind, "severity": expectation.severity},
        )
        for expectation in declared_expectations(table)
    ]


def asset_check_results(
    tables: Iterable[Table],
    verdicts: Iterable[CheckVerdict],
    selected: Collection[AssetCheckKey] | None = None,
) -> Iterator[AssetCheckResult]:
    """One result per spec of the tables, from the verdicts on them.

    Args:
        tables: the declared tables.
        verdicts: verdicts of any tables and merchants; those on other tables are left out.
        selected: only these checks; None for all.

    Raises:
        SchemaMismatch: a table has not its declared columns, for whichever merchant.
    """
    found = list(verdicts)
    for table in tables:
        own = [verdict for verdict in found if verdict.table == table.full_name]
        if broken_tables(own):
            raise SchemaMismatch(_mismatch(table, own))
        for expectation in declared_expectations(table):
            key = AssetCheckKey(asset_key(table.full_name), expectation.name)
            if selected is None or key in selected:
                yield asset_check_result([verdict for verdict in own if verdict.check == expectation.name], key)


def asset_check_result(verdicts: Sequence[CheckVerdict], key: AssetCheckKey) -> AssetCheckResult:
    """The verdicts of one check as one result: failed if it failed for any merchant.

    Args:
        verdicts: of one check, one per merchant; none where no merchant had anything to check.
        key: the asset and the check's name.
    """
    failed = [verdict for verdict in verdicts if not verdict.passed]
    is_error = any(verdict.severity == "error" for verdict in failed)
    return AssetCheckResult(
        passed=not failed,
        asset_key=key.asset_key,
        check_name=key.name,
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
