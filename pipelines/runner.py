"""Running the build job from the command line, in this process, with the same assets as Dagster's daemon."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from pipelines.build import is_nothing_to_do
from pipelines.builds import PAGES_BUILT, REPORTS_BUILT, built
from pipelines.dead_runs import close_dead_runs, has_open_runs
from pipelines.erasure.plan import complete_begun
from pipelines.errors import CannotRun
from pipelines.inbox import ingest_inboxes
from pipelines.lock import writing
from pipelines.machine import failure_of, told_of_duckdb
from pipelines.progress import listening, say
from pipelines.settings import point_dagster_at
from pipelines.snapshot import reported_version
from pipelines.warehouse import open_warehouse

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    import dagster as dg

    from pipelines.ingest.result import FileResult
    from pipelines.settings import Settings
    from pipelines.warehouse import Warehouse


@dataclass(frozen=True)
class BuildOutcome:
    """What a build did.

    Attributes:
        status: ``published``, ``nothing to do`` or ``failed``.
        held: merchant id -> ``since`` and ``reason``.
        failed_checks: table, merchant_id, check, severity, failing_count and failing_keys of each check whose
            last verdict is a failure.
        loaded: files that waited in the inboxes, also those that were refused.
        snapshot_version: version of the snapshot in force, or 0.
        seconds: wall time.
        message: what went wrong, where it failed.
    """

    status: str
    held: dict[str, dict[str, str]] = field(default_factory=dict)
    failed_checks: list[dict[str, Any]] = field(default_factory=list)
    loaded: list[FileResult] = field(default_factory=list)
    snapshot_version: int = 0
    seconds: float = 0.0
    message: str = ""

    @property
    def exit_status(self) -> int:
        """0 when all went well, 1 when a merchant is held, a file was refused or the build failed."""
        is_refused = any(result.status == "refused" for result in self.loaded)
        return 1 if self.status == "failed" or self.held or is_refused else 0

    def as_json(self) -> dict[str, Any]:
        """Everything, for ``--json``."""
        return asdict(self)


def run_build(
    settings: Settings,
    *,
    is_full: bool = False,
    wait_seconds: float = 0.0,
    progress: Callable[[str], None] | None = None,
) -> BuildOutcome:
    """Build and publish, or say that there is nothing to do.

    Args:
        settings: the home's settings.
        is_full: stage and merge everything anew from ``raw``.
        wait_seconds: how long to wait for another writer.
        progress: is told what is being done.

    Raises:
        CannotRun: another process writes, or the home cannot be written.
    """
    started = time.monotonic()
    # One hold for all of it: between loading and building nobody else may begin.
    with listening(progress), writing(settings.home, "keeprate build", wait_seconds):
        complete_begun(settings)
        with open_warehouse(settings, "keeprate build", wait_seconds) as warehouse:
            loaded = ingest_inboxes(warehouse)
            is_idle = not is_full and _is_reported(warehouse) and is_nothing_to_do(warehouse)
        message = ""
        if not is_idle or has_open_runs(settings.home):
            _prepare_dagster(settings)
        if not is_idle:
            say("building")
            message = _run_job(settings, is_full=is_full)
        status = "nothing to do" if is_idle else "failed" if message else "published"
        return _outcome(settings, status, started, loaded, message)


def _is_reported(warehouse: Warehouse) -> bool:
    """Whether a snapshot is in force, and its pages and reports were written to the end."""
    version = reported_version(warehouse.settings.home)
    known = built(warehouse)
    return bool(version) and known.get(PAGES_BUILT) == known.get(REPORTS_BUILT) == version


def _prepare_dagster(settings: Settings) -> None:
    """Point Dagster at the home, and close runs that were killed."""
    point_dagster_at(settings.home)
    with _history(settings) as instance:
        close_dead_runs(instance, settings.home)


@contextmanager
def _history(settings: Settings) -> Generator[dg.DagsterInstance]:
    """The home's Dagster instance, whose files may fail like any other."""
    import dagster as dg
    from sqlalchemy.exc import OperationalError

    try:
        with dg.DagsterInstance.get() as instance:
            yield instance
    except OperationalError as error:
        raise CannotRun(told_of_duckdb(error.orig or error, f"{settings.home / 'dagster'}")) from error


def _run_job(settings: Settings, *, is_full: bool) -> str:
    """Run the job; returns what it failed with, or an empty text.

    Events go into a history in memory, since Dagster's file takes 25 ms for each of the 1,400 of a build, and
    what matters of them is told to the catalogue afterwards.
    """
    import dagster as dg

    from pipelines.catalogue import tell
    from pipelines.definitions import defs

    config = {
        "ops": {name: {"config": {"is_full": is_full}} for name in ("stage", "merge")},
        "resources": {"warehouse": {"config": {"home": str(settings.home)}}},
        "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
    }
    with dg.DagsterInstance.ephemeral() as memory:
        result = defs.resolve_job_def("build").execute_in_process(
            run_config=config, instance=memory, raise_on_error=False
        )
        # First the failure: where the disk is full, the history cannot be written either.
        message = "" if result.success else failure_of(result)
        with _history(settings) as instance:
            tell(instance, result)
        return message


def _outcome(
    settings: Settings, status: str, started: float, loaded: list[FileResult], message: str = ""
) -> BuildOutcome:
    from pipelines.snapshot import NoSnapshot, open_snapshot

    try:
        with open_snapshot(settings.home) as snapshot:
            failed = snapshot.query(
                "select table_name, merchant_id, check_name, description, severity, failing_count, failing_keys,"
                " raised from quarantine.check_verdicts where not is_passed order by all"
            ).to_dicts()
            manifest = snapshot.manifest
    except NoSnapshot:
        failed, manifest = [], dict[str, Any](held={}, version=0)
    return BuildOutcome(
        status=status,
        held=manifest["held"],
        failed_checks=failed,
        loaded=loaded,
        snapshot_version=manifest["version"],
        seconds=round(time.monotonic() - started, 1),
        message=message,
    )
