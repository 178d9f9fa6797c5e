"""Holding targets to their expectations, for tests that look at the verdicts alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.quality.run import check_targets

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from pipelines.quality.expectations import CheckTarget
    from pipelines.quality_verdict import CheckVerdict


def run_checks(connection: duckdb.DuckDBPyConnection, targets: Sequence[CheckTarget]) -> list[CheckVerdict]:
    """One verdict per target and expectation, in the order of the targets."""
    return [verdict for checked in check_targets(connection, targets) for verdict in checked.verdicts]
