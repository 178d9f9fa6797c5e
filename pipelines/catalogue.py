"""Telling Dagster's catalogue what a build from the command line did: tables with their rows, checks that matter.

A check that passes and passed before is not told again: its verdict stands in ``quarantine.check_verdicts`` and
on the page of checks, and each event costs Dagster's history about 25 ms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from collections.abc import Iterable


def tell(instance: dg.DagsterInstance, result: dg.ExecuteInProcessResult) -> None:
    """Report materializations, failed checks, and checks that failed until now, as events without a run.

    Args:
        instance: the home's instance, whose history the pages of ``make dev`` show.
        result: the finished execution.
    """
    for event in result.get_asset_materialization_events():
        instance.report_runless_asset_event(event.step_materialization_data.materialization)
    evaluations = [
        event.asset_check_evaluation_data
        for event in result.all_events
        if event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION
    ]
    failed_until_now = _failing(instance, [evaluation.asset_check_key for evaluation in evaluations])
    for evaluation in evaluations:
        if not evaluation.passed or evaluation.asset_check_key in failed_until_now:
            instance.report_runless_asset_event(
                dg.AssetCheckEvaluation(
                    asset_key=evaluation.asset_key,
                    check_name=evaluation.check_name,
                    passed=evaluation.passed,
                    metadata=evaluation.metadata,
                    severity=evaluation.severity,
                    description=evaluation.description,
                )
            )


def _failing(instance: dg.DagsterInstance, keys: Iterable[dg.AssetCheckKey]) -> set[dg.AssetCheckKey]:
    latest = instance.event_log_storage.get_latest_asset_check_execution_by_key(list(keys))
    return {
        key
        for key, record in latest.items()
        if record.event and (known := record.event.asset_check_evaluation) and not known.passed
    }
