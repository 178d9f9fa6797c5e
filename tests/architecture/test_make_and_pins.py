"""One-word commands, the pinned environment, and what continuous integration runs."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

TARGETS = ("help", "env", "demo", "serve", "dev", "test", "test-unit", "lint", "types", "bench", "docs", "clean-demo")


def make(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make as from a shell, although these tests may themselves be run by make."""
    environment = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL")}
    return subprocess.run(["make", *arguments], cwd=root, check=False, capture_output=True, text=True, env=environment)


def dry_run(root: Path, target: str) -> str:
    """The commands that a target would run."""
    return make(root, "--dry-run", "--always-make", target).stdout


def test_pins_name_versions_and_no_index(root: Path) -> None:
    """Reminds of: pinning by name and version alone; an address would tie the project to one machine or mirror."""
    lines = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert [line for line in pins if not re.fullmatch(r"[\w.-]+==[\w.!+]+", line)] == []
    names = [re.sub(r"[-_.]+", "-", line.partition("==")[0]).lower() for line in pins]
    assert len(names) == len(set(names)) > 20


def test_every_target_is_explained(root: Path) -> None:
    """Reminds of: a comment behind ``##`` for a new target; ``make`` alone shows them all."""
    shown = make(root, "help").stdout
    assert set(re.findall(r"^  make ([a-z-]+) +\S", shown, re.MULTILINE)) >= set(TARGETS)


@pytest.mark.parametrize("word", ["ruff check", "ruff format --check", "sqlfluff lint", "ty check", "-m pytest"])
def test_make_test_asks_for_everything(root: Path, word: str) -> None:
    """Reminds of: what CI runs is ``make test``, and that is linters, types and all tests, the tests last."""
    commands = dry_run(root, "test")
    assert word in commands
    # Nothing behind it chooses among the tests; how many processes run them is no choice.
    assert re.search(r"-m pytest( -n \d+ --dist loadfile)?$", commands.rstrip())


def test_the_environment_is_made_from_pins(root: Path) -> None:
    """Reminds of: constraints for everything, the build's own tools included."""
    installs = [line for line in dry_run(root, "env").splitlines() if "pip install" in line]
    assert installs
    assert all("-c constraints.txt" in line for line in installs)
    assert "--no-build-isolation" in installs[-1]


@pytest.mark.parametrize(
    "name", ["KEEPRATE_HOME=", "DAGSTER_HOME=", "DAGSTER_DISABLE_TELEMETRY=yes", "--host 127.0.0.1"]
)
def test_make_dev_stays_on_this_machine(root: Path, name: str) -> None:
    """Reminds of: loopback, the demo's own instance, no telemetry."""
    assert name in dry_run(root, "dev")


def test_only_a_demo_is_removed(root: Path, tmp_path: Path) -> None:
    """``make clean-demo DEMO=...`` leaves a folder alone that no demo made."""
    own, demo = tmp_path / "own", tmp_path / "demo"
    for folder in (own, demo):
        folder.mkdir()
    (demo / "demo.json").write_text("{}", encoding="utf-8")
    for folder, status in ((own, 2), (demo, 0), (demo, 0)):
        assert make(root, "clean-demo", f"DEMO={folder}").returncode == status
    assert own.exists()
    assert not demo.exists()


def test_ci_runs_make_test(root: Path) -> None:
    """Reminds of: one way for people and for CI, without questions, that fails when anything fails."""
    script = root / ".ci" / "run"
    assert os.access(script, os.X_OK)
    subprocess.run(["bash", "-n", str(script)], check=True)
    text = script.read_text(encoding="utf-8")
    assert "set -euo pipefail" in text
    assert text.rstrip().endswith("make test")
    needed = {"chromium", "chromium-driver", "fonts-noto-cjk", "gcc", "libc6-dev"}
    assert needed <= set(re.findall(r"[a-z][a-z0-9-]+", text))
    assert re.search(r"^export CI=1 .*--durations=\d+", text, re.MULTILINE), "no check is skipped unseen"
