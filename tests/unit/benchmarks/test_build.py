"""The measurement of builds: phases are counted once and name code that exists; results keep their places."""

from __future__ import annotations

import importlib
import time
from pathlib import Path

import pytest

from benchmarks.build import Measured, run_process
from benchmarks.phases import TIMED, Recorder
from benchmarks.results import section, write_section


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


def test_a_process_that_fails_ends_the_measurement(tmp_path: Path) -> None:
    import sys

    seconds, peak = run_process([sys.executable, "-c", "pass"])
    assert seconds > 0
    assert peak > 1 << 20
    with pytest.raises(SystemExit, match="ended with 3"):
        run_process([sys.executable, "-c", "raise SystemExit(3)"])


def measured() -> dict[str, Measured]:
    return {
        "full": Measured([30.0, 32.0, 60.0], 1 << 30),
        "forced": Measured([4.0, 2.0, 3.0]),
        "idle": Measured([1.0, 1.0, 1.0]),
        "bare": Measured([5.0, 10.0, 10.0]),
    }


def test_the_ratio_is_of_medians_net_of_the_run_in_which_nothing_changed() -> None:
    text = section(1000, 2_000_000, measured(), {"scan": 9.0, "publish": 0.99, "tiny": 0.01})
    assert "**2.9 x** bare DuckDB" in text
    assert "(3.1 x net of the build with nothing to do, 3.2 x gross)" in text
    assert "| scan | 9.00 | 90% |" in text
    assert "| 1 smaller ones | 0.01 | 0% |" in text


def test_a_section_takes_the_place_of_its_predecessor(tmp_path: Path) -> None:
    path = tmp_path / "RESULTS.md"
    write_section(path, "## First\n\none\n")
    write_section(path, "## Second\n\ntwo\n")
    write_section(path, "## First\n\nthree\n")
    assert path.read_text(encoding="utf-8") == "# Results\n\n## First\n\nthree\n\n## Second\n\ntwo\n"
