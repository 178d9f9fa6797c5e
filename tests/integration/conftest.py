"""A small real home, made once for all integration tests: two simulated shops, loaded, built, published."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ORDERS = 400
UNTIL = "2026-11-01"


def keeprate(*arguments: str | Path) -> str:
    """Run a command in a process of its own; returns what it printed.

    Raises:
        AssertionError: it did not end with 0.
    """
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.cli", *map(str, arguments)],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"keeprate {arguments} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="session")
def simulated_exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the exports of both demo shops, one folder a merchant, the truth beside them. Do not change it."""
    folder = tmp_path_factory.mktemp("exports")
    keeprate("simulate", "--output", folder, "--orders", str(ORDERS), "--until", UNTIL)
    return folder


@pytest.fixture(scope="session")
def built_home(simulated_exports: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which both shops are loaded and published. Tests that write take a copy."""
    from benchmarks.shop_homes import write_shops
    from pipelines.simulate.shops import SHOPS

    home = tmp_path_factory.mktemp("built") / "home"
    write_shops(home)
    for shop in SHOPS:
        keeprate("--home", home, "ingest", simulated_exports / shop.merchant_id, "--merchant", shop.merchant_id)
    keeprate("--home", home, "build")
    return home
