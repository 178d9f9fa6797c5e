"""Checks as Dagster shows them: over all merchants, one a key or condition of a table, and one for its columns.

Columns share one, because every event costs Dagster milliseconds, and a build has a thousand expectations; its
result names those that failed.

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


COLUMNS = "declared_columns"
"""Name of the check that columns share: their names and types, missing values, vocabularies, limits."""


def asset_checks(table: Table) -> dict[str, list[Expectation]]:
    """The asset checks of a table by name, each with the expectations that it shows."""
    checks: dict[str, list[Expectation]] = {}
    for expectation in declared_expectations(table):
        name = expectation.name if expectation.kind in ("unique", "rows") else COLUMNS
        checks.setdefault(name, []).append(expectation)
    return checks


def asset_check_specs(table: Table) -> list[AssetCheckSpec]:
    """The table's asset checks, none of them blocking."""
    return [
        AssetCheckSpec(
            name=name,
            asset=asset_key(table.full_name),
            description="\n".join(f"{one.description} Severity {one.severity}: {one.reason}." for one in expectations),
            blocking=False,
            metadata={"expectations": len(expectations)},
        )
        for name, expectations in asset_checks(table).items()
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
        for name, expectations in asset_checks(table).items():
            key = AssetCheckKey(asset_key(table.full_name), name)
            shown = {expectation.name for expectation in expectations}
            if selected is None or key in selected:
                yield asset_check_result([verdict for verdict in own if verdict.check in shown], key)


def asset_check_result(verdicts: Sequence[CheckVerdict], key: AssetCheckKey) -> AssetCheckResult:
    """The verdicts of one asset check as one result: failed if an expectation failed for any merchant.

    Args:
        verdicts: of its expectations, one per merchant; none where no merchant had anything to check.
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
                {name: sum(one.failing_count for one in own) for name, own in _by_merchant(verdicts).items()}
            ),
            "failing_keys_by_merchant": MetadataValue.json(
                {
                    name: list(dict.fromkeys(key for one in own for key in one.failing_keys))
                    for name, own in _by_merchant(failed).items()
                }
            ),
            "failed_expectations": MetadataValue.json(sorted({verdict.check for verdict in failed})),
            "could_not_run": MetadataValue.json(
                {verdict.merchant_id: verdict.raised for verdict in verdicts if verdict.raised}
            ),
        },
    )


def _by_merchant(verdicts: Sequence[CheckVerdict]) -> dict[str, list[CheckVerdict]]:
    found: dict[str, list[CheckVerdict]] = {}
    for verdict in verdicts:
        found.setdefault(verdict.merchant_id, []).append(verdict)
    return found


def _sentence(verdicts: Sequence[CheckVerdict], failed: Sequence[CheckVerdict]) -> str:
    if not verdicts:
        return "Nothing waited to be checked."
    if not failed:
        return f"Holds for {', '.join(_by_merchant(verdicts))}."
    return " ".join(f"{verdict.merchant_id}: {verdict.finding}." for verdict in failed)


def _mismatch(table: Table, verdicts: Sequence[CheckVerdict]) -> str:
    first = next(verdict for verdict in verdicts if verdict.table in broken_tables([verdict]))
    found = "; ".join(first.failing_keys) or first.raised
    return f"{table.full_name}: what is there is not what is declared: {found}."
