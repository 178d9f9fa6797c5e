"""Loading the room of checks, and what shows it to Dagster, costs no heavy import."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("great_expectations", "sqlalchemy", "pandas", "duckdb", "jinja2", "polars")


@pytest.mark.parametrize(
    ("modules", "heavy"),
    [
        ("pipelines.quality_verdict", HEAVY),
        (
            "pipelines.quality, pipelines.quality.expectations, pipelines.quality.suites, pipelines.quality.targets,"
            " pipelines.quality.accounting, pipelines.quality.failing, pipelines.quality.run, pipelines.quality.pages",
            HEAVY,
        ),
        ("pipelines.assets.checks", ("great_expectations", "pandas", "duckdb", "sklearn")),
    ],
)
def test_loading_leaves_heavy_modules_unimported(modules: str, heavy: tuple[str, ...]) -> None:
    code = f"import sys, {modules}; print(*(name for name in {heavy!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
