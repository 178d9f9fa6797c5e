"""The measurement of builds: phases are counted once and name code that exists; a command's cost is its tree's."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.build import in_order
from benchmarks.phases import TIMED, Recorder
from benchmarks.processes import ROOT, CommandError, Usage, python, run_process
from benchmarks.results import write_section


@pytest.mark.parametrize(("module", "function"), [(module, function) for module, function, _ in TIMED])
def test_every_timed_function_exists(module: str, function: str) -> None:
    assert callable(getattr(importlib.import_module(module), function))


def test_a_second_counts_for_the_inner_phase_only() -> None:
    recorder = Recorder()
    with recorder.timed("outer"):
        time.sleep(0.02)
        with recorder.timed("inner"):
            time.sleep(0.05)
    assert 0.05 <= recorder.seconds["inner"] < 0.09
    assert 0.02 <= recorder.seconds["outer"] < 0.05


def test_the_same_phase_adds_up() -> None:
    recorder = Recorder()
    for _ in range(3):
        with recorder.timed("scan"):
            time.sleep(0.01)
    assert recorder.seconds["scan"] >= 0.03


def test_a_process_costs_what_its_children_cost() -> None:
    burn = "import time; end = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
    usage, printed = run_process(
        [
            sys.executable,
            "-c",
            f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}]); print('done')",
        ]
    )
    assert printed == "done\n"
    assert usage.cpu_seconds >= 0.3
    assert usage.seconds >= 0.3
    assert usage.peak_bytes > 1 << 20


def test_the_memory_of_who_asks_is_not_the_commands() -> None:
    ballast = b"1" * 300_000_000
    usage, _ = run_process([sys.executable, "-c", "held = b'1' * 50_000_000"])
    assert 50_000_000 < usage.peak_bytes < len(ballast) / 2


def test_a_process_that_fails_says_how() -> None:
    with pytest.raises(CommandError, match=r"ended with 3:\nfor a reason") as raised:
        run_process([sys.executable, "-c", "import sys; print('for a reason', file=sys.stderr); sys.exit(3)"])
    assert raised.value.status == 3


def test_commands_behind_each_other_add_up() -> None:
    one = Usage(1.0, 2.0, 30, phases={"scan": 1.0}, details={"models": 4.0})
    both = one + Usage(0.5, 0.25, 20, phases={"scan": 0.5, "publish": 2.0})
    assert both == Usage(1.5, 2.25, 30, phases={"scan": 1.5, "publish": 2.0}, details={"models": 4.0})


def test_sides_that_need_a_home_bring_the_full_build() -> None:
    assert in_order(["day", "bare"]) == ["bare", "full", "day"]
    assert in_order(["pandas"]) == ["pandas"]


def test_a_section_takes_the_place_of_its_predecessor(tmp_path: Path) -> None:
    path = tmp_path / "RESULTS.md"
    write_section(path, "## First\n\none\n")
    write_section(path, "## Second\n\ntwo\n")
    write_section(path, "## First\n\nthree\n")
    write_section(path, "## Bars\n\nfour\n", is_first=True)
    write_section(path, "## Bars\n\nfive\n", is_first=True)
    assert path.read_text(encoding="utf-8") == "# Results\n\n## Bars\n\nfive\n\n## First\n\nthree\n\n## Second\n\ntwo\n"


@pytest.mark.slow
def test_a_run_writes_results_and_figures(tmp_path: Path) -> None:
    results = tmp_path / "mine.md"
    command = ["-m", "benchmarks.build", "--orders", "1500", "--runs", "2", "--sides", "bare", "pandas"]
    _, printed = run_process(python(*command, "--folder", str(tmp_path), "--results", str(results)))
    text = results.read_text(encoding="utf-8")
    assert "## Full build of 1,500 orders" in text
    assert "run 2 of 2: pandas" in printed
    (figures,) = json.loads((tmp_path / "mine.json").read_text(encoding="utf-8"))
    assert {side: len(measured["runs"]) for side, measured in figures["sides"].items()} == {"bare": 2, "pandas": 2}
    assert figures["day_orders"] == 30
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.json", "mine.md"]


@pytest.mark.slow
def test_a_run_that_is_stopped_keeps_what_it_measured(tmp_path: Path) -> None:
    results = tmp_path / "mine.md"
    command = ["-m", "benchmarks.build", "--orders", "1500", "--runs", "500", "--sides", "bare"]
    with subprocess.Popen(
        python(*command, "--folder", str(tmp_path), "--results", str(results)), stderr=subprocess.PIPE, cwd=ROOT
    ) as process:
        assert process.stderr is not None
        while not results.exists() and process.poll() is None:
            time.sleep(0.05)
        process.terminate()
        said = process.stderr.read().decode()
    assert process.returncode == 130
    assert said.startswith("stopped; what was measured stands in ")
    (figures,) = json.loads((tmp_path / "mine.json").read_text(encoding="utf-8"))
    assert 1 <= len(figures["sides"]["bare"]["runs"]) < 500
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.json", "mine.md"]
