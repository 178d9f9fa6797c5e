"""The Dagster code location, as a table of contents: what there is, assembled; nothing is decided here."""

from __future__ import annotations

import dagster as dg

from pipelines.assets import ingest, learning, modelling, reporting
from pipelines.assets.resources import WarehouseResource
from pipelines.automation import build_job, daily_build, inbox_sensor

defs = dg.Definitions(
    assets=[
        ingest.reference_assets,
        ingest.raw_assets,
        ingest.staging_assets,
        modelling.core_assets,
        modelling.derived_core_assets,
        learning.learned_assets,
        modelling.mart_assets,
        reporting.snapshot,
        reporting.check_pages,
        reporting.weekly_reports,
    ],
    jobs=[build_job],
    schedules=[daily_build],
    sensors=[inbox_sensor],
    resources={"warehouse": WarehouseResource()},
    executor=dg.in_process_executor,
)
