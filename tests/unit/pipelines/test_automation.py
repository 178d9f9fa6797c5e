"""The inbox sensor and the daily schedule, evaluated without a daemon; the inbox itself."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import dagster as dg
import pytest

from pipelines.automation import TRIES, daily_build, inbox_sensor
from pipelines.inbox import ingest_inboxes, waiting_files
from pipelines.settings import HOME_VARIABLE, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipelines.warehouse import Warehouse

RETURNS = (
    "return_id,order_id,customer_id,product_id,order_product_id,product_name,product_options,sku,quantity,reason,"
    "action,comments,staff_notes,status,date_requested,date_updated,store_credit\n"
    "R1,100,7,301,,Knife,,KN-8,1,Received Wrong Product,Replacement,,,Pending,2026-03-20 10:00:00,2026-03-20,\n"
)


def drop(settings: Settings, name: str, text: str = RETURNS, age_seconds: float = 60) -> Path:
    path = settings.merchant("demo").inbox / name
    path.write_text(text, encoding="utf-8")
    moment = time.time() - age_seconds
    os.utime(path, (moment, moment))
    return path


@pytest.fixture
def at_home(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv(HOME_VARIABLE, str(settings.home))
    return settings


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def evaluate(instance: dg.DagsterInstance) -> dg.SensorResult | dg.SkipReason:
    found = inbox_sensor(dg.build_sensor_context(instance=instance))
    assert isinstance(found, dg.SensorResult | dg.SkipReason)
    return found


def requests(instance: dg.DagsterInstance) -> list[dg.RunRequest]:
    found = evaluate(instance)
    assert isinstance(found, dg.SensorResult)
    return list(found.run_requests or [])


def run_keys(instance: dg.DagsterInstance) -> list[str | None]:
    return [request.run_key for request in requests(instance)]


def start_killed_run(instance: dg.DagsterInstance) -> None:
    """A run as the daemon starts it for the sensor's request, whose process was killed before it could tell."""
    (request,) = requests(instance)
    run = instance.create_run_for_job(build_job_definition(), tags=request.tags)
    instance.report_dagster_event(
        dg.DagsterEvent(event_type_value=dg.DagsterEventType.PIPELINE_START.value, job_name="build"), run.run_id
    )
    assert instance.get_run_by_id(run.run_id).status == dg.DagsterRunStatus.STARTED


def build_job_definition() -> dg.JobDefinition:
    from pipelines.definitions import defs

    return defs.resolve_job_def("build")


def test_an_empty_inbox_asks_for_nothing(at_home: Settings, instance: dg.DagsterInstance) -> None:
    assert isinstance(evaluate(instance), dg.SkipReason)


def test_a_complete_file_asks_for_one_build_and_only_once(at_home: Settings, instance: dg.DagsterInstance) -> None:
    drop(at_home, "returns.csv")
    first = run_keys(instance)
    assert len(first) == 1
    assert run_keys(instance) == first
    drop(at_home, "more.csv")
    assert run_keys(instance) != first


def test_a_build_that_was_killed_is_asked_for_again_but_not_for_ever(
    at_home: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether its files wait still or were loaded and moved away before the kill."""
    monkeypatch.setattr("pipelines.dead_runs.YOUNG_SECONDS", -1)
    path = drop(at_home, "returns.csv")
    asked = run_keys(instance)
    start_killed_run(instance)
    asked += run_keys(instance)
    path.unlink()
    start_killed_run(instance)
    asked += run_keys(instance)
    assert len(set(asked)) == TRIES
    start_killed_run(instance)
    assert isinstance(evaluate(instance), dg.SkipReason)


@pytest.mark.parametrize(("name", "age"), [("returns.csv", 3), ("returns.csv.part", 60), (".hidden.csv", 60)])
def test_what_is_not_complete_waits(at_home: Settings, instance: dg.DagsterInstance, name: str, age: float) -> None:
    drop(at_home, name, age_seconds=age)
    assert isinstance(evaluate(instance), dg.SkipReason)


def test_a_mapping_beside_a_file_is_no_file_of_its_own(at_home: Settings) -> None:
    drop(at_home, "a.csv")
    drop(at_home, "a.csv.mapping.toml", "[orders]\n")
    assert [path.name for path in waiting_files(at_home.merchant("demo"))] == ["a.csv"]


def test_the_schedule_builds_every_day() -> None:
    assert daily_build.cron_schedule == "0 5 * * *"
    assert daily_build.job_name == "build"
    assert daily_build.default_status == dg.DefaultScheduleStatus.RUNNING
    assert inbox_sensor.default_status == dg.DefaultSensorStatus.RUNNING


def test_loaded_and_refused_files_are_moved_aside(settings: Settings, warehouse: Warehouse) -> None:
    good = drop(settings, "returns-2026-03-21.csv")
    bad = drop(settings, "odd.csv", "nothing,here\n1,2\n")
    results = {result.path: result for result in ingest_inboxes(warehouse)}
    assert results[str(good)].status == "loaded"
    assert results[str(bad)].status == "refused"
    inbox = settings.merchant("demo").inbox
    assert not good.exists()
    assert not good.exists()
    assert "keeprate map" in (inbox / "refused" / "odd.csv.why.txt").read_text(encoding="utf-8")
    assert waiting_files(settings.merchant("demo")) == []
    assert warehouse.row_count("raw.bigcommerce__return_requests") == 1
