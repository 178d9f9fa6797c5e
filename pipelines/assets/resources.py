"""The warehouse as a Dagster resource: opened under the home's lock for the whole of a run."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import dagster as dg
from pydantic import PrivateAttr

from pipelines.settings import apply_process_limits, home_folder, load_settings
from pipelines.warehouse import Warehouse, open_warehouse

if TYPE_CHECKING:
    from collections.abc import Generator


class WarehouseResource(dg.ConfigurableResource):
    """The home's warehouse.

    Attributes:
        home: the home; empty takes ``KEEPRATE_HOME``.
        wait_seconds: how long a run waits for another writer.
    """

    home: str = ""
    wait_seconds: float = 600.0
    _warehouse: Warehouse | None = PrivateAttr(default=None)

    @property
    def warehouse(self) -> Warehouse:
        """The open warehouse."""
        if self._warehouse is None:
            raise dg.DagsterInvariantViolationError("the warehouse is open only inside a run")
        return self._warehouse

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Generator[WarehouseResource]:
        """Hold the lock and the open file for the run; runs that a kill left behind are closed first."""
        settings = load_settings(home_folder(self.home or None))
        apply_process_limits(settings.threads)
        run_id = context.run.run_id if context.run else ""
        with open_warehouse(settings, f"dagster run {run_id[:8]}", self.wait_seconds) as warehouse:
            if context.instance:
                close_dead_runs(context.instance, run_id)
            self._warehouse = warehouse
            try:
                yield self
            finally:
                self._warehouse = None


def close_dead_runs(instance: dg.DagsterInstance, alive_run_id: str = "") -> None:
    """Close runs that stand as started although they were killed; only whoever holds the lock may say so."""
    started = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING])
    for run in instance.get_runs(started):
        if run.run_id != alive_run_id:
            instance.report_run_failed(run, "the process of this run was killed; its lock is free")
