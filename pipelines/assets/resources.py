"""The warehouse as a Dagster resource: opened under the home's lock for the whole of a run."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import dagster as dg
from pydantic import PrivateAttr

from pipelines.dead_runs import close_dead_runs, living
from pipelines.erasure.plan import complete_begun
from pipelines.lock import writing
from pipelines.renewal import renew, renewal_is_due
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
        """Hold the lock and the open file for the run; what a kill left undone is done first.

        That is an erasure that was begun, and runs of Dagster's that stand as started.
        """
        settings = load_settings(home_folder(self.home or None))
        apply_process_limits(settings.threads)
        run_id = context.run.run_id if context.run else ""
        is_kept = context.instance is not None and not context.instance.is_ephemeral
        with ExitStack() as held:
            if is_kept:
                held.enter_context(living(settings.home, run_id))
            command = f"dagster run {run_id[:8]}"
            held.enter_context(writing(settings.home, command, self.wait_seconds))
            complete_begun(settings)
            with open_warehouse(settings, command, self.wait_seconds) as warehouse:
                if is_kept:
                    close_dead_runs(context.instance, settings.home, run_id)
                self._warehouse = warehouse
                try:
                    yield self
                finally:
                    self._warehouse = None
                is_due = renewal_is_due(warehouse)
            if is_due:
                renew(settings)
