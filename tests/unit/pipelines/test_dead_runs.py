"""Runs of Dagster that stand as started: one whose process is gone is closed, one that is just beginning is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import dagster as dg
import pytest

from pipelines.dead_runs import YOUNG_SECONDS, close_dead_runs, living

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OLD, YOUNG = timedelta(seconds=2 * YOUNG_SECONDS), timedelta(seconds=1)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as opened:
        yield opened


def begun(instance: dg.DagsterInstance, event: str, asked_for: timedelta, at: timedelta) -> str:
    """A run that was asked for so long ago, and began at another moment."""
    now = datetime.now(UTC)
    run = dg.DagsterRun(job_name="build")
    instance.run_storage.add_historical_run(run, now - asked_for)
    happened = dg.DagsterEvent(event_type_value=event, job_name="build")
    instance.run_storage.handle_run_event(run.run_id, happened, update_timestamp=now - at)
    return run.run_id


@pytest.mark.parametrize("event", ["PIPELINE_STARTING", "PIPELINE_START"])
def test_a_run_that_waited_in_the_queue_is_given_time_to_begin(
    instance: dg.DagsterInstance, tmp_path: Path, event: str
) -> None:
    begun(instance, event, asked_for=OLD, at=YOUNG)
    assert close_dead_runs(instance, tmp_path) == []


@pytest.mark.parametrize("event", ["PIPELINE_STARTING", "PIPELINE_START"])
def test_a_run_that_never_came_to_life_is_closed(instance: dg.DagsterInstance, tmp_path: Path, event: str) -> None:
    run_id = begun(instance, event, asked_for=OLD, at=OLD)
    assert close_dead_runs(instance, tmp_path, own_run_id=run_id) == []
    with living(tmp_path, run_id):
        assert close_dead_runs(instance, tmp_path) == []
    assert close_dead_runs(instance, tmp_path) == [run_id]
    (closed,) = instance.get_runs()
    assert closed.status == dg.DagsterRunStatus.FAILURE
