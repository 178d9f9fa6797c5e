"""What runs by itself: the daily build, and the sensor that takes files from the inboxes."""

import hashlib
from pathlib import Path

import dagster as dg

from pipelines.dead_runs import close_dead_runs
from pipelines.inbox import waiting_files
from pipelines.settings import Merchant, home_folder, load_settings

FILES_TAG = "keeprate/fingerprint"
"""Tag of a run: which files it was asked for."""
TRIES = 3
"""So often a build of the same files is asked for, where it fails or is killed."""
_FAILURE = dg.DagsterRunStatus.FAILURE

build_job = dg.define_asset_job(
    "build",
    selection=dg.AssetSelection.all(),
    description="Load what waits in the inboxes, stage, check, merge, derive, publish, report.",
    executor_def=dg.in_process_executor,
)

daily_build = dg.ScheduleDefinition(
    name="daily_build",
    job=build_job,
    cron_schedule="0 5 * * *",
    execution_timezone="UTC",
    description="Every day at 05:00 UTC, so that the night's exports are in the morning's pages.",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)


@dg.sensor(
    name="inbox",
    job=build_job,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Builds when a complete file lies in a merchant's inbox, and again where that build was killed.",
)
def inbox_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Ask for one build for all files that wait now; for the same files once, and again where that failed."""
    settings = load_settings(home_folder(None))
    close_dead_runs(context.instance, settings.home)
    files = [path for merchant in settings.merchants.values() for path in _waiting(merchant)]
    asked = _fingerprint(files) if files else _failed_last(context.instance)
    if not asked:
        return dg.SkipReason("no complete file in any inbox")
    failed = context.instance.get_runs_count(dg.RunsFilter(tags={FILES_TAG: asked}, statuses=[_FAILURE]))
    if failed >= TRIES:
        return dg.SkipReason(f"the build of these files failed {failed} times; the daily build tries again")
    tags = {"keeprate/files": str(len(files)), FILES_TAG: asked}
    return dg.SensorResult(run_requests=[dg.RunRequest(run_key=f"{asked}-{failed}" if failed else asked, tags=tags)])


def _waiting(merchant: Merchant) -> list[Path]:
    """One inbox that cannot be read must not stop the others; the build names it."""
    try:
        return waiting_files(merchant)
    except OSError:
        return []


def _failed_last(instance: dg.DagsterInstance) -> str:
    """What the last build was asked for if it failed: its files are loaded, and not published yet."""
    for run in instance.get_runs(dg.RunsFilter(job_name=build_job.name), limit=1):
        if run.status == _FAILURE:
            return run.tags.get(FILES_TAG, "")
    return ""


def _fingerprint(files: list[Path]) -> str:
    """Names, sizes and times of the files: another set asks for another run."""
    told = [f"{path.parent.name}/{path.name}:{path.stat().st_size}:{path.stat().st_mtime_ns}" for path in files]
    return hashlib.sha256("\n".join(sorted(told)).encode()).hexdigest()[:24]
