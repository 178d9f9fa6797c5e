"""What docs/reference/json.md promises to programs is what the commands print."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

import pipelines
from pipelines.doctor import Finding
from pipelines.ingest.result import FileResult
from pipelines.runner import BuildOutcome
from pipelines.simulate import SimulationSummary

REFERENCE = Path(pipelines.__file__).parents[1] / "docs" / "reference" / "json.md"


def section(command: str) -> str:
    """The part of the page about one command."""
    text = REFERENCE.read_text(encoding="utf-8")
    return text.partition(f"## `keeprate {command}")[2].partition("\n## ")[0]


@pytest.mark.parametrize(
    ("command", "printed"),
    [("ingest", FileResult), ("build", BuildOutcome), ("simulate", SimulationSummary), ("doctor", Finding)],
)
def test_every_key_is_described(command: str, printed: type) -> None:
    """Reminds of: describing a new key; and of taking out one that is gone."""
    names = {field.name for field in fields(printed)}
    text = section(command)
    assert names - set(re.findall(r"`(\w+)`", text)) == set()
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) <= names
