"""What runs by itself: the daily build, and the sensor that takes files from the inboxes."""

import hashlib
from pathlib import Path

import dagster as dg

from pipelines.inbox import waiting_files
from pipelines.settings import home_folder, load_settings

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
    description="Builds when a complete file lies in a merchant's inbox.",
)
def inbox_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Ask for one build for all files that wait now; the same set of files is asked for once."""
    settings = load_settings(home_folder(None))
    files = [path for merchant in settings.merchants.values() for path in waiting_files(merchant)]
    if not files:
        return dg.SkipReason("no complete file in any inbox")
    return dg.SensorResult(
        run_requests=[dg.RunRequest(run_key=_fingerprint(files), tags={"keeprate/files": str(len(files))})]
    )


def _fingerprint(files: list[Path]) -> str:
    """Names, sizes and times of the files: another set asks for another run."""
    told = [f"{path.parent.name}/{path.name}:{path.stat().st_size}:{path.stat().st_mtime_ns}" for path in files]
    return hashlib.sha256("\n".join(sorted(told)).encode()).hexdigest()[:24]
