"""An erasure that was begun stays begun until a build without the person succeeded, and everything that writes asks."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest

from pipelines.assets.resources import WarehouseResource
from pipelines.cli.parser.running import run
from pipelines.doctor import erasures
from pipelines.erasure.erase import erase
from pipelines.erasure.plan import Plan, read_plan, write_plan
from pipelines.errors import CannotRun
from pipelines.runner import BuildOutcome
from pipelines.settings import Settings
from pipelines.warehouse import open_warehouse

FakeBuild = Callable[[BuildOutcome | CannotRun], None]


@pytest.fixture
def fake_build(monkeypatch: pytest.MonkeyPatch) -> FakeBuild:
    """Lets every build end like this; nothing is built."""

    def ends(end: BuildOutcome | CannotRun) -> None:
        def build(settings: Settings) -> BuildOutcome:
            if isinstance(end, CannotRun):
                raise end
            return end

        monkeypatch.setattr("pipelines.runner.run_build", build)

    return ends


def erasures_entered(settings: Settings) -> int:
    with open_warehouse(settings, "test") as warehouse:
        return warehouse.row_count("meta.erasures")


@pytest.mark.parametrize(
    "end",
    [
        BuildOutcome("failed", message="the disk is full\n  to do:    free disk space"),
        CannotRun("the disk is full\n  to do:    free disk space"),
    ],
)
def test_a_failed_build_leaves_the_erasure_begun(
    loaded_home: Settings, ann: str, fake_build: FakeBuild, end: BuildOutcome | CannotRun
) -> None:
    fake_build(end)
    with pytest.raises(CannotRun, match=r"(?s)not complete.*the disk is full\n.*to do: +free disk space; then"):
        erase(loaded_home, "demo", "email", ann)
    assert read_plan(loaded_home.home)
    assert erasures_entered(loaded_home) == 0
    fake_build(BuildOutcome("published"))
    assert run(["--home", str(loaded_home.home), "erase", "--email", "bob@example.com", "--dry-run"]) == 0
    assert not read_plan(loaded_home.home)
    assert erasures_entered(loaded_home) == 1


def test_a_run_of_dagsters_own_completes_it_first(loaded_home: Settings, ann: str, fake_build: FakeBuild) -> None:
    write_plan(loaded_home.home, Plan("0123456789abcdef", "demo", [ann], ["7"], []))
    fake_build(BuildOutcome("published"))
    resource = WarehouseResource(home=str(loaded_home.home), wait_seconds=0)
    with resource.yield_for_execution(dg.build_init_resource_context()) as opened:
        assert not read_plan(loaded_home.home)
        assert opened.warehouse.row_count("meta.erasures") == 1


def test_doctor_tells_of_it(settings: Settings) -> None:
    assert [finding.status for finding in erasures.examine(settings.home)] == ["ok"]
    write_plan(settings.home, Plan("0123456789abcdef", "demo", ["a"], [], []))
    (finding,) = erasures.examine(settings.home)
    assert (finding.status, finding.remedy[:14]) == ("fail", "keeprate build")
    assert "not completed" in finding.found


def test_what_a_killed_erasure_was_writing_is_cleared_with_the_next_opening(settings: Settings) -> None:
    """A part of the plan holds pseudonyms, a copy of the warehouse what was to be dropped; a living writer's stays."""
    gone = 4_000_000
    left = [".erasing.json-4000000.part", "warehouse.duckdb.new", "warehouse.duckdb.new.wal"]
    assert not Path(f"/proc/{gone}").exists()
    for name in left:
        (settings.home / name).write_text("left behind", encoding="utf-8")
    living = settings.home / f".keeprate.toml-{os.getppid()}.part"
    living.write_text("being written", encoding="utf-8")
    with open_warehouse(settings, "test"):
        assert not [name for name in left if (settings.home / name).exists()]
    assert living.exists()
